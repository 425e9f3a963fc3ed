/** The state machines on this machine: the runner with the handlers, tasks and journal of one site. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { ProgressUpdate } from '../core/ports/engine.ts';
import type { FunctionHandler, Journal, Runner } from '../runner/index.ts';
import type { Site } from '../wiring/site.ts';

export interface LocalRunnerOptions {
  readonly site: Site;
  readonly stage: string | undefined;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly privateKeys?: readonly string[];
  /** Told when a damaged journal was moved aside. */
  readonly onNotice: (notice: string) => void;
  readonly onProgress?: (update: ProgressUpdate, mark: string) => void;
  /** A line of a task's stderr. */
  readonly onLog?: (line: string, mark: string) => void;
}

export interface LocalRunner {
  readonly runner: Runner;
  readonly journal: Journal;
  close(graceMilliseconds?: number): Promise<void>;
}

/** The task has been started by then. */
const othersAfterMilliseconds = 250;

export const journalFile = (stateDir: string): string => join(stateDir, 'journal.sqlite');

export async function openLocalRunner(options: LocalRunnerOptions): Promise<LocalRunner> {
  const { site, onNotice } = options;
  const { createRunner, createTaskLauncher, openJournal } = await import('../runner/index.ts');
  const { localSubstitutions, readMachines } = await import('../wiring/machines.ts');
  const { programArgv } = await import('../wiring/programs.ts');
  const given = { ...taskEnvironment(options), ...(await site.stackKeys()) };
  // The handlers of functions/ find their site as in the cloud: by the environment of the process.
  Object.assign(process.env, given);
  await mkdir(site.stateDir, { recursive: true, mode: 0o700 });
  const journal = openJournal(journalFile(site.stateDir), { now: site.now, onNotice });
  const runner = createRunner({
    machines: await readMachines(),
    substitutions: localSubstitutions,
    functions: await handlers(),
    tasks: createTaskLauncher({
      argv: programArgv('task'),
      environment: { ...options.environment, ...given },
      onProgress: (progress, mark) => options.onProgress?.(updateOf(progress), mark),
      onLog: (line, mark) => options.onLog?.(line, mark),
    }),
    journal,
  });
  const close = async (graceMilliseconds = 0): Promise<void> => {
    await runner.close(graceMilliseconds);
    const { closeAmbientSites } = await import('../wiring/ambient-site.ts');
    await closeAmbientSites();
    journal.close();
  };
  return { runner, journal, close };
}

function taskEnvironment({ site, stage, privateKeys = [] }: LocalRunnerOptions) {
  return {
    HOLDFAST_CONFIG: site.configFile,
    ...(stage !== undefined && { HOLDFAST_STAGE: stage }),
    ...(privateKeys.length > 0 && { HOLDFAST_PRIVATE_KEYS: privateKeys.join(':') }),
  };
}

/** A handler loads at its first call; those that come later load while the task works. */
async function handlers(): Promise<Record<string, FunctionHandler>> {
  const { failoverArn, localFunctions } = await import('../wiring/machines.ts');
  const load = {
    plan: async () => (await import('../../functions/plan.ts')).handler,
    verify: async () => (await import('../../functions/verify.ts')).handler,
    retain: async () => (await import('../../functions/retain.ts')).handler,
    notify: async () => (await import('../../functions/notify.ts')).handler,
    health: async () => (await import('../../functions/health.ts')).handler,
  };
  type Name = keyof typeof load;
  const loadOthers = (): void => void Promise.allSettled(Object.values(load).map((one) => one()));
  const called =
    (name: Name): FunctionHandler =>
    async (event, context) => {
      const handler = (await load[name]()) as FunctionHandler;
      if (name === 'plan') setTimeout(loadOthers, othersAfterMilliseconds).unref();
      return handler(event, context);
    };
  const { failoverHandlers } = await import('./failover/handlers.ts');
  return Object.fromEntries([
    ...(Object.keys(load) as Name[]).map((name) => [localFunctions[name], called(name)]),
    ...failoverHandlers().map(([name, handler]) => [failoverArn(name), handler]),
  ]);
}

/** A line of a task's progress, as it is shown. */
export const updateOf = (line: Readonly<Record<string, unknown>>): ProgressUpdate => ({
  phase: String(line['phase'] ?? ''),
  done: Number(line['done'] ?? 0),
  unit: String(line['unit'] ?? ''),
  ...(typeof line['total'] === 'number' && { total: line['total'] }),
});
