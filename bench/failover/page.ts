/** The results as Markdown. */
import { execFile } from 'node:child_process';
import { cpus, loadavg } from 'node:os';
import { promisify } from 'node:util';
import { median } from '../measure.ts';
import type { HoldfastRun } from './holdfast.ts';
import type { Contest } from './results.ts';

interface Results {
  readonly planned: readonly HoldfastRun[];
  /** Planned, by a client behind a resolver that caches. */
  readonly cached: readonly HoldfastRun[];
  /** The first is Holdfast, begun by a command. */
  readonly contests: readonly [Contest, ...Contest[]];
  readonly now: Date;
}

/** What waits for PostgreSQL or the zone; the rest of a run is Holdfast's own. */
const waits = [
  ...['preflight', 'assess', 'fence', 'catch-up', 'promote', 'verify'],
  ...['cut-over', 'propagate', 'smoke', 'loss', 'rebuild'],
];

export async function page({ planned, cached, contests, now }: Results): Promise<string> {
  const [command] = contests;
  const forced = command.runs;
  const whole = median(planned.map((run) => run.commandMilliseconds));
  return [
    '# Failover: outages as a client sees them',
    '',
    `Written by \`npm run bench:failover\` on ${now.toISOString().slice(0, 10)}. Machine: ${cpus().length} × ${cpus()[0]?.model}; load at the end ${loadavg()[0]?.toFixed(1)}.`,
    `PostgreSQL 15, one client that writes each millisecond${await versions()}.`,
    'An outage is the longest time without an acknowledged write; lost is what was acknowledged and is not at the new',
    'primary. The client of Holdfast asks the authoritative server of the zone for each connection.',
    '',
    '| Holdfast | Median ms | Target | |',
    '|---|---|---|---|',
    target(`planned: outage (${counted(planned)})`, outages(planned), 1000),
    target(
      `forced: from the start of the command to the first accepted write (${counted(forced)})`,
      forced.map((run) => run.untilWrittenMilliseconds ?? Number.NaN),
      2000,
    ),
    target(
      "Holdfast's own steps, planned: all but waits for PostgreSQL and the zone",
      planned.map(ownMilliseconds),
      500,
    ),
    `| planned, the client behind a resolver that caches, TTL 5 s (${counted(cached)}) | ${whole0(outages(cached))} | none | the TTL adds itself |`,
    '',
    '## The primary is killed',
    '',
    'SIGKILL to the server and all that watches over it on its machine, under the same load. What lies between the',
    'death and the first measure is each tool’s own way to notice it. Patroni and pg_auto_failover are asked for',
    'neither DNS nor a proxy: their client tries both addresses in turn, as `target_session_attrs=read-write` does,',
    'which is the shortest way there is. All but the first row ran at the same time on this machine.',
    '',
    '| | Noticed by | Outage, median ms | Runs | Acknowledged writes lost |',
    '|---|---|---|---|---|',
    ...contests.map(row),
    '',
    ...footnotes,
    '',
    '## Phases of a run, median ms',
    '',
    '| Phase | planned | forced |',
    '|---|---|---|',
    ...waits.map((name) => `| ${name} | ${phase(planned, name)} | ${phase(forced, name)} |`),
    `| between the phases | ${whole0(planned.map(ownMilliseconds))} | ${whole0(forced.map(ownMilliseconds))} |`,
    `| from the start of the command to its first phase | ${whole0(planned.map(startMilliseconds))} | ${whole0(forced.map(startMilliseconds))} |`,
    `| the whole command | ${whole.toFixed(0)} | ${whole0(forced.map((run) => run.commandMilliseconds ?? Number.NaN))} |`,
    '',
  ].join('\n');
}

const footnotes = [
  'Configuration: Patroni’s in [failover/patroni/](failover/patroni/), “tuned” being the least that its documentation',
  'allows, with one etcd that survives; Holdfast’s “tuned” as in [docs/failover.md](../docs/failover.md). pg_auto_failover',
  'replicates synchronously by default and so loses nothing, at the price of each commit; the others replicate',
  'asynchronously. Between noticing and promoting, Holdfast alone fences the old primary and proves it by a write that is',
  'refused.',
];

type Run = Contest['runs'][number];

const whole0 = (values: readonly number[]): string =>
  values.length === 0 ? 'not run' : median(values).toFixed(0);
const outages = (runs: readonly Run[]): number[] => runs.map((run) => run.outageMilliseconds);
const counted = (runs: readonly Run[]): string =>
  `${runs.length} runs, ${runs.reduce((sum, { lost }) => sum + lost, 0)} acknowledged writes lost`;

function target(name: string, values: readonly number[], most: number): string {
  if (values.length === 0) return `| ${name} | not run | at most ${most} | |`;
  const value = median(values);
  return `| ${name} | ${value.toFixed(0)} | at most ${most} | ${value <= most ? 'met' : '**not met**'} |`;
}

function row({ name, noticed, runs, note }: Contest): string {
  if (runs.length === 0) return `| ${name} | ${noticed} | ${note ?? 'not run'} | | |`;
  const each = outages(runs).map((milliseconds) => milliseconds.toFixed(0));
  return `| ${name} | ${noticed} | ${whole0(outages(runs))} | ${each.join(', ')} | ${runs.map((run) => run.lost).join(', ')} |`;
}

function ownMilliseconds({ report }: Run): number {
  if (report === undefined) return Number.NaN;
  const all = Date.parse(report.endedAt) - Date.parse(report.startedAt);
  const waited = report.phases.filter(({ step }) => waits.includes(step));
  return all - waited.reduce((sum, { milliseconds }) => sum + milliseconds, 0);
}

const startMilliseconds = ({ report, begunMilliseconds = Number.NaN }: Run): number =>
  report === undefined ? Number.NaN : Date.parse(report.startedAt) - begunMilliseconds;

const phase = (runs: readonly Run[], name: string): string =>
  whole0(
    runs.map(({ report }) => report?.phases.find(({ step }) => step === name)?.milliseconds ?? 0),
  );

/** Of the others, where they are installed. */
async function versions(): Promise<string> {
  const said = await Promise.all(
    [
      ['patroni', '--version'],
      ['pg_autoctl', 'version'],
    ].map(async ([program = '', word = '']) => {
      const { stdout } = await promisify(execFile)(program, [word]).catch(() => ({ stdout: '' }));
      return stdout.split('\n').slice(0, 1).filter(Boolean);
    }),
  );
  return said
    .flat()
    .map((version) => `; ${version.trim()}`)
    .join('');
}
