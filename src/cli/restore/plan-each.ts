/** `restore --dry-run`: what each restore would do, with nothing touched. */
import { isBackupId } from '../../core/backup-id.ts';
import { reportError } from '../../core/errors.ts';
import type { ChosenBackup, Restore, RestoreWork } from '../commands/restore.ts';
import { describeColdSet } from './cold-set.ts';

export async function planEach(
  chosen: readonly ChosenBackup[],
  work: RestoreWork,
): Promise<Restore[]> {
  const plans: Restore[] = [];
  for (const each of chosen) plans.push(await planOne(each, work));
  return plans;
}

async function planOne(
  { source, backup }: ChosenBackup,
  { site, context, words }: RestoreWork,
): Promise<Restore> {
  const { to, only, overwrite, from } = words;
  const base = { source, backup };
  try {
    if (!isBackupId(backup)) return { ...base, outcome: 'failed' };
    const cold = await describeColdSet(
      site,
      { source, at: backup, from, retrieval: words.retrieval },
      context.signal,
    );
    if (cold !== undefined)
      return { ...base, outcome: 'planned', plan: planOfCold(backup, cold, to) };
    const { planRestore } = await import('../../pipeline/restore.ts');
    const input = { source, backupId: backup, target: to ?? null, only, overwrite, from };
    const { target, actions, findings } = await planRestore(input, {
      vault: await site.vaults.open(from),
      source: site.source(source),
      limits: site.config.limits,
      signal: context.signal,
      progress: (update) => context.progress.update(source, update),
    });
    context.progress.finish(source);
    const plan = { target, actions: [...actions], findings: findings.map((each) => ({ ...each })) };
    return { ...base, outcome: 'planned', plan };
  } catch (error) {
    if (context.signal.aborted) throw error;
    return { ...base, outcome: 'failed', error: reportError(error) };
  }
}

/** The rest of the plan is in the set itself. */
const planOfCold = (
  backup: string,
  cold: string,
  to: string | undefined,
): NonNullable<Restore['plan']> => ({
  target: to ?? 'the source itself',
  actions: [cold],
  findings: [
    {
      subject: backup,
      level: 'warning',
      detail: 'lies in an archive tier: what else would be done is known once it can be read',
    },
  ],
});
