/** Level "checked" of one set, without a key, and the comparison of its figures with the last ones. */
import { verifyEventSchema } from '../src/core/contracts.ts';
import { verifyBackup } from '../src/pipeline/verify.ts';
import { lambdaHandler } from '../src/wiring/lambda-handler.ts';

export const handler = lambdaHandler(verifyEventSchema, async (event, { site, signal }) => {
  const { source } = site.source(event.source);
  const vault = await site.vaults.openKeyless();
  const signer = await site.signer();
  const { backupId, outcome } = await verifyBackup(event, { vault, signer, source, signal });
  return { backupId, outcome };
});
