/** The words and shapes that the verbs of a failover share. */
import { z } from 'zod';
import { type Expected, expectedSchema } from '../../core/failover/expected.ts';
import { type FailoverPlan, failoverModes } from '../../core/failover/plan.ts';
import type { ArgumentSpec, OptionSpec } from '../command.ts';
import type { Screen } from '../output/screen.ts';

export const clusterArgument: ArgumentSpec = {
  name: '<cluster>',
  description: 'a name under `clusters:`',
};

export const courseOptions: readonly OptionSpec[] = [
  {
    flags: '--mode <mode>',
    description: 'planned (the default, loses nothing) or forced (the primary is gone)',
    choices: failoverModes,
  },
  { flags: '--to <node>', description: 'the replica that takes over; the furthest by default' },
];

export const courseShape = {
  cluster: z.string(),
  mode: z.enum(failoverModes).default('planned'),
  to: z.string().optional(),
};

export const planSchema = z.object({
  cluster: z.string(),
  mode: z.enum(failoverModes),
  from: z.string(),
  to: z.string(),
  hash: z.string(),
  loss: z.object({
    bytes: z.number().nullable(),
    seconds: z.number().nullable(),
    text: z.string(),
  }),
  vantages: z.array(z.object({ place: z.string(), sees: z.string(), seen: z.string() })),
  steps: z.array(
    z.object({
      name: z.string(),
      does: z.string(),
      needs: z.string(),
      undo: z.string().nullable(),
      side: z.enum(['before', 'point of no return', 'after']),
    }),
  ),
  refusals: z.array(z.object({ code: z.string(), text: z.string() })),
  warnings: z.array(z.string()),
  /** By earlier runs; null: there was none, or none was looked at. */
  expected: expectedSchema.nullable(),
});
type ShownPlan = Readonly<Omit<FailoverPlan, 'vantages'>> & {
  readonly expected: Expected | null;
  readonly vantages: readonly {
    readonly place: string;
    readonly sees: string;
    readonly seen: string;
  }[];
};

export function planText(plan: ShownPlan, screen: Screen): string {
  const { cluster, mode, from, to, hash, loss, refusals } = plan;
  const verdict =
    refusals.length === 0 ? screen.paint('green', 'would begin') : screen.paint('red', 'REFUSED');
  return [
    `${verdict} ${cluster}: ${from || '?'} → ${to || '?'} (${mode}), plan ${hash}`,
    `  may be lost: ${loss.text}`,
    ...(plan.expected === null ? [] : [`  expected: ${expectedText(plan.expected)}`]),
    ...plan.vantages.map(({ place, sees, seen }) => `  ${place} sees it ${sees}: ${seen}`),
    ...plan.warnings.map((line) => `  warning: ${line}`),
    ...refusals.map(({ code, text }) => `  refused: ${text} (${code})`),
    ...plan.steps.flatMap(({ name, does, undo, side }, index) => [
      ...(side === 'point of no return' ? ['  ── point of no return ──'] : []),
      `  ${String(index + 1).padStart(2)}. ${name}: ${does}${undo === null ? '' : ` (undone: ${undo})`}${timeOf(plan.expected, name)}`,
    ]),
  ].join('\n');
}

const seconds = (milliseconds: number): string => `${(milliseconds / 1000).toFixed(2)} s`;

function expectedText({ runs, of, outageMilliseconds }: Expected): string {
  const outage =
    outageMilliseconds === null
      ? 'the outage was not measured'
      : `an outage of ${seconds(outageMilliseconds)}`;
  return `${outage}, median of ${runs} ${runs === 1 ? of.slice(0, -1) : of}`;
}

function timeOf(expected: Expected | null, step: string): string {
  const milliseconds = expected?.milliseconds[step];
  return milliseconds === undefined ? '' : ` ~${seconds(milliseconds)}`;
}
