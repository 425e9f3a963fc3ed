/** Applies retention to one source at every destination, a page of deletions at a time. */
import { retainEventSchema } from '../src/core/contracts/functions.ts';
import { VaultMissingError } from '../src/core/errors.ts';
import { retainStep } from '../src/pipeline/retain.ts';
import type { Vault } from '../src/pipeline/vault/index.ts';
import { destinationsElsewhere, retainedDestinations } from '../src/wiring/destinations.ts';
import { lambdaHandler } from '../src/wiring/lambda-handler.ts';
import type { Site } from '../src/wiring/site.ts';

/** Well inside Lambda's fifteen minutes. */
const budgetSeconds = 600;

export const handler = lambdaHandler(retainEventSchema, async (event, { site, signal }) => {
  const { source } = site.source(event.source);
  const vault = await vaultOf(site);
  if (vault === undefined) return { more: false, removed: 0, errors: 0 };
  const { more, removed, errors } = await retainStep(event, {
    vault,
    destinations: retainedDestinations(site),
    elsewhere: destinationsElsewhere(site),
    rules: { source, floor: site.config.retention.floor },
    signer: await site.signer(),
    now: site.now,
    signal,
    budgetSeconds,
  });
  return { more, removed: removed.length, errors: errors.length };
});

/** Before the first backup, or before S3 has replicated one, nothing is there to be removed. */
async function vaultOf({ vaults }: Site): Promise<Vault | undefined> {
  try {
    return await vaults.openKeyless();
  } catch (error) {
    if (!(error instanceof VaultMissingError)) throw error;
    return undefined;
  }
}
