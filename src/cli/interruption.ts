/** SIGINT and SIGTERM end the work cleanly; a second one ends the process at once. */
import { InterruptedError } from '../core/errors.ts';

export interface Interruption {
  readonly signal: AbortSignal;
  /** Puts the process's own handling back. */
  release(): void;
}

export function onInterruption(say: (line: string) => void): Interruption {
  const controller = new AbortController();
  const interrupt = (name: NodeJS.Signals): void => {
    if (controller.signal.aborted) process.exit(130);
    say(`${name}: stopping and cleaning up; once more ends at once`);
    controller.abort(
      new InterruptedError(`interrupted by ${name}: the work under way was stopped`, {
        code: 'INTERRUPTED',
        hint: 'Nothing half done counts; run the same command again.',
      }),
    );
  };
  process.on('SIGINT', interrupt);
  process.on('SIGTERM', interrupt);
  return {
    signal: controller.signal,
    release: () => {
      process.off('SIGINT', interrupt);
      process.off('SIGTERM', interrupt);
    },
  };
}
