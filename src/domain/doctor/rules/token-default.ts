import { no, ok, type Rule, whenRead } from '../rule.ts';

export const tokenDefault: Rule = {
  id: 'token-default',
  asks: 'Is the workflows’ token read-only where a workflow does not say otherwise?',
  weight: 'open',
  why: 'With `write`, every workflow without `permissions:` can push code, tags and deployments.',
  fix: ({ repository }) => ({
    click: 'Settings → Actions → General → Workflow permissions: Read repository contents and packages.',
    command: `gh api -X PUT repos/${repository}/actions/permissions/workflow -f default_workflow_permissions=read`,
  }),
  look: ({ settings }) =>
    whenRead(settings.workflowToken, 'Actions', ({ access }) =>
      access === 'read' ? ok('Actions', 'read-only by default') : no('Actions', 'may write by default'),
    ),
};
