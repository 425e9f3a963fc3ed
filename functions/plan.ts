/** Decides what a backup, a restore or a drill is about, before anything is touched. */
import { planEventSchema } from '../src/core/contracts.ts';
import { planBackup } from '../src/pipeline/plan.ts';
import { chooseBackup } from '../src/pipeline/sets/choose-backup.ts';
import { lambdaHandler } from '../src/wiring/lambda-handler.ts';

export const handler = lambdaHandler(planEventSchema, async (event, { site, signal }) => {
  const source = site.source(event.input.source);
  if (event.for === 'backup') {
    const vault = await site.vaults.create();
    const copies = site.config.vault.copies.some(({ by }) => by === 'holdfast');
    return planBackup(event.input, { ...event, vault, source, copies, signal });
  }
  const { at, from } = event.input;
  const vault = await site.vaults.openKeyless(from);
  const { id: backupId } = await chooseBackup(vault, source.name, at);
  const chosen = { source: source.name, backupId, from };
  if (event.for === 'drill') return { backupId, drill: chosen };
  const { target = null, only, overwrite } = event.input;
  return { backupId, restore: { ...chosen, target, only, overwrite } };
});
