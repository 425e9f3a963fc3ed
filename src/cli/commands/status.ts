/** `holdfast status`: how each source stands against what it was promised. */
import { z } from 'zod';
import { durationText, sizeText } from '../../core/duration.ts';
import { type SourceStatus, sourceStatus } from '../../pipeline/status.ts';
import { defineCommand } from '../command.ts';
import { sparkline } from '../output/figures.ts';
import type { Screen } from '../output/screen.ts';
import { table } from '../output/table.ts';
import { selectSources } from '../select-sources.ts';

const momentSchema = z.object({ id: z.string(), at: z.string() });
const statusSchema = z.object({
  source: z.string(),
  /** No verified backup is as young as `objectives.rpo` asks. */
  stale: z.boolean(),
  sets: z.number(),
  damaged: z.number(),
  storedBytes: z.number(),
  lastGood: momentSchema.optional(),
  lastVerified: momentSchema.optional(),
  lastDrilled: momentSchema.extend({ seconds: z.number() }).optional(),
  /** Of the newest verified set. */
  ageSeconds: z.number().nullable(),
  rpoSeconds: z.number().nullable(),
  rto: z.enum(['met', 'missed', 'unmeasured', 'none']),
  /** Stored bytes of the last seven whole sets, oldest first. */
  sizeTrend: z.array(z.number()),
  nextRun: z.object({ policy: z.string(), at: z.string() }).optional(),
});
type Status = z.infer<typeof statusSchema>;

export const status = defineCommand({
  description:
    'Shows for each source its last good, last verified and last drilled backup, its age against its RPO, the trend of its size and its next run. Exits 14 when a source is stale. Needs no key.',
  arguments: [{ name: '[sources...]', description: 'names (default: all)', completes: 'source' }],
  examples: [
    { line: 'holdfast status', does: 'Every source' },
    { line: 'holdfast status --quiet || page-someone', does: 'For a monitor: the exit code tells' },
  ],
  input: z.object({ sources: z.array(z.string()).default([]) }),
  result: z.object({ vault: z.string(), sources: z.array(statusSchema) }),
  async run({ sources }, context) {
    const site = await context.site();
    const vault = await site.vaults.openKeyless();
    const statuses: Status[] = [];
    for (const name of selectSources(site.config, { sources, all: sources.length === 0 })) {
      const { source } = site.source(name);
      statuses.push(plain(await sourceStatus(name, { vault, source })));
    }
    const stale = statuses.some((each) => each.stale);
    return { result: { vault: vault.store.url, sources: statuses }, exitCode: stale ? 14 : 0 };
  },
  render: ({ sources }, screen) => render(sources, screen),
});

function plain({
  rpo,
  lastGood,
  lastVerified,
  lastDrilled,
  nextRun,
  ...rest
}: SourceStatus): Status {
  return {
    ...rest,
    sizeTrend: [...rest.sizeTrend],
    stale: rpo.stale,
    ageSeconds: rpo.ageSeconds ?? null,
    rpoSeconds: rpo.rpoSeconds ?? null,
    ...(lastGood && { lastGood: moment(lastGood) }),
    ...(lastVerified && { lastVerified: moment(lastVerified) }),
    ...(lastDrilled && { lastDrilled: { ...moment(lastDrilled), seconds: lastDrilled.seconds } }),
    ...(nextRun && { nextRun: { policy: nextRun.policy, at: nextRun.at.toISOString() } }),
  };
}

const moment = ({ id, at }: { id: string; at: Date }) => ({ id, at: at.toISOString() });

function render(statuses: readonly Status[], screen: Screen): string {
  const head = [
    'source',
    'last good',
    'verified',
    'drilled',
    'age / RPO',
    'sets',
    'size',
    'next run',
    '',
  ];
  return table(
    screen,
    head,
    statuses.map((each) => row(each, screen)),
  );
}

function row(each: Status, screen: Screen): string[] {
  const last = each.sizeTrend.at(-1);
  return [
    each.source,
    ago(each.lastGood, screen),
    ago(each.lastVerified, screen),
    ago(each.lastDrilled, screen),
    ageText(each),
    String(each.sets),
    last === undefined ? '' : `${sizeText(last)} ${sparkline(each.sizeTrend)}`,
    each.nextRun === undefined
      ? 'by hand'
      : `in ${lengthText(screen.now.getTime(), Date.parse(each.nextRun.at))}`,
    remark(each, screen),
  ];
}

const ago = (moment: { readonly at: string } | undefined, { now }: Screen): string =>
  moment === undefined ? 'never' : lengthText(Date.parse(moment.at), now.getTime());

const lengthText = (fromMs: number, toMs: number): string => durationText((toMs - fromMs) / 1000);

const ageText = ({ ageSeconds, rpoSeconds }: Status): string => {
  const age = ageSeconds === null ? 'none' : durationText(ageSeconds);
  return rpoSeconds === null ? age : `${age} / ${durationText(rpoSeconds)}`;
};

function remark({ stale, damaged, lastVerified }: Status, screen: Screen): string {
  const words = [
    stale ? screen.paint('red', 'STALE') : '',
    damaged > 0 ? screen.paint('red', `${damaged} DAMAGED`) : '',
    lastVerified === undefined ? screen.paint('yellow', 'unverified') : '',
  ];
  return words.filter((word) => word !== '').join(', ');
}
