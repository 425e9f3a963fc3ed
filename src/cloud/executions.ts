/** Executions of a deployment: started, found, stopped, listed. */
import { randomBytes } from 'node:crypto';
import type { DescribeExecutionOutput } from '@aws-sdk/client-sfn';
import pLimit from 'p-limit';
import type { Json } from '../core/canonical-json.ts';
import { HoldfastError, UsageError } from '../core/errors.ts';
import {
  type ExecutionEvent,
  type ExecutionFilter,
  type ExecutionSummary,
  executionName,
  parseExecutionArn,
} from '../core/executions.ts';
import type { Deployment } from './deployment.ts';
import { parseText, type Scopes, toEvents } from './history.ts';
import { executionArn, machineArn, machineArns } from './machines.ts';
import { openStepFunctions, type StepFunctions } from './step-functions.ts';

/** An execution of the deployment: its ARN names it everywhere. */
export interface CloudExecution extends ExecutionSummary {
  readonly arn: string;
}

export interface CloudExecutions {
  /**
   * Returns when it has begun. The same name and input while it runs is the same execution.
   * Throws UsageError EXECUTION_EXISTS, MACHINE_NOT_FOUND.
   */
  start(machine: string, input: Json, name?: string): Promise<CloudExecution>;
  /** By its name or its ARN. Throws UsageError EXECUTION_NOT_FOUND. */
  describe(id: string): Promise<CloudExecution>;
  /** What came after the event `last`, in order; `scopes` is kept between calls. */
  eventsAfter(arn: string, last: number, scopes: Scopes): Promise<ExecutionEvent[]>;
  history(arn: string): Promise<ExecutionEvent[]>;
  /** Asks for its end; one that has ended stays as it is. */
  stop(id: string, cause: string): Promise<CloudExecution>;
  /** Newest first; of all state machines, or of one. */
  list(filter?: ExecutionFilter): Promise<CloudExecution[]>;
  close(): void;
}

export interface ExecutionsOptions {
  readonly now: () => Date;
  readonly signal?: AbortSignal;
}

export function openExecutions(
  deployment: Deployment,
  { now, signal }: ExecutionsOptions,
): CloudExecutions {
  const service = openStepFunctions(deployment, signal);
  const finder = { deployment, service };
  // The signal that ends the questions is the reason to stop an execution.
  const stopper = { deployment, service: openStepFunctions(deployment) };
  const eventsAfter: CloudExecutions['eventsAfter'] = async (arn, last, scopes) =>
    toEvents(await service.eventsAfter(arn, last), scopes);
  return {
    start: async (machine, input, name = newName(machine, now())) => {
      const request = { machine: machineArn(deployment, machine), name };
      const started = await service.start({ ...request, input: JSON.stringify(input) });
      const { arn, startedAt = now() } = started;
      const base = { arn, id: name, machine, input, resumes: 0 };
      return { ...base, status: 'RUNNING', startedAt: startedAt.toISOString() };
    },
    describe: (id) => find(id, finder),
    eventsAfter,
    history: (arn) => eventsAfter(arn, 0, new Map()),
    stop: (id, cause) => stop(id, cause, stopper),
    list: (filter = {}) => list(filter, finder),
    close: () => {
      service.close();
      stopper.service.close();
    },
  };
}

const newName = (machine: string, now: Date): string =>
  executionName(machine, now, randomBytes(4).toString('hex'));

interface Finder {
  readonly deployment: Deployment;
  readonly service: StepFunctions;
}

/** A name alone does not say in which state machine. */
async function find(id: string, { deployment, service }: Finder): Promise<CloudExecution> {
  if (parseExecutionArn(id) !== undefined) return summaryOf(await service.describe(id));
  let missing: unknown;
  for (const machine of machineArns(deployment, id)) {
    try {
      return summaryOf(await service.describe(executionArn(machine, id)));
    } catch (error) {
      if (!(error instanceof HoldfastError) || error.code !== 'EXECUTION_NOT_FOUND') throw error;
      missing = error;
    }
  }
  throw new UsageError(`there is no execution ${id} in ${deployment.stack}`, {
    code: 'EXECUTION_NOT_FOUND',
    hint: `\`holdfast --stage ${deployment.stage} executions\` lists them; AWS forgets them after 90 days.`,
    cause: missing,
  });
}

async function stop(id: string, cause: string, finder: Finder): Promise<CloudExecution> {
  const found = await find(id, finder);
  if (found.status !== 'RUNNING') return found;
  await finder.service.stop(found.arn, cause);
  return summaryOf(await finder.service.describe(found.arn));
}

/** Lists tell no input; DescribeExecution refills at 10 to 15 a second. */
const describedAtOnce = 5;
const mostListed = 1000;

async function list(
  filter: ExecutionFilter,
  { deployment, service }: Finder,
): Promise<CloudExecution[]> {
  const { limit = mostListed, machine } = filter;
  const machines =
    machine === undefined ? machineArns(deployment) : [machineArn(deployment, machine)];
  const lists = await Promise.all(machines.map((arn) => service.list(arn, { ...filter, limit })));
  const newest = lists
    .flat()
    .sort((a, b) => Number(b.startDate) - Number(a.startDate))
    .slice(0, limit);
  const queue = pLimit(describedAtOnce);
  return Promise.all(
    newest.map(({ executionArn: arn = '' }) =>
      queue(async () => summaryOf(await service.describe(arn))),
    ),
  );
}

function summaryOf(found: DescribeExecutionOutput): CloudExecution {
  const { executionArn: arn = '', name = '', input = '{}', output, error, cause } = found;
  const { startDate = new Date(0), stopDate, redriveCount = 0 } = found;
  return {
    arn,
    id: name,
    machine: parseExecutionArn(arn)?.machine ?? '',
    status: statusOf(found.status),
    input: parseText(input),
    startedAt: startDate.toISOString(),
    resumes: redriveCount,
    ...(output != null && { output: parseText(output) }),
    ...(error != null && { error }),
    ...(cause != null && { cause }),
    ...(stopDate != null && { stoppedAt: stopDate.toISOString() }),
  };
}

/** One that waits to be redriven goes on: it runs. */
const statusOf = (status: DescribeExecutionOutput['status']): CloudExecution['status'] =>
  status === undefined || status === 'PENDING_REDRIVE' ? 'RUNNING' : status;
