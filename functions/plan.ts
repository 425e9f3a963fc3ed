/** Decides what a schedule, a backup, a restore or a drill is about, before anything is touched. */
import { planEventSchema } from '../src/core/contracts.ts';
import { planBackup } from '../src/pipeline/plan.ts';
import { planScheduled } from '../src/pipeline/plan-scheduled.ts';
import { chooseBackup } from '../src/pipeline/sets/choose-backup.ts';
import { lambdaHandler } from '../src/wiring/lambda-handler.ts';

export const handler = lambdaHandler(planEventSchema, async (event, { site, signal }) => {
  if (event.for === 'scheduled') {
    const { config, vaults } = site;
    return planScheduled(event.input, { ...event, config, openVault: () => vaults.create() });
  }
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
