/** The runbook: what each step needs, how it is undone, and from where there is no way back. */
import type { ClusterConfig } from '../config/cluster.ts';

export interface PlanStep {
  readonly name: string;
  readonly does: string;
  readonly needs: string;
  /** `null`: nothing is changed, or it stays. */
  readonly undo: string | null;
  readonly side: 'before' | 'point of no return' | 'after';
}

interface Course {
  readonly mode: 'planned' | 'forced';
  readonly from: string;
  readonly to: string;
}

export const stepsOf = (config: ClusterConfig, course: Course): PlanStep[] => [
  ...stepsBefore(config, course),
  {
    name: 'promote',
    does: `${course.to} becomes primary, on a new timeline`,
    needs: 'a loss within the budget',
    undo: null,
    side: 'point of no return',
  },
  ...stepsAfter(config, course),
];

function stepsBefore({ freeze }: ClusterConfig, { mode, from, to }: Course): PlanStep[] {
  const side = 'before';
  const reach =
    mode === 'planned' ? `replays to the very end of ${from}` : 'replays all it received';
  return [
    {
      name: 'freeze',
      does: `${things(freeze)} silenced`,
      needs: 'the plan as it was approved',
      undo: 'what was silenced goes on',
      side,
    },
    {
      name: 'fence',
      does: `${from} takes no more writes, proved by a refused one`,
      needs: 'the way to its machine',
      undo: `${from} takes writes again, proved by one`,
      side,
    },
    { name: 'catch-up', does: `${to} ${reach}`, needs: 'the fence', undo: null, side },
  ];
}

function stepsAfter({ dns, activate, smoke }: ClusterConfig, { from, to }: Course): PlanStep[] {
  const names = dns.map(({ name, zone }) => `${name}.${zone}`).join(', ') || 'no name';
  const after = (name: string, does: string, needs: string): PlanStep => ({
    ...{ name, does, needs, undo: null },
    side: 'after',
  });
  return [
    after('verify', `the epoch is written to ${to} and read back`, 'the promotion'),
    after('cut-over', `${names} lead to ${to}, if they still say what was seen`, 'the epoch there'),
    after('propagate', 'every authority and resolver says so', 'the change'),
    after('activate', `${things(activate)} told`, 'the change'),
    after('smoke', `${things(smoke)} stay good`, 'the change'),
    after('rebuild', `${from} becomes a replica of ${to}`, `the way to ${from}`),
  ];
}

const things = (list: readonly unknown[]): string =>
  list.length === 1 ? '1 thing' : `${list.length} things`;
