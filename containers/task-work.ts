/** What a verb is given and gives. */
import type { Progress } from '../src/core/ports/engine.ts';
import type { Site } from '../src/wiring/site.ts';

export interface TaskContext {
  readonly site: Site;
  readonly execution: string;
  readonly signal: AbortSignal;
  readonly progress: Progress;
}

/** Parses its own input; what it returns lies at `results/<execution>/<verb>.json` afterwards. */
export type TaskWork = (input: unknown, context: TaskContext) => Promise<unknown>;
