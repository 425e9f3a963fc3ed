/** A function as Lambda runs it: logs a line, gives two figures, and fails where the event says so. */
import middy from '@middy/core';
import { UsageError } from '../../../src/core/errors.ts';
import { lambdaObservers } from '../../../src/wiring/lambda-observers.ts';

const { middlewares, log, measure } = await lambdaObservers(process.env);
const event = JSON.parse(process.argv[2] ?? '{}') as { readonly fails?: boolean };
const handler = middy(async () => {
  log('looked', { objects: 3 });
  measure([
    { name: 'StaleSources', unit: 'Count', value: 2 },
    { name: 'BackupAge', unit: 'Seconds', value: 90, source: 'orders' },
  ]);
  if (event.fails) throw new UsageError('no such thing', { code: 'A_CODE', hint: 'Look.' });
}).use([...middlewares]);
type Invoke = (event: unknown, context: unknown) => Promise<unknown>;
await (handler as unknown as Invoke)(event, {
  functionName: process.env['AWS_LAMBDA_FUNCTION_NAME'],
  getRemainingTimeInMillis: () => 60_000,
}).catch(({ code }: UsageError) => process.stdout.write(`${JSON.stringify({ thrown: code })}\n`));
