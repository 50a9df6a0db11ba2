// Generated from the contracts and the public workflows by `npm run generate`. Do not edit.

/** What each part of Airlock needs of a caller's token, by its path in Airlock's repository. */
export const NEEDED_PERMISSIONS: Readonly<Record<string, Readonly<Record<string, 'read' | 'write'>>>> =
  {
    ".github/workflows/approve.yml": {
      "actions": "write",
      "contents": "read",
      "deployments": "write",
      "issues": "write"
    },
    ".github/workflows/command.yml": {
      "actions": "write",
      "contents": "read",
      "deployments": "write",
      "issues": "write",
      "pull-requests": "write"
    },
    ".github/workflows/control.yml": {
      "actions": "read",
      "contents": "read",
      "deployments": "write"
    },
    ".github/workflows/doctor.yml": {
      "actions": "read",
      "contents": "read"
    },
    ".github/workflows/hotfix.yml": {
      "actions": "read",
      "contents": "read",
      "deployments": "write",
      "issues": "read",
      "pull-requests": "write"
    },
    ".github/workflows/pipeline.yml": {
      "actions": "read",
      "contents": "read",
      "deployments": "write",
      "issues": "read",
      "pull-requests": "read"
    },
    ".github/workflows/preview.yml": {
      "contents": "read",
      "deployments": "write",
      "pull-requests": "write"
    },
    ".github/workflows/release-notes.yml": {
      "contents": "write",
      "deployments": "read"
    },
    ".github/workflows/rollback.yml": {
      "actions": "read",
      "contents": "read",
      "deployments": "write"
    },
    ".github/workflows/stage.yml": {
      "actions": "read",
      "contents": "read",
      "deployments": "write",
      "issues": "read",
      "pull-requests": "read"
    },
    "": {
      "actions": "read",
      "deployments": "write"
    },
    "actions/release": {
      "actions": "read",
      "deployments": "write"
    },
    "actions/plan": {
      "contents": "read",
      "actions": "read",
      "deployments": "read",
      "issues": "read",
      "pull-requests": "read"
    },
    "actions/build-check": {
      "contents": "read"
    },
    "actions/migrate": {
      "contents": "read"
    },
    "actions/deploy": {
      "deployments": "write"
    },
    "actions/smoke-test": {},
    "actions/promote": {
      "actions": "read",
      "deployments": "write"
    },
    "actions/rollback": {
      "actions": "read",
      "deployments": "write"
    },
    "actions/control": {
      "actions": "read",
      "deployments": "write"
    },
    "actions/approve": {
      "contents": "read",
      "issues": "write",
      "deployments": "write",
      "actions": "write"
    },
    "actions/command": {
      "actions": "write",
      "contents": "read",
      "deployments": "write",
      "issues": "write",
      "pull-requests": "write"
    },
    "actions/preview": {
      "deployments": "write",
      "pull-requests": "write"
    },
    "actions/back-merge": {
      "contents": "read",
      "pull-requests": "write"
    },
    "actions/release-notes": {
      "contents": "write",
      "deployments": "read"
    },
    "actions/doctor": {
      "contents": "read",
      "actions": "read"
    }
  };
