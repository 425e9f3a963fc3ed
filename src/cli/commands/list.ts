/** `holdfast list`: the backups in the vault. */
import { z } from 'zod';
import { durationText, sizeText } from '../../core/duration.ts';
import { defineCommand } from '../command.ts';
import { plural } from '../output/figures.ts';
import type { Screen } from '../output/screen.ts';
import { type Column, table } from '../output/table.ts';
import { markBroken, type SetSummary, setSummarySchema, summarize } from '../set-summary.ts';
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
    const { loadSets } = await import('../../pipeline/sets/stored-sets.ts');
    const backups: SetSummary[] = [];
    for (const source of await knownSources(site, vault, sources)) {
      backups.push(...markBroken((await loadSets(vault, source)).map(summarize)));
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
  const columns = allColumns.filter(({ room }) => screen.width >= room);
  return table(
    screen,
    columns,
    backups.map((each) => columns.map(({ cell }) => cell(each, screen))),
  );
}

const allColumns: readonly (Column & {
  /** Left out on a narrower terminal. */
  readonly room: number;
  readonly cell: (set: SetSummary, screen: Screen) => string;
})[] = [
  { title: 'source', room: 0, cell: ({ source }) => source },
  { title: 'backup', firm: true, room: 0, cell: ({ id }) => id },
  {
    title: 'age',
    room: 110,
    cell: ({ time }, { now }) => durationText((now.getTime() - Date.parse(time)) / 1000),
  },
  { title: 'method', room: 110, cell: ({ method = '' }) => method },
  {
    title: 'size',
    firm: true,
    room: 0,
    cell: ({ storedBytes }) => (storedBytes === undefined ? '' : sizeText(storedBytes)),
  },
  {
    title: 'holds',
    room: 0,
    cell: ({ rows, files }) => (rows === undefined ? countOf(files, 'file') : countOf(rows, 'row')),
  },
  { title: 'proof', room: 0, cell: ({ proof }) => proof },
  { title: '', room: 0, cell: remarks },
];

const countOf = (count: number | undefined, noun: string): string =>
  count === undefined ? '' : plural(count, noun);

function remarks(set: SetSummary, screen: Screen): string {
  const words = [
    set.state === 'damaged' ? screen.paint('red', 'DAMAGED') : '',
    set.state === 'uncommitted' ? 'unfinished' : '',
    set.partial ? screen.paint('yellow', 'partial') : '',
    set.held === undefined ? '' : 'held',
    set.brokenBase === undefined ? '' : screen.paint('red', 'ITS BASE IS DAMAGED'),
  ];
  return words.filter((word) => word !== '').join(', ');
}
