/** The results as Markdown. */
import { cpus, loadavg } from 'node:os';
import { median } from '../measure.ts';
import type { HoldfastRun } from './holdfast.ts';
import type { Seen } from './outage.ts';

interface Results {
  readonly planned: readonly HoldfastRun[];
  readonly forced: readonly HoldfastRun[];
  readonly now: Date;
}

/** What waits for PostgreSQL or the zone; the rest of a run is Holdfast's own. */
const waits = [
  ...['preflight', 'assess', 'fence', 'catch-up', 'promote', 'verify'],
  ...['cut-over', 'propagate', 'smoke', 'loss', 'rebuild'],
];

export function page({ planned, forced, now }: Results): string {
  const outage = median(planned.map((run) => run.outageMilliseconds));
  const first = median(forced.map((run) => run.untilWrittenMilliseconds));
  const own = median(planned.map(ownMilliseconds));
  const lost = planned.reduce((sum, run) => sum + run.lost, 0);
  const target = (value: number, most: number) =>
    `${value.toFixed(0)} | at most ${most} | ${value <= most ? 'met' : '**not met**'}`;
  return [
    '# Failover: outages as a client sees them',
    '',
    `Written by \`npm run bench:failover\` on ${now.toISOString().slice(0, 10)}. Machine: ${cpus().length} × ${cpus()[0]?.model}; load at the end ${loadavg()[0]?.toFixed(1)}.`,
    'PostgreSQL 15, asynchronous replication, one client that writes each millisecond; it asks the authoritative server',
    'for each connection. A caching resolver adds up to its TTL.',
    '',
    '| Holdfast | Median ms | Target | |',
    '|---|---|---|---|',
    `| planned: outage (${planned.length} runs, ${lost} acknowledged writes lost) | ${target(outage, 1000)} |`,
    `| forced: from the start of the command to the first accepted write (${forced.length} runs) | ${target(first, 2000)} |`,
    `| Holdfast's own steps, planned: all but waits for PostgreSQL and the zone | ${target(own, 500)} |`,
    '',
    '## The primary is killed',
    '',
    '| | Outage, median ms | Runs | Acknowledged writes lost |',
    '|---|---|---|---|',
    row('holdfast, forced, started at once (whoever notices adds that time)', forced),
    '',
    '## Phases of a planned run, median ms',
    '',
    '| Phase | ms |',
    '|---|---|',
    ...phases(planned).map(([name, ms]) => `| ${name} | ${ms.toFixed(0)} |`),
    `| between the phases | ${own.toFixed(0)} |`,
    `| the whole command | ${median(planned.map((run) => run.commandMilliseconds)).toFixed(0)} |`,
    '',
  ].join('\n');
}

const row = (name: string, runs: readonly Seen[]): string =>
  `| ${name} | ${median(runs.map((run) => run.outageMilliseconds)).toFixed(0)} | ${runs.map((run) => run.outageMilliseconds.toFixed(0)).join(', ')} | ${runs.map((run) => run.lost).join(', ')} |`;

function ownMilliseconds({ report }: HoldfastRun): number {
  const all = Date.parse(report.endedAt) - Date.parse(report.startedAt);
  const waited = report.phases.filter(({ step }) => waits.includes(step));
  return all - waited.reduce((sum, { milliseconds }) => sum + milliseconds, 0);
}

function phases(runs: readonly HoldfastRun[]): [string, number][] {
  return waits.map((name) => [
    name,
    median(
      runs.map(({ report }) => report.phases.find(({ step }) => step === name)?.milliseconds ?? 0),
    ),
  ]);
}
