/** From the world to what would be done, or why nothing is: decided here, done elsewhere. */
import { hash } from 'node:crypto';
import { canonicalJson } from '../canonical-json.ts';
import type { ClusterConfig } from '../config/cluster.ts';
import { type LossEstimate, lossRefusals } from './loss.ts';
import { chooseNodes } from './nodes.ts';
import { type PlanStep, stepsOf } from './steps.ts';
import { vantagesOf } from './vantages.ts';
import type { Vantage, World } from './world.ts';

export const failoverModes = ['planned', 'forced'] as const;
export type FailoverMode = (typeof failoverModes)[number];

/** Why nothing is begun: a code of docs/errors.md, and what was seen. */
export interface Refusal {
  readonly code: string;
  readonly text: string;
}

export interface PlanRequest {
  readonly cluster: string;
  readonly config: ClusterConfig;
  readonly mode: FailoverMode;
  /** Absent: the replica that is furthest. */
  readonly to?: string | undefined;
  /** The engine's own: bytes from one position to another. */
  readonly distanceBytes: (from: string, to: string) => number | null;
}

export interface FailoverPlan {
  readonly cluster: string;
  readonly mode: FailoverMode;
  readonly from: string;
  readonly to: string;
  readonly loss: LossEstimate;
  readonly vantages: readonly Vantage[];
  readonly steps: readonly PlanStep[];
  readonly refusals: readonly Refusal[];
  readonly warnings: readonly string[];
  /** What is approved: the course, the steps, the bytes that may be lost, and the configuration. */
  readonly hash: string;
}

type PlanCore = Pick<FailoverPlan, 'cluster' | 'mode' | 'from' | 'to' | 'loss' | 'steps'>;

export function planFailover(world: World, request: PlanRequest): FailoverPlan {
  const { cluster, config, mode } = request;
  const { from, to, loss, refusals, warnings } = chooseNodes(world, request);
  const vantages = vantagesOf(world, from);
  const all = [...refusals, ...lossRefusals(loss, config), ...alive(mode, vantages)];
  const plan = { cluster, mode, from, to, loss, steps: stepsOf(config, { mode, from, to }) };
  return { ...plan, vantages, refusals: all, warnings, hash: planHash(plan, config) };
}

/** A configuration that changed is another plan, a loss in bytes too; time that passes is not. */
export function planHash({ loss, ...plan }: PlanCore, config: ClusterConfig): string {
  const content = canonicalJson({ ...plan, lostBytes: loss.bytes, config });
  return hash('sha256', content, 'hex').slice(0, 16);
}

/** "Unreachable from me" is not "down": two places have to agree, and none may see it alive. */
function alive(mode: FailoverMode, vantages: readonly Vantage[]): Refusal[] {
  if (mode === 'planned') return [];
  const up = vantages.filter(({ sees }) => sees === 'up');
  if (up.length > 0) {
    const seen = up.map(({ place, seen: words }) => `${place}: ${words}`).join('; ');
    return [
      {
        code: 'PRIMARY_ALIVE',
        text: `the primary works (${seen}); a planned failover loses nothing`,
      },
    ];
  }
  const down = vantages.filter(({ sees }) => sees === 'down');
  if (down.length >= 2) return [];
  return [
    {
      code: 'VANTAGE_ALONE',
      text: `only ${down.map(({ place }) => place).join(', ') || 'nobody'} sees the primary down; two places have to`,
    },
  ];
}
