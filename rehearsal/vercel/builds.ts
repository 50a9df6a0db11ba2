import { beginRelease, point, takeProduction } from './production.ts';
import { phaseAt } from './progress.ts';
import { isActive } from './rolling-release.ts';
import type { BuildEvent, Deployment, State } from './state.ts';

/** Somebody looks at a deployment: its build moves on by one step. */
export function lookAtDeployment(state: State, deployment: Deployment): void {
  if (deployment.state !== 'QUEUED' && deployment.state !== 'BUILDING') return;
  const phase = phaseAt(deployment.looks, state.pace.build);
  deployment.looks += 1;
  if (phase === 'waiting') return;
  if (deployment.state === 'QUEUED') begin(state, deployment);
  if (phase === 'done') end(state, deployment);
}

function begin(state: State, deployment: Deployment): void {
  deployment.state = 'BUILDING';
  deployment.buildingAt = state.stamp();
  log(state, deployment, 'deployment-state', 'BUILDING');
  log(state, deployment, 'stdout', 'Running build in Washington, D.C., USA (East) – iad1');
}

function end(state: State, deployment: Deployment): void {
  const { end: outcome, project } = deployment;
  for (const line of outcome.logs)
    log(state, deployment, outcome.state === 'ERROR' ? 'stderr' : 'stdout', line);
  deployment.state = outcome.state;
  const at = state.stamp();
  if (outcome.state === 'CANCELED') deployment.canceledAt = at;
  log(state, deployment, 'deployment-state', outcome.state);
  if (outcome.state !== 'READY') return;
  deployment.readyAt = at;
  deployment.aliasAssigned = true;
  if (deployment.target === 'production') {
    deployment.substate = 'STAGED';
    // After a rollback nothing takes the domains by itself, whatever the deployment asked for.
    const takes = deployment.autoAssignCustomDomains && project.rolledBack === undefined;
    if (!takes || isActive(project.rolling)) return;
    if (project.rollingConfig !== undefined && project.live !== undefined) beginRelease(state, deployment);
    else takeProduction(state, project, deployment.id);
  } else if (deployment.target !== 'preview') {
    const { custom } = deployment.target;
    for (const domain of project.domains)
      if (domain.environment !== 'production' && domain.environment.custom === custom)
        point(state, domain.name, deployment);
  }
}

export function cancel(state: State, deployment: Deployment): void {
  deployment.state = 'CANCELED';
  deployment.canceledAt = state.stamp();
  log(state, deployment, 'deployment-state', 'CANCELED');
}

function log(state: State, deployment: Deployment, type: BuildEvent['type'], text: string): void {
  deployment.events.push({ id: `evt_${deployment.events.length + 1}`, type, text, at: state.stamp() });
}
