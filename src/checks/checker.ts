import { resolve } from 'node:path';
import type { BuildCheckSettings } from '../domain/configuration.ts';
import type { Checker, CheckReport } from '../ports/checker.ts';
import { checkAudit } from './audit.ts';
import { checkBundleSize } from './bundle-size.ts';
import { checkCommand } from './command.ts';
import { checkConfiguration } from './configuration.ts';
import { checkCoverage } from './coverage.ts';
import type { CheckerHost } from './host.ts';

/** Makes checks on this machine. */
export function createChecker(host: CheckerHost): Checker {
  const make = (settings: BuildCheckSettings, signal: AbortSignal): Promise<CheckReport> | CheckReport => {
    switch (settings.kind) {
      case 'run':
        return checkCommand(settings, host, signal);
      case 'coverage':
        return checkCoverage(resolve(host.workspace, settings.summary), settings);
      case 'bundle-size':
        return checkBundleSize(settings.budgets, host.workspace, signal);
      case 'audit':
        return checkAudit(settings.level, host, signal);
      case 'configuration':
        return checkConfiguration(settings.variables, host);
    }
  };
  return {
    async check(settings, signal) {
      signal.throwIfAborted();
      try {
        return await make(settings, signal);
      } catch (error) {
        signal.throwIfAborted();
        return { verdict: 'error', detail: error instanceof Error ? error.message : String(error) };
      }
    },
  };
}
