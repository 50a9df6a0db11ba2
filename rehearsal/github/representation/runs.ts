import { complete } from '../openapi/description.ts';
import type { Job, Repository, Run } from '../state.ts';
import { iso, type Json, nodeId, type Words } from './words.ts';

/** How GitHub words runs of workflows and their jobs. */
export function runs({ base, html, user, identity }: Words) {
  return {
    run: (repository: Repository, one: Run): Json => {
      const url = `${base(repository)}/actions/runs/${one.id}`;
      const { opened } = one;
      const minimal = complete('minimal-repository', base(repository), identity(repository));
      return complete('workflow-run', url, {
        url,
        id: one.id,
        node_id: nodeId('WFR', one.id),
        name: opened.workflowName,
        display_title: opened.workflowName,
        path: opened.workflowPath,
        event: opened.event,
        status: one.status,
        conclusion: one.conclusion ?? null,
        run_number: one.number,
        run_attempt: one.attempt,
        head_branch: opened.ref.replace(/^refs\/(heads|tags)\//, ''),
        head_sha: opened.sha,
        actor: user(opened.actor),
        triggering_actor: user(one.triggeredBy),
        html_url: `${html(repository)}/actions/runs/${one.id}`,
        created_at: iso(one.createdAt),
        updated_at: iso(one.updatedAt),
        run_started_at: iso(one.startedAt),
        head_commit: null,
        pull_requests: [],
        repository: minimal,
        head_repository: minimal,
      });
    },

    job: (repository: Repository, run: Run, one: Job): Json => {
      const url = `${base(repository)}/actions/jobs/${one.id}`;
      return complete('job', url, {
        url,
        id: one.id,
        node_id: nodeId('CR', one.id),
        run_id: run.id,
        run_attempt: one.attempt,
        run_url: `${base(repository)}/actions/runs/${run.id}`,
        head_sha: run.opened.sha,
        head_branch: run.opened.ref.replace(/^refs\/(heads|tags)\//, ''),
        workflow_name: run.opened.workflowName,
        name: one.name,
        status: one.status,
        conclusion: one.conclusion ?? null,
        created_at: iso(one.startedAt),
        started_at: iso(one.startedAt),
        completed_at: one.completedAt === undefined ? null : iso(one.completedAt),
      });
    },

    /** The run that a `workflow_dispatch` started. */
    dispatched: (repository: Repository, id: number): Json => ({
      workflow_run_id: id,
      run_url: `${base(repository)}/actions/runs/${id}`,
      html_url: `${html(repository)}/actions/runs/${id}`,
    }),
  };
}
