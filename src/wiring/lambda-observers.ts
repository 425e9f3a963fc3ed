/**
 * Powertools behind middy: logs that name source, backup and execution, figures as metrics (by log
 * lines in CloudWatch's embedded metric format), traces. Loaded in Lambda alone.
 */
import { Logger } from '@aws-lambda-powertools/logger';
import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import { Metrics } from '@aws-lambda-powertools/metrics';
import type { MiddlewareObj } from '@middy/core';
import { z } from 'zod';
import { reportError } from '../core/errors.ts';
import { type Figure, type Measure, metricNamespace } from '../core/figures.ts';
import type { Log } from './site.ts';

export interface LambdaObservers {
  readonly middlewares: readonly MiddlewareObj[];
  readonly log: Log;
  readonly measure: Measure;
}

const environmentSchema = z.object({
  AWS_LAMBDA_FUNCTION_NAME: z.string(),
  /** Of functions whose own name has more than one word behind it. */
  HOLDFAST_SERVICE: z.string().optional(),
  /** Set by Lambda where tracing is on. */
  AWS_XRAY_DAEMON_ADDRESS: z.string().optional(),
});

/** `holdfast-prod-plan` belongs to the service `holdfast-prod`: the dimension of every metric. */
const serviceOf = (functionName: string): string => functionName.replace(/-[^-]+$/, '');

export async function lambdaObservers(
  environment: Readonly<Record<string, string | undefined>>,
): Promise<LambdaObservers> {
  const given = environmentSchema.parse(environment);
  const serviceName = given.HOLDFAST_SERVICE ?? serviceOf(given.AWS_LAMBDA_FUNCTION_NAME);
  const logger = new Logger({ serviceName });
  const metrics = new Metrics({ namespace: metricNamespace, serviceName });
  const traces = given.AWS_XRAY_DAEMON_ADDRESS === undefined ? [] : [await tracing(serviceName)];
  return {
    middlewares: [...traces, injectLambdaContext(logger, { resetKeys: true }), subject(logger)],
    log: (line, fields = {}) => logger.info(line, fields),
    measure: (figures) => {
      for (const figure of figures) publish(metrics, figure);
    },
  };
}

/** X-Ray's library takes 50 ms to load: not where nobody listens. */
async function tracing(serviceName: string): Promise<MiddlewareObj> {
  const { Tracer } = await import('@aws-lambda-powertools/tracer');
  const { captureLambdaHandler } = await import('@aws-lambda-powertools/tracer/middleware');
  return captureLambdaHandler(new Tracer({ serviceName }), { captureResponse: false });
}

const about = { source: z.string().optional(), backupId: z.string().optional() };
const subjectSchema = z
  .looseObject({
    ...about,
    execution: z.string().optional(),
    for: z.string().optional(),
    input: z.looseObject(about).optional(),
  })
  .catch({});

/** Every line of an invocation says whose it is. */
function subject(logger: Logger): MiddlewareObj {
  return {
    before: ({ event }) => logger.appendKeys(subjectOf(event)),
    onError: ({ error }) => logger.error('failed', { report: reportError(error) }),
  };
}

/** `{source, backupId, execution}`, as far as the event has them. */
export function subjectOf(event: unknown): Record<string, string> {
  const { execution, source, backupId, input } = subjectSchema.parse(event);
  const found = {
    execution,
    source: source ?? input?.source,
    backupId: backupId ?? input?.backupId,
  };
  return Object.fromEntries(
    Object.entries(found).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}

function publish(metrics: Metrics, { name, unit, value, source }: Figure): void {
  const single = metrics.singleMetric();
  if (source !== undefined) single.addDimension('Source', source);
  single.addMetric(name, unit, value);
}
