/** A server on another machine, by the ssh program: keys, ports and jumps are in its own configuration. */
import { ControlError, UsageError } from '../core/errors.ts';
import type { CommandOutput, Control, RunRequest } from '../core/ports/control.ts';
import type { LocalOptions } from './local.ts';
import { runProgram } from './run-program.ts';

const commandSeconds = 120;
/** Of ssh itself; a remote command may end so too, and then its words are all the same ours. */
const connectionLost = 255;

export function sshControl({ host, user, ...options }: LocalOptions & { host: string }): Control {
  const place = `ssh ${host}`;
  const prefix = user === undefined ? [] : ['sudo', '-n', '-u', user];
  const run = async (request: RunRequest): Promise<CommandOutput> => {
    const { env = {}, input = '', ...rest } = request;
    const words = [...prefix, ...reading(env), ...request.argv].map(quoted).join(' ');
    const argv = [
      'ssh',
      '-o',
      'BatchMode=yes',
      '-o',
      'ConnectTimeout=5',
      host,
      '--',
      words,
    ] as const;
    const output = await runProgram(place, {
      ...rest,
      argv: [...argv],
      input: `${linesOf(env)}${input}`,
    });
    if (output.status === connectionLost) throw unreachable(place, output.stderr);
    return output;
  };
  const command = ([program = '', ...args]: readonly string[], signal: AbortSignal) =>
    run({ argv: [program, ...args], timeoutSeconds: commandSeconds, signal });
  return {
    place,
    data: options.data,
    config: options.config,
    bin: options.bin,
    run,
    stop: (signal) => command(options.stop, signal),
    start: (signal) => command(options.start, signal),
  };
}

type Variables = NonNullable<RunRequest['env']>;

/** They travel by stdin, a line each: a remote command line is seen by everybody there. */
function reading(env: Variables): string[] {
  const names = Object.keys(env);
  if (names.length === 0) return [];
  const script = names.map((name) => `IFS= read -r ${name} && export ${name} && `).join('');
  return ['sh', '-c', `${script}exec "$@"`, 'sh'];
}

function linesOf(env: Variables): string {
  const unfit = Object.entries(env).find(
    ([name, value]) => !/^[A-Za-z_]\w*$/.test(name) || value.includes('\n'),
  );
  if (unfit === undefined)
    return Object.values(env)
      .map((value) => `${value}\n`)
      .join('');
  throw new UsageError(`the variable ${unfit[0]} cannot be handed to another machine`, {
    code: 'CONTROL_VARIABLE',
    hint: 'Its value must be one line.',
  });
}

/** For the shell at the other end: it takes each word as it is. */
export const quoted = (word: string): string => `'${word.replaceAll("'", `'\\''`)}'`;

const unreachable = (place: string, seen: string): ControlError =>
  new ControlError(`${place} cannot be reached: ${seen.trim() || 'the connection was lost'}`, {
    code: 'CONTROL_UNREACHABLE',
    hint: 'Try it by hand: the same ssh command without a password.',
    retryable: true,
  });
