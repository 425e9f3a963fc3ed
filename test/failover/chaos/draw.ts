/** From a seed to one run: the mode, the fault, its moment, the load. The same seed gives the same run. */
import { randomFrom } from '../../faults/world.ts';

const steps = [
  ...['lease', 'preflight', 'assess', 'freeze', 'fence', 'catch-up', 'promote', 'verify'],
  ...['cut-over', 'propagate', 'activate', 'smoke', 'rebuild', 'report'],
];

export const faults = [
  'none',
  'executor killed at a boundary',
  'executor killed at any time',
  'executor frozen, a newer run, then awake',
  'claim expires',
  'abort',
  'two at once',
  'clock is off',
  'primary killed',
  'primary frozen',
  'replica frozen for two seconds',
  'replica killed',
  'log stream frozen',
  'zone frozen for a second',
] as const;
export type ChaosFault = (typeof faults)[number];

export interface Scenario {
  readonly seed: number;
  readonly mode: 'planned' | 'forced';
  /** What happened to the primary before a forced run. */
  readonly loss: 'killed' | 'frozen';
  readonly fault: ChaosFault;
  /** `before fence`, `after promote`. */
  readonly at: string;
  /** For faults at any time: after the start, in milliseconds. */
  readonly afterMilliseconds: number;
  /** Between two writes of one client, in milliseconds. */
  readonly pause: number;
}

export function drawScenario(seed: number): Scenario {
  const random = randomFrom(seed);
  const oneOf = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
  return {
    seed,
    mode: oneOf(['planned', 'planned', 'forced']),
    loss: oneOf(['killed', 'frozen']),
    fault: oneOf(faults),
    at: `${oneOf(['before', 'after'])} ${oneOf(steps)}`,
    afterMilliseconds: 500 + Math.floor(random() * 2500),
    pause: oneOf([0, 3, 20]),
  };
}

export const titleOf = ({ mode, loss, fault, at, afterMilliseconds, pause }: Scenario): string => {
  const when = fault === 'executor killed at any time' ? `after ${afterMilliseconds} ms` : at;
  const how = mode === 'forced' ? `forced (primary ${loss})` : mode;
  return `${how}, ${fault}${fault === 'none' ? '' : `, ${when}`}, a write each ${pause} ms`;
};
