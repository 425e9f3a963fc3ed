/**
 * What is asked of Step Functions, each question with words for its failure.
 * https://docs.aws.amazon.com/step-functions/latest/apireference/API_Operations.html
 */
import {
  type DescribeExecutionOutput,
  type ExecutionListItem,
  type HistoryEvent,
  SFN,
} from '@aws-sdk/client-sfn';
import { type HoldfastError, UsageError } from '../core/errors.ts';
import type { ExecutionFilter } from '../core/executions.ts';
import { awsFailure } from './aws-failure.ts';
import { clientConfig, type Deployment } from './deployment.ts';

export interface StepFunctions {
  start(request: StartRequest): Promise<{ readonly arn: string; readonly startedAt?: Date }>;
  describe(arn: string): Promise<DescribeExecutionOutput>;
  /** What came after the event `last`, in order. */
  eventsAfter(arn: string, last: number): Promise<HistoryEvent[]>;
  /** Newest first, of one state machine. */
  list(machine: string, filter: ExecutionFilter): Promise<ExecutionListItem[]>;
  stop(arn: string, cause: string): Promise<void>;
  close(): void;
}

export interface StartRequest {
  /** The state machine's ARN. */
  readonly machine: string;
  readonly name: string;
  /** JSON. */
  readonly input: string;
}

/** Of GetExecutionHistory and ListExecutions; both allow 1,000. */
const pageSize = 200;

/** `signal` ends the questions. */
export function openStepFunctions(deployment: Deployment, signal?: AbortSignal): StepFunctions {
  const client = new SFN(clientConfig(deployment.region));
  const options = signal === undefined ? {} : { abortSignal: signal };
  const ask = async <T>(action: string, answer: Promise<T>): Promise<T> => {
    try {
      return await answer;
    } catch (error) {
      signal?.throwIfAborted();
      throw failure(action, deployment, error);
    }
  };
  return {
    start: async ({ machine, name, input }) => {
      const request = { stateMachineArn: machine, name, input };
      const started = await ask(`starting ${name}`, client.startExecution(request, options));
      const { executionArn: arn = '', startDate } = started;
      return { arn, ...(startDate && { startedAt: startDate }) };
    },
    describe: (arn) =>
      ask(`describing ${nameOf(arn)}`, client.describeExecution({ executionArn: arn }, options)),
    eventsAfter: async (arn, last) => {
      const request = { executionArn: arn, reverseOrder: true, maxResults: pageSize };
      const fresh: HistoryEvent[] = [];
      let nextToken: string | undefined;
      for (;;) {
        const asked = client.getExecutionHistory(withToken(request, nextToken), options);
        const page = await ask(`reading the history of ${nameOf(arn)}`, asked);
        const events = page.events ?? [];
        const unseen = events.filter(({ id = 0 }) => id > last);
        fresh.push(...unseen);
        nextToken = page.nextToken;
        if (unseen.length < events.length || nextToken === undefined) return fresh.reverse();
      }
    },
    list: async (machine, { status, limit = pageSize }) => {
      const filter = status === undefined ? {} : { statusFilter: status };
      const request = { ...filter, stateMachineArn: machine, maxResults: pageSize };
      const items: ExecutionListItem[] = [];
      let nextToken: string | undefined;
      do {
        const asked = client.listExecutions(withToken(request, nextToken), options);
        const page = await ask('listing executions', asked);
        items.push(...(page.executions ?? []));
        nextToken = page.nextToken;
      } while (nextToken !== undefined && items.length < limit);
      return items.slice(0, limit);
    },
    stop: async (arn, cause) => {
      const request = { executionArn: arn, cause };
      await ask(`stopping ${nameOf(arn)}`, client.stopExecution(request, options));
    },
    close: () => client.destroy(),
  };
}

const nameOf = (arn: string): string => arn.split(':').at(-1) ?? arn;

const withToken = <T extends object>(request: T, nextToken: string | undefined) =>
  nextToken === undefined ? request : { ...request, nextToken };

function failure(action: string, { stack, stage }: Deployment, error: unknown): HoldfastError {
  const known = refusals[(error as Error).name];
  if (known === undefined) return awsFailure(`${action} in ${stack}`, error);
  const { code, hint } = known;
  const message = `${action} in ${stack} failed: ${(error as Error).message}`;
  return new UsageError(message, { code, hint: hint(stage), cause: error });
}

interface Refusal {
  readonly code: string;
  readonly hint: (stage: string) => string;
}

const refusals: Readonly<Record<string, Refusal>> = {
  ExecutionDoesNotExist: {
    code: 'EXECUTION_NOT_FOUND',
    hint: (stage) =>
      `\`holdfast --stage ${stage} executions\` lists them; AWS forgets them after 90 days.`,
  },
  ExecutionAlreadyExists: {
    code: 'EXECUTION_EXISTS',
    hint: () => 'Start it under another name.',
  },
  InvalidName: {
    code: 'EXECUTION_NAME',
    hint: () => 'At most 80 letters, digits, ".", "_" and "-".',
  },
  StateMachineDoesNotExist: {
    code: 'MACHINE_NOT_FOUND',
    hint: (stage) => `The stack has changed by hand: npm run deploy -- --stage ${stage}`,
  },
};
