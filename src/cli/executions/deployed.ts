/** Executions in the deployment of a stage, followed live. */
import {
  type CloudExecution,
  type CloudExecutions,
  type Deployment,
  follow,
  openExecutions,
  type TaskLine,
  tellTaskLines,
} from '../../cloud/index.ts';
import { failedResultSchema } from '../../core/contracts/results.ts';
import { taskOfMachine } from '../../core/contracts/tasks.ts';
import type { ErrorReport } from '../../core/errors.ts';
import { type ExecutionEvent, executionLink } from '../../core/executions.ts';
import { readResult } from '../../pipeline/vault/index.ts';
import type { Site } from '../../wiring/site.ts';
import type { CommandContext } from '../command.ts';
import { updateOf } from '../local-runner.ts';
import { enteredState } from './entered-state.ts';
import { withEstimate } from './estimate.ts';
import {
  endOf,
  type Finished,
  type SourceInput,
  type Watched,
  type WatchedMachine,
} from './watched.ts';

interface Work {
  readonly deployment: Deployment;
  readonly site: Site;
  readonly context: CommandContext;
  readonly executions: CloudExecutions;
}

/** Ctrl-C stops what was started here, as on one machine; whoever goes offline stops nothing. */
export function watchDeployment(
  deployment: Deployment,
  site: Site,
  context: CommandContext,
): Watched {
  const executions = openExecutions(deployment, context);
  const work = { deployment, site, context, executions };
  return {
    run: (machine, input, expected) => run({ machine, input, expected }, work),
    close: async () => executions.close(),
  };
}

interface Start {
  readonly machine: WatchedMachine;
  readonly input: SourceInput;
  /** Stored bytes that a run like this moved before. */
  readonly expected: number | undefined;
}

async function run({ machine, input, expected }: Start, work: Work): Promise<Finished> {
  const { executions, context } = work;
  const { source } = input;
  context.signal.throwIfAborted();
  const { arn, id, startedAt } = await executions.start(machine, input);
  const ended = new AbortController();
  const telling = tellTasks({ source, execution: id, startedAt, expected }, work, ended.signal);
  context.note(`${source}: ${id} has begun: ${executionLink(arn) ?? arn}`);
  try {
    const onEvent = (event: ExecutionEvent): void => {
      const state = enteredState(event);
      if (state !== undefined) context.note(`${source}: ${state}`);
    };
    const record = await follow(executions, arn, { signal: context.signal, onEvent });
    return { record, end: endOf(record, await noteOf(machine, record, work)) };
  } catch (error) {
    if (context.signal.aborted) await executions.stop(arn, 'interrupted on the command line');
    else context.note(`${source}: ${id} goes on; only this command has ended`);
    throw error;
  } finally {
    ended.abort();
    await telling;
    context.progress.finish(source);
  }
}

interface Told {
  readonly source: string;
  readonly execution: string;
  readonly startedAt: string;
  readonly expected: number | undefined;
}

/** Progress, and with --verbose what the tasks log. Whoever may not read the log still sees the states. */
async function tellTasks(
  { source, execution, startedAt, expected }: Told,
  { deployment, context, site }: Work,
  signal: AbortSignal,
): Promise<void> {
  const { progress, globals, note } = context;
  const since = new Date(startedAt);
  const onLine = (line: TaskLine): void => {
    if (line['message_type'] === 'progress') {
      progress.update(source, withEstimate(updateOf(line), expected));
    } else if (globals.verbose) note(site.secrets.mask(`${source}: ${JSON.stringify(line)}`));
  };
  try {
    await tellTaskLines(deployment, { execution, since, signal, onLine });
  } catch (error) {
    if (globals.verbose) note(`no progress is shown: ${(error as Error).message}`);
  }
}

/** What the task says of its failure: ECS tells an exit status and no words. */
async function noteOf(
  machine: WatchedMachine,
  { id, status, input }: CloudExecution,
  { site, context }: Work,
): Promise<ErrorReport | undefined> {
  if (status !== 'FAILED') return undefined;
  const { from = 'primary' } = input as { readonly from?: string };
  try {
    const vault = await site.vaults.openForNotes(from);
    return (await readResult(vault, id, taskOfMachine[machine], failedResultSchema))?.error;
  } catch (error) {
    context.note(`what the task said is out of reach: ${(error as Error).message}`);
    return undefined;
  }
}
