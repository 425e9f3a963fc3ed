/** Level "checked" of one set, without a key, and the comparison of its figures with the last ones. */
import { verifyEventSchema } from '../src/core/contracts/functions.ts';
import { backupFigures } from '../src/core/figures.ts';
import { verifyBackup } from '../src/pipeline/verify.ts';
import { lambdaHandler } from '../src/wiring/lambda-handler.ts';

export const handler = lambdaHandler(verifyEventSchema, async (event, invocation) => {
  const { site, signal, measure } = invocation;
  const { source } = site.source(event.source);
  const vault = await site.vaults.openKeyless();
  const signer = await site.signer();
  const verified = await verifyBackup(event, { vault, signer, source, signal });
  const { backupId, outcome, storedBytes = 0, durationSeconds = 0 } = verified;
  // One that is named was taken before: only a new one is news.
  if (event.backupId === undefined) {
    const figures = { source: event.source, storedBytes, durationSeconds };
    measure(backupFigures(figures, Object.keys(site.config.sources).length));
  }
  return { backupId, outcome };
});
