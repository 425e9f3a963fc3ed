/** Ratios of medians, their targets, and every run, as Markdown. */
import { cpus, totalmem } from 'node:os';
import { median, type Run } from './measure.ts';

export interface ResultRow {
  readonly label: string;
  readonly value: number;
  readonly target?: string;
  readonly met?: boolean;
}

export interface CaseResult {
  readonly title: string;
  readonly rows: readonly ResultRow[];
  readonly runs: ReadonlyMap<string, readonly Run[]>;
}

export interface Comparison {
  readonly name: string;
  readonly against: string;
  /** name / against must not be more. */
  readonly most?: number;
  /** With `faster`: against / name must be at least. */
  readonly least?: number;
  readonly faster?: boolean;
}

export function ratioRows(
  runs: ReadonlyMap<string, readonly Run[]>,
  comparisons: readonly Comparison[],
): ResultRow[] {
  const time = (name: string) => median((runs.get(name) ?? []).map(({ seconds }) => seconds));
  return comparisons.map(({ name, against, most, least, faster }) => {
    const value = faster ? time(against) / time(name) : time(name) / time(against);
    const label = faster ? `${name}: times as fast as ${against}` : `${name} / ${against}`;
    if (most !== undefined) return { label, value, target: `at most ${most}`, met: value <= most };
    if (least !== undefined)
      return { label, value, target: `at least ${least}`, met: value >= least };
    return { label, value };
  });
}

export function markdown(results: readonly CaseResult[], now: Date): string {
  const machine = `${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}, ${Math.round(totalmem() / 2 ** 30)} GiB memory, Node ${process.version}`;
  const head = [
    '# Results',
    '',
    `Written by \`npm run bench\` on ${now.toISOString().slice(0, 10)}. Machine: ${machine}.`,
    'Contenders run in turn, whole processes are timed from start to exit, figures are medians; every',
    'Holdfast figure includes its start, its state machine, the *checked* proof and retention.',
    'Where the time goes: [PROFILE.md](PROFILE.md).',
  ];
  return `${[...head, ...results.flatMap(section)].join('\n')}\n`;
}

function section({ title, rows, runs }: CaseResult): string[] {
  const ratios = rows.map(
    ({ label, value, target, met }) =>
      `| ${cell(label)} | ${value.toFixed(2)} | ${target ?? ''} | ${met === undefined ? '' : met ? 'met' : '**not met**'} |`,
  );
  const times = [...runs].map(([name, list]) => {
    const seconds = list.map((run) => run.seconds.toFixed(2)).join(', ');
    const peak = Math.max(0, ...list.flatMap((run) => [...run.peakMiB.values()]));
    return `| ${cell(name)} | ${median(list.map((run) => run.seconds)).toFixed(2)} | ${seconds} | ${peak ? peak.toFixed(0) : ''} |`;
  });
  return [
    '',
    `## ${title}`,
    '',
    '| Ratio | Measured | Target | |',
    '|---|---|---|---|',
    ...ratios,
    '',
    '| Contender | Median s | Runs | Peak MiB (largest own process) |',
    '|---|---|---|---|',
    ...times,
  ];
}

const cell = (text: string): string => text.replaceAll('|', '\\|');
