/** Restores through the state machine, one source after the other. */
import { restoreResultSchema, taskResultSchema } from '../../core/contracts/results.ts';
import { reportError } from '../../core/errors.ts';
import type { ChosenBackup, Restore, RestoreWork } from '../commands/restore.ts';
import { openWatched } from '../executions/open-watched.ts';
import type { Watched } from '../executions/watched.ts';
import { expectedOfSet } from '../expected-bytes.ts';
import { noteColdSet } from './cold-set.ts';

/** What comes `after:` a source that failed is left alone. */
export async function restoreEach(
  chosen: readonly ChosenBackup[],
  work: RestoreWork,
): Promise<Restore[]> {
  const { site, context, words } = work;
  const watched = await openWatched(site, context, { privateKeys: words.privateKey });
  const restores: Restore[] = [];
  try {
    for (const each of chosen) {
      const failed = new Set(
        restores.filter(({ outcome }) => outcome !== 'restored').map(({ source }) => source),
      );
      const waitsFor = site.config.sources[each.source]?.after ?? [];
      restores.push(
        waitsFor.some((name) => failed.has(name))
          ? { source: each.source, backup: each.backup, outcome: 'skipped' }
          : await restoreOne(each, work, watched),
      );
    }
    return restores;
  } finally {
    await watched.close();
  }
}

async function restoreOne(
  { source, backup }: ChosenBackup,
  { site, context, words }: RestoreWork,
  watched: Watched,
): Promise<Restore> {
  const { to, only, overwrite, from, retrieval } = words;
  const base = { source, backup };
  try {
    context.note(`${source}: restoring ${backup}`);
    const target = to === undefined ? {} : { target: to };
    await noteColdSet(site, { source, at: backup, from, retrieval }, context);
    const expected = await expectedOfSet(site, source, { backup, from });
    const input = { source, at: backup, only, overwrite, from, retrieval, ...target };
    const shown = only.length > 0 ? undefined : expected;
    const { record, end } = await watched.run('restore', input, shown);
    if (!end.ok) return { ...base, outcome: 'failed', execution: record.id, error: end.error };
    const { readResult } = await import('../../pipeline/vault/index.ts');
    const vault = await site.vaults.openForNotes(from);
    const schema = taskResultSchema(restoreResultSchema);
    const result = await readResult(vault, record.id, 'restore', schema);
    const restored = result !== undefined && 'target' in result ? { restored: result } : {};
    return { ...base, outcome: 'restored', execution: record.id, ...restored };
  } catch (error) {
    if (context.signal.aborted) throw error;
    return { ...base, outcome: 'failed', error: reportError(error) };
  }
}
