/** Applies retention to one source at every destination, a page of deletions at a time. */
import { retainEventSchema } from '../src/core/contracts/functions.ts';
import { retainStep } from '../src/pipeline/retain.ts';
import { retainedDestinations } from '../src/wiring/destinations.ts';
import { lambdaHandler } from '../src/wiring/lambda-handler.ts';

/** Well inside Lambda's fifteen minutes. */
const budgetSeconds = 600;

export const handler = lambdaHandler(retainEventSchema, async (event, { site, signal }) => {
  const { source } = site.source(event.source);
  const { more, removed, errors } = await retainStep(event, {
    vault: await site.vaults.openKeyless(),
    destinations: retainedDestinations(site),
    rules: { source, floor: site.config.retention.floor },
    signer: await site.signer(),
    now: site.now,
    signal,
    budgetSeconds,
  });
  return { more, removed: removed.length, errors: errors.length };
});
