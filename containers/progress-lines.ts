/** Progress as JSON lines on stdout. */
import type { AnyTaskVerb } from '../src/core/contracts/tasks.ts';
import type { Progress, ProgressUpdate } from '../src/core/ports/engine.ts';

export interface ProgressLinesOptions {
  readonly verb: AnyTaskVerb;
  readonly execution: string;
  readonly now: () => Date;
  readonly write: (line: string) => void;
}

const everyMs = 500;

/** A line for each new phase, else at most two a second, and none where nothing moves. */
export function progressLines({ verb, execution, now, write }: ProgressLinesOptions): Progress {
  let last: { readonly update: ProgressUpdate; readonly at: number } | undefined;
  return (update) => {
    const at = now().getTime();
    const isNewPhase = last?.update.phase !== update.phase;
    if (!isNewPhase && last && (at - last.at < everyMs || last.update.done === update.done)) return;
    last = { update, at };
    write(JSON.stringify({ message_type: 'progress', verb, execution, ...update }));
  };
}
