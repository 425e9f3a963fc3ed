/** Executions in the deployment of a stage, followed live. */
import {
  type CloudExecution,
  type CloudExecutions,
  type Deployment,
  follow,
  openExecutions,
} from '../../cloud/index.ts';
import { failedResultSchema, taskOfMachine } from '../../core/contracts.ts';
import type { ErrorReport } from '../../core/errors.ts';
import { type ExecutionEvent, executionLink } from '../../core/executions.ts';
import { readResult } from '../../pipeline/vault/index.ts';
import type { Site } from '../../wiring/site.ts';
import type { CommandContext } from '../command.ts';
import {
  endOf,
  type Finished,
  type SourceInput,
  type Watched,
  type WatchedMachine,
} from './watched.ts';

interface Work {
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
  const work = { site, context, executions };
  return {
    run: (machine, input) => run(machine, input, work),
    close: async () => executions.close(),
  };
}

async function run(machine: WatchedMachine, input: SourceInput, work: Work): Promise<Finished> {
  const { executions, context } = work;
  const { source } = input;
  context.signal.throwIfAborted();
  const { arn, id } = await executions.start(machine, input);
  context.note(`${source}: ${id} has begun: ${executionLink(arn) ?? arn}`);
  try {
    const onEvent = (event: ExecutionEvent) => tell(source, event, context);
    const record = await follow(executions, arn, { signal: context.signal, onEvent });
    return { record, end: endOf(record, await noteOf(machine, record, work)) };
  } catch (error) {
    if (context.signal.aborted) await executions.stop(arn, 'interrupted on the command line');
    else context.note(`${source}: ${id} goes on; only this command has ended`);
    throw error;
  } finally {
    context.progress.finish(source);
  }
}

/** States that take time; choices and ends say nothing. */
const told = new Set(['TaskStateEntered', 'WaitStateEntered']);

function tell(source: string, { type, details }: ExecutionEvent, { note }: CommandContext): void {
  const { name } = (details ?? {}) as { readonly name?: string };
  if (told.has(type) && name !== undefined) note(`${source}: ${name}`);
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
