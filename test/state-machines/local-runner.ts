/** The shipped state machines on the real runner, with the real handlers and tasks, for one configuration. */

import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { handler as health } from '../../functions/health.ts';
import { handler as notify } from '../../functions/notify.ts';
import { handler as plan } from '../../functions/plan.ts';
import { handler as retain } from '../../functions/retain.ts';
import { handler as verify } from '../../functions/verify.ts';
import type { MachineName } from '../../src/core/contracts/machines.ts';
import {
  type Clock,
  createRunner,
  createTaskLauncher,
  type ExecutionRecord,
  type FunctionHandler,
  type HistoryEvent,
  openJournal,
  systemClock,
} from '../../src/runner/index.ts';
import { closeAmbientSites } from '../../src/wiring/ambient-site.ts';
import { localFunctions, localSubstitutions, readMachines } from '../../src/wiring/machines.ts';
import { programArgv } from '../../src/wiring/programs.ts';

export interface LocalMachines {
  readonly folder: string;
  /** Lines of the tasks' stderr. */
  readonly log: string[];
  run(machine: MachineName, input: object): Promise<ExecutionRecord>;
  /** The last outputs of an execution that must have succeeded. */
  succeed(machine: MachineName, input: object): Promise<{ outcome: string; backupId: string }>;
  /** The journal's events of an execution. */
  history(id: string): HistoryEvent[];
  close(): Promise<void>;
}

/** `configure` is given a temporary folder, that holds the vault by default, and returns holdfast.yaml. */
export async function startLocalMachines(
  configure: (folder: string) => object,
  environment: Readonly<Record<string, string>> = {},
  clock: Clock = systemClock(),
): Promise<LocalMachines> {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-machines-'));
  const configFile = join(folder, 'holdfast.yaml');
  await writeFile(configFile, stringify(configure(folder)));
  const given = {
    ...environment,
    HOLDFAST_KEY: randomBytes(32).toString('base64'),
    HOLDFAST_CONFIG: configFile,
  };
  Object.assign(process.env, given);
  const log: string[] = [];
  const journal = openJournal(join(folder, 'journal.sqlite'), { now: clock.now });
  const runner = createRunner({
    machines: await readMachines(),
    substitutions: localSubstitutions,
    functions: {
      [localFunctions.plan]: plan as FunctionHandler,
      [localFunctions.verify]: verify as FunctionHandler,
      [localFunctions.retain]: retain as FunctionHandler,
      [localFunctions.notify]: notify as FunctionHandler,
      [localFunctions.health]: health as FunctionHandler,
    },
    tasks: createTaskLauncher({
      argv: programArgv('task'),
      environment: process.env,
      onLog: (line) => log.push(line),
    }),
    journal,
    clock,
  });
  let runs = 0;
  const run = async (machine: MachineName, input: object): Promise<ExecutionRecord> => {
    const name = `${machine}-${++runs}`;
    const started = await runner.start(machine, JSON.parse(JSON.stringify(input)), { name });
    return runner.wait(started.id);
  };
  return {
    folder,
    log,
    run,
    async succeed(machine, input) {
      const { status, output, error, cause } = await run(machine, input);
      if (status !== 'SUCCEEDED') throw new Error(`${machine}: ${status} ${error} ${cause}`);
      return output as unknown as { outcome: string; backupId: string };
    },
    history: (id) => runner.history(id),
    async close() {
      await runner.close(0);
      await closeAmbientSites();
      journal.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
