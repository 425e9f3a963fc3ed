/** `holdfast list`: the backups in the vault. */
import { z } from 'zod';
import { durationText, sizeText } from '../../core/duration.ts';
import { defineCommand } from '../command.ts';
import { countText } from '../output/figures.ts';
import type { Screen } from '../output/screen.ts';
import { table } from '../output/table.ts';
import { type SetSummary, setSummarySchema, summarize } from '../set-summary.ts';
import { knownSources } from '../stored-sources.ts';

export const list = defineCommand({
  description:
    'Lists the backups in the vault, newest first. Needs no key. Leftovers of attempts that never finished are not backups and are shown only with --leftovers.',
  arguments: [
    { name: '[sources...]', description: 'names of sources (default: all)', completes: 'source' },
  ],
  options: [
    { flags: '--from <destination>', description: 'primary (the default) or the name of a copy' },
    { flags: '--leftovers', description: 'show unfinished attempts too' },
  ],
  examples: [
    { line: 'holdfast list', does: 'Every backup' },
    { line: 'holdfast list orders --json', does: 'Those of one source, for a script' },
  ],
  input: z.object({
    sources: z.array(z.string()).default([]),
    from: z.string().default('primary'),
    leftovers: z.boolean().default(false),
  }),
  result: z.object({ vault: z.string(), backups: z.array(setSummarySchema) }),
  async run({ sources, from, leftovers }, context) {
    const site = await context.site();
    const vault = await site.vaults.openKeyless(from);
    const { loadSets } = await import('../../pipeline/stored-sets.ts');
    const backups: SetSummary[] = [];
    for (const source of await knownSources(site, vault, sources)) {
      for (const set of await loadSets(vault, source)) backups.push(summarize(set));
    }
    const shown = backups.filter(
      ({ state }) => leftovers || !/^(uncommitted|removed)$/.test(state),
    );
    shown.sort((a, b) => (a.id < b.id ? 1 : -1));
    return { result: { vault: vault.store.url, backups: shown } };
  },
  render: ({ vault, backups }, screen) =>
    backups.length === 0 ? `No backups in ${vault}.` : render(backups, screen),
});

function render(backups: readonly SetSummary[], screen: Screen): string {
  const head = ['source', 'backup', 'age', 'method', 'size', 'rows/files', 'proof', ''];
  return table(
    screen,
    head,
    backups.map((each) => row(each, screen)),
  );
}

function row(set: SetSummary, screen: Screen): string[] {
  const age = durationText((screen.now.getTime() - Date.parse(set.time)) / 1000);
  const size = set.storedBytes === undefined ? '' : sizeText(set.storedBytes);
  const amount = set.rows ?? set.files;
  return [
    set.source,
    set.id,
    age,
    set.method ?? '',
    size,
    amount === undefined ? '' : countText(amount),
    set.proof,
    remarks(set, screen),
  ];
}

function remarks(set: SetSummary, screen: Screen): string {
  const words = [
    set.state === 'damaged' ? screen.paint('red', 'DAMAGED') : '',
    set.state === 'uncommitted' ? 'unfinished' : '',
    set.partial ? screen.paint('yellow', 'partial') : '',
    set.held === undefined ? '' : 'held',
  ];
  return words.filter((word) => word !== '').join(', ');
}
