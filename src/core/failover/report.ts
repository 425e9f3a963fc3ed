/** What a run amounts to: who accepts writes, how the fence was proved, what was lost, how long it took. */
import { z } from 'zod';
import { failoverOutcomes } from '../contracts/failover.ts';

export const reportPhaseSchema = z.object({
  step: z.string(),
  startedAt: z.string(),
  milliseconds: z.number(),
  lines: z.array(z.string()),
});
export type ReportPhase = z.infer<typeof reportPhaseSchema>;

export const failoverReportSchema = z.object({
  format: z.literal(1),
  cluster: z.string(),
  epoch: z.number(),
  execution: z.string(),
  mode: z.string(),
  outcome: z.enum(failoverOutcomes),
  from: z.string().nullable(),
  to: z.string().nullable(),
  planHash: z.string().nullable(),
  startedAt: z.string(),
  endedAt: z.string(),
  /** Who accepts writes now, as the last step that looked has seen it; null where nobody knows. */
  writable: z.string().nullable(),
  /** The refused write's own words; null: the fence is not proved. */
  fenceProof: z.string().nullable(),
  fenceLasts: z.boolean().nullable(),
  /** Null figures where nobody can tell. */
  loss: z
    .object({
      method: z.string(),
      bytes: z.number().nullable(),
      transactions: z.number().nullable(),
      lost: z.array(z.string()),
    })
    .nullable(),
  /** From the fence's beginning to the changed name. */
  outageMilliseconds: z.number().nullable(),
  objectives: z.array(
    z.object({ name: z.string(), wanted: z.string(), met: z.boolean().nullable() }),
  ),
  phases: z.array(reportPhaseSchema),
  failure: z.object({ step: z.string(), code: z.string(), message: z.string() }).nullable(),
});
export type FailoverReport = z.infer<typeof failoverReportSchema>;

const elapsed = (milliseconds: number | null): string =>
  milliseconds === null ? 'not measured' : `${(milliseconds / 1000).toFixed(2)} s`;

/** For people: Markdown, the same facts. */
export function reportPage(report: FailoverReport): string {
  const { cluster, epoch, outcome, mode, from, to, failure } = report;
  return [
    `# Failover of ${cluster}, epoch ${epoch}: ${outcome}`,
    '',
    `Mode ${mode}, from ${from ?? '?'} to ${to ?? '?'}, ${report.startedAt} to ${report.endedAt}.`,
    '',
    ...reportFacts(report).map(([name, value]) => `- ${name}: ${value}`),
    '',
    ...(failure === null
      ? []
      : [`**${failure.step}** failed (${failure.code}): ${failure.message}`, '']),
    '| Phase | Seconds | What was seen and done |',
    '|---|---|---|',
    ...report.phases.map(
      ({ step, milliseconds, lines }) =>
        `| ${step} | ${(milliseconds / 1000).toFixed(2)} | ${lines.map(cell).join('<br>')} |`,
    ),
    '',
  ].join('\n');
}

/** What a reader wants to know first, name by name. */
export function reportFacts(report: FailoverReport): [string, string][] {
  const { writable, fenceProof, fenceLasts, loss, objectives, planHash } = report;
  const lasting = fenceLasts ? 'it lasts a restart' : 'it does not last a restart';
  return [
    ['accepts writes now', writable ?? 'nobody knows'],
    [
      'fence',
      fenceProof === null ? 'not proved' : `proved by a refused write (${fenceProof}); ${lasting}`,
    ],
    ['lost', loss === null ? 'not measured' : lossText(loss)],
    ['outage, from the fence to the changed name', elapsed(report.outageMilliseconds)],
    ...objectives.map(({ name, wanted, met }): [string, string] => [
      name,
      `${wanted}: ${met === null ? 'not measured' : met ? 'met' : 'missed'}`,
    ]),
    ['plan', planHash ?? 'none'],
  ];
}

const lossText = ({
  bytes,
  transactions,
  method,
  lost,
}: NonNullable<FailoverReport['loss']>): string =>
  bytes === null
    ? `not known (${method})`
    : `${bytes} bytes, ${transactions ?? 'unknown'} transactions (${method})${lost.map((line) => `; ${line}`).join('')}`;

const cell = (line: string): string => line.replaceAll('|', '\\|').replaceAll('\n', ' ');
