/** Tells the demo's story: numbered acts, the commands as a person would type them, their own output. */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { HoldfastError } from '../../core/errors.ts';
import type { Screen } from '../output/screen.ts';

export interface Narrator {
  act(title: string): void;
  say(line: string): void;
  /** Runs `holdfast …args` as a process of its own; throws unless it exits with `expected`. */
  holdfast(args: readonly string[], expected?: number): Promise<string>;
}

export interface NarratorOptions {
  /** argv that runs this very command line. */
  readonly program: readonly [string, ...string[]];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly write: (line: string) => void;
  readonly screen: Screen;
  readonly signal: AbortSignal;
}

export function createNarrator(options: NarratorOptions): Narrator {
  const { paint } = options.screen;
  let acts = 0;
  const say = (line: string) => options.write(`   ${line}`);
  return {
    act(title) {
      acts += 1;
      options.write(`\n${paint('bold', `${acts}. ${title}`)}`);
    },
    say,
    async holdfast(args, expected = 0) {
      say(paint('cyan', `$ holdfast ${args.map(quote).join(' ')}`));
      const { exitCode, output } = await run(options, args, (line) =>
        say(paint('dim', `  ${line}`)),
      );
      if (exitCode !== expected) {
        throw new HoldfastError(
          `demo: "holdfast ${args.join(' ')}" exited ${exitCode}, not ${expected}`,
          {
            code: 'DEMO_FAILED',
            hint: 'Run `holdfast demo --keep DIR` and look at what it leaves there.',
          },
        );
      }
      if (expected !== 0) say(`(exit status ${exitCode}, as it should be)`);
      return output;
    },
  };
}

async function run(
  options: NarratorOptions,
  args: readonly string[],
  onLine: (line: string) => void,
): Promise<{ exitCode: number | null; output: string }> {
  const [program, ...rest] = options.program;
  const child = spawn(program, [...rest, ...args], {
    cwd: options.cwd,
    env: options.env,
    stdio: ['ignore', 'pipe', 'pipe'],
    signal: options.signal,
  });
  const lines: string[] = [];
  const follow = async (stream: NodeJS.ReadableStream) => {
    for await (const line of createInterface({ input: stream })) {
      lines.push(line);
      onLine(line);
    }
  };
  const exit = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject).once('close', resolve);
  });
  await Promise.all([follow(child.stdout), follow(child.stderr)]);
  return { exitCode: await exit, output: lines.join('\n') };
}

const quote = (word: string) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word}'`);
