/** One system whose primary is killed. */
import type { HoldfastRun } from './holdfast.ts';
import type { Seen } from './outage.ts';

export interface Contest {
  readonly name: string;
  /** Who notices the death, and how long that takes by design. */
  readonly noticed: string;
  readonly runs: readonly (Seen & Partial<HoldfastRun>)[];
  /** Why there are none. */
  readonly note?: string;
}
