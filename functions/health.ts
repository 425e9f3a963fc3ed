/** Finds what never happened, escalates, delivers what is still undelivered, sends the digest. */
import { healthEventSchema } from '../src/core/contracts.ts';
import { checkHealth } from '../src/pipeline/health.ts';
import { lambdaHandler } from '../src/wiring/lambda-handler.ts';
import { openNotifier } from '../src/wiring/notifier.ts';

export const handler = lambdaHandler(healthEventSchema, async (_event, { site, signal }) =>
  checkHealth({
    vault: await site.vaults.openKeyless(),
    config: site.config,
    notifier: await openNotifier(site, signal),
  }),
);
