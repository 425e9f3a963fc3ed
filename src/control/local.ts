/** A server on this very machine: its commands as the owner of its files. */
import type { Control } from '../core/ports/control.ts';
import { runProgram } from './run-program.ts';

export interface LocalOptions {
  readonly stop: readonly string[];
  readonly start: readonly string[];
  readonly data?: string | undefined;
  readonly config?: string | undefined;
  readonly bin?: string | undefined;
  readonly user?: string | undefined;
}

/** Longer than a shutdown that has to write everything out. */
const commandSeconds = 120;

export function localControl(options: LocalOptions): Control {
  const { user } = options;
  const as = user !== undefined && process.getuid?.() === 0 ? asUser(user) : [];
  const prefixed = ([program = '', ...args]: readonly string[]): [string, ...string[]] => {
    const [first = program, ...rest] = as;
    return as.length === 0 ? [program, ...args] : [first, ...rest, program, ...args];
  };
  const command = (argv: readonly string[], signal: AbortSignal) =>
    runProgram('local', { argv: prefixed(argv), timeoutSeconds: commandSeconds, signal });
  return {
    place: 'local',
    data: options.data,
    config: options.config,
    bin: options.bin,
    run: (request) => runProgram('local', { ...request, argv: prefixed(request.argv) }),
    stop: (signal) => command(options.stop, signal),
    start: (signal) => command(options.start, signal),
  };
}

const asUser = (user: string): string[] => [
  'setpriv',
  `--reuid=${user}`,
  `--regid=${user}`,
  '--init-groups',
];
