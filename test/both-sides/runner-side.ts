/** One machine: `src/runner/` with a journal of its own, tasks as processes. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Json } from '../../src/core/canonical-json.ts';
import {
  createRunner,
  createTaskLauncher,
  type FunctionHandler,
  openJournal,
  type Runner,
} from '../../src/runner/index.ts';
import { localFunctions, localSubstitutions, readMachines } from '../../src/wiring/machines.ts';
import type { Observation, Side } from './scenario.ts';
import { taskProgram } from './script-server.ts';
import { act } from './scripted-function.ts';

export interface RunnerSide extends Side {
  /** The types of the events of an execution. */
  history(execution: string): string[];
  close(): Promise<void>;
}

const scriptedFunction = 'arn:aws:lambda:local:000000000000:function:scripted';

export async function openRunnerSide(scriptsPort: number): Promise<RunnerSide> {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-sides-'));
  const journal = openJournal(join(folder, 'journal.sqlite'), { now: () => new Date() });
  const machines: Record<string, string> = { ...(await readMachines()) };
  const handler =
    (actor: string): FunctionHandler =>
    (event) =>
      act(event as unknown as Parameters<typeof act>[0], actor, String(scriptsPort));
  const launcher = createTaskLauncher({
    argv: ['bash', '-c', taskProgram],
    environment: { PATH: process.env['PATH'], SCRIPTS_PORT: String(scriptsPort) },
    graceMilliseconds: 200,
  });
  const missing = createTaskLauncher({ argv: ['/nowhere/at/all'], environment: {} });
  const runner = createRunner({
    machines,
    substitutions: {
      ...localSubstitutions,
      ScriptedFunctionArn: scriptedFunction,
      MissingTaskArn: 'missing',
    },
    functions: {
      [scriptedFunction]: handler('scripted'),
      ...Object.fromEntries(
        Object.entries(localFunctions).map(([name, arn]) => [arn, handler(name)]),
      ),
    },
    tasks: {
      endOrphan: launcher.endOrphan,
      run: (request) => {
        const isMissing = request.environment['HOLDFAST_VERB'] === 'missing';
        return (isMissing ? missing : launcher).run(request);
      },
    },
    journal,
  });
  return {
    create: async (name, definition) => {
      const text = typeof definition === 'string' ? machines[definition] : undefined;
      machines[name] = text ?? JSON.stringify(definition);
    },
    start: async (machine, execution, input) => {
      await runner.start(machine, input, { name: execution });
    },
    stop: async (_, execution, cause) => {
      await runner.stop(execution, { cause });
    },
    answer: async (token, answer) => {
      if (answer === 'heartbeat') runner.sendTaskHeartbeat(token);
      else if ('output' in answer) runner.sendTaskSuccess(token, answer.output);
      else runner.sendTaskFailure(token, answer);
    },
    observe: (_, execution) => observe(runner, execution),
    history: (execution) => runner.history(execution).map(({ type }) => type),
    close: async () => {
      await runner.close();
      journal.close();
      await rm(folder, { recursive: true });
    },
  };
}

async function observe(runner: Runner, execution: string): Promise<Observation> {
  const { status, output, error } = await runner.wait(execution);
  const states = runner
    .history(execution)
    .filter(({ type }) => type.endsWith('StateEntered'))
    .map(({ details }) => (details as { name: string }).name);
  return {
    status,
    ...(output === undefined ? {} : { output: output as Json }),
    ...(error === undefined ? {} : { error }),
    states,
  };
}
