/** A drill for people: Markdown, the same facts as its JSON. */
import type { FailoverDrill } from './drill.ts';
import { reportPage } from './report.ts';

export function drillPage(drill: FailoverDrill): string {
  return [
    `# Failover drill of ${drill.cluster}, ${drill.mode}: ${drill.outcome}`,
    '',
    `At ${drill.at}, on scratch servers only of version ${drill.server}.`,
    '',
    ...drillLines(drill).map((line) => `- ${line}`),
    '',
    ...(drill.run === null ? [] : [reportPage(drill.run)]),
  ].join('\n');
}

/** What matters, a line each. */
export function drillLines(drill: FailoverDrill): string[] {
  const { writes, comparison, restoreSeconds, outageMilliseconds, trend } = drill;
  const rows = comparison.rows === undefined ? '' : `, ${comparison.rows} rows`;
  const outage =
    outageMilliseconds === null
      ? 'no write was confirmed after it began'
      : `writes stopped for ${outageMilliseconds} ms`;
  const lost =
    writes.lost === 0
      ? 'none lost'
      : `${writes.lost} lost, of the last ${writes.lostSeconds} s (${writes.lostIds.join(', ')})`;
  return [
    ...drill.reasons.map((reason) => `FAILED: ${reason}`),
    `restored ${drill.backupId} in ${restoreSeconds.toFixed(1)} s; equal by ${comparison.level}: ${comparison.units} units${rows}`,
    `client: ${outage}; ${trend.text}`,
    `ledger: ${writes.acknowledged} confirmed writes, ${lost}`,
    ...drill.objectives.map(
      ({ name, wanted, seen, met }) => `${name} ${wanted} ${met ? 'met' : 'MISSED'}: ${seen}`,
    ),
    ...drill.assertions.map(
      ({ name, passed, detail }) => `${passed ? 'holds' : 'FAILS'}: ${name}: ${detail}`,
    ),
    ...drill.notes,
  ];
}
