import { Failure } from '../../../domain/failure.ts';

/** Why an environment says no, each with what to do. */

export function unknown(id: string): never {
  throw new Failure(
    'LOCAL_UNKNOWN_DEPLOYMENT',
    `This environment does not know the deployment ${id}.`,
    'Stage the release again, or choose one of the deployments that the target lists.',
    { ofDeployment: true },
  );
}

export const unhealthy = (id: string, path: string): Failure =>
  new Failure(
    'LOCAL_UNHEALTHY',
    `${id} does not answer ${path} as a healthy app does, so it was not made live.`,
    'See why its health says so, then promote again; what was live before still is.',
    { ofDeployment: true },
  );

export const notLive = (id: string, port: number): Failure =>
  new Failure(
    'LOCAL_NOT_LIVE',
    `${id} was activated, but port ${port} is not answered by it.`,
    'Look at what the target says is live, then activate the deployment you want again.',
  );

export const takesTraffic = (id: string): Failure =>
  new Failure(
    'LOCAL_RETIRE_LIVE',
    `${id} takes traffic, so it cannot be retired.`,
    'Activate another deployment with 100 percent first.',
  );

export const notOpened = (): Failure =>
  new Failure('LOCAL_DAEMON_FAILED', 'The environment was not opened.', 'Run it again.');
