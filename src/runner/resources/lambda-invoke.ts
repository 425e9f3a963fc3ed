/** `lambda:invoke`: the same handler as in the cloud, called in this process. */
import { randomUUID } from 'node:crypto';
import type { Json } from '../../core/canonical-json.ts';
import { StateError } from '../state-error.ts';
import type { Resource, TaskCall } from './resource.ts';

/** What of Lambda's context a handler may use here. */
export interface FunctionContext {
  readonly functionName: string;
  readonly functionVersion: string;
  readonly invokedFunctionArn: string;
  readonly awsRequestId: string;
  readonly getRemainingTimeInMillis: () => number;
  /** Aborted when the task times out or its execution ends. */
  readonly signal: AbortSignal;
}
export type FunctionHandler = (event: Json, context: FunctionContext) => Promise<unknown>;

const lambdaLimitMilliseconds = 15 * 60_000;

export function lambdaInvoke(functions: Readonly<Record<string, FunctionHandler>>): Resource {
  return {
    service: 'lambda',
    action: 'invoke',
    run: async (call) => {
      const { FunctionName: name, Payload = {} } = call.arguments as Record<string, Json>;
      const handler = functions[String(name)] ?? functions[withoutQualifier(String(name))];
      if (handler === undefined) {
        const cause = `Function not found: ${String(name)}`;
        throw new StateError('Lambda.ResourceNotFoundException', cause);
      }
      const result = await settle(handler(copy(Payload), contextFor(String(name), call)), call);
      return {
        ExecutedVersion: '$LATEST',
        Payload: copy(result),
        StatusCode: 200,
      };
    },
  };
}

/** A handler that does not watch the signal is left behind: a promise cannot be ended. */
async function settle(invocation: Promise<unknown>, { signal }: TaskCall): Promise<unknown> {
  const aborted = Promise.withResolvers<never>();
  const abort = (): void => aborted.reject(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  if (signal.aborted) abort();
  try {
    return await Promise.race([invocation, aborted.promise]);
  } catch (error) {
    signal.throwIfAborted();
    throw functionError(error);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

/** Lambda developer guide, "Node.js function errors": errorType, errorMessage, trace. */
function functionError(error: unknown): StateError {
  const thrown = error instanceof Error ? error : new Error(String(error));
  const { name: errorType, message: errorMessage, stack = '' } = thrown;
  const cause = JSON.stringify({ errorType, errorMessage, trace: stack.split('\n') });
  return new StateError(errorType, cause);
}

function contextFor(arn: string, { signal }: TaskCall): FunctionContext {
  const end = Date.now() + lambdaLimitMilliseconds;
  return {
    functionName: withoutQualifier(arn).split(':').at(-1) ?? arn,
    functionVersion: '$LATEST',
    invokedFunctionArn: arn,
    awsRequestId: randomUUID(),
    getRemainingTimeInMillis: () => Math.max(0, end - Date.now()),
    signal,
  };
}

/** `arn:aws:lambda:region:account:function:name:qualifier` has eight parts. */
const withoutQualifier = (arn: string): string => arn.split(':').slice(0, 7).join(':');

/** Events and results cross Lambda as JSON: nothing is shared, undefined is null. */
const copy = (value: unknown): Json => JSON.parse(JSON.stringify(value ?? null)) as Json;
