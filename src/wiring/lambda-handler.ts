/** What all functions share: a parsed event, the ambient site, errors that keep their name. */
import middy from '@middy/core';
import type { z } from 'zod';
import { InterruptedError, reportError, UsageError } from '../core/errors.ts';
import type { Measure } from '../core/figures.ts';
import { ambientSite } from './ambient-site.ts';
import type { Site } from './site.ts';

export interface Invocation {
  readonly site: Site;
  readonly signal: AbortSignal;
  /** Figures become metrics in Lambda; elsewhere nobody takes them. */
  readonly measure: Measure;
}

interface RequestContext {
  /** Given by the runner; Lambda has none. */
  readonly signal?: AbortSignal;
}

/** Elsewhere the handlers are called in the process of a caller, who tells what it wants to tell. */
const observers =
  process.env['AWS_LAMBDA_FUNCTION_NAME'] === undefined
    ? { middlewares: [], log: () => undefined, measure: () => undefined }
    : await (await import('./lambda-observers.ts')).lambdaObservers(process.env);

/** Time to tell somebody before Lambda stops the process. */
const timeoutEarlyInMillis = 2000;

function timeoutEarlyResponse(): never {
  throw new InterruptedError('The function did not end within its time limit', {
    code: 'FUNCTION_TIMED_OUT',
    hint: 'Its log says what it waited for. What is done stays done: start the run again.',
  });
}

export function lambdaHandler<S extends z.ZodType, R>(
  schema: S,
  work: (event: z.infer<S>, invocation: Invocation) => Promise<R>,
) {
  const run = async (
    event: unknown,
    context: RequestContext,
    { signal }: { readonly signal: AbortSignal },
  ): Promise<R> => {
    const site = await ambientSite({
      environment: process.env,
      cwd: process.cwd(),
      now: () => new Date(),
      log: observers.log,
    });
    const signals = [signal, context.signal].filter((each) => each !== undefined);
    const { measure } = observers;
    return work(parse(schema, event), { site, signal: AbortSignal.any(signals), measure });
  };
  // What is attached last sees an error first, as it was thrown.
  return middy({ timeoutEarlyInMillis, timeoutEarlyResponse })
    .onError(structure)
    .use([...observers.middlewares])
    .handler(run);
}

function parse<S extends z.ZodType>(schema: S, event: unknown): z.infer<S> {
  const parsed = schema.safeParse(event);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new UsageError(`The event is not understood: ${issue?.path.join('.')}: ${issue?.message}`, {
    code: 'EVENT_INVALID',
    hint: 'Its shape is in src/core/contracts/.',
    cause: parsed.error,
  });
}

/**
 * Lambda tells a state machine an error's name and message only: the message becomes the whole report
 * as JSON, which `failureReport` reads back.
 */
function structure(request: { error?: Error | null | undefined }): void {
  const report = reportError(request.error);
  const error = new Error(JSON.stringify(report), { cause: request.error });
  error.name = report.name;
  throw error;
}
