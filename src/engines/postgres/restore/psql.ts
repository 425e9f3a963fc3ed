/** A script for psql, written while it runs: what it says in one transaction happens whole or not. */
import { spawn } from 'node:child_process';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { isBrokenPipe } from '../../../core/broken-pipe.ts';
import type { Command } from '../../../core/ports/engine.ts';
import { interrupted, spawnIdentity, toolFailure } from '../run-tool.ts';

/** A failing `script` ends psql before it sees a COMMIT. Throws ToolError or what `script` threw. */
export async function runScript(
  command: Command,
  script: AsyncIterable<Uint8Array | string>,
  signal: AbortSignal,
): Promise<void> {
  const [program, ...args] = command.argv;
  const child = spawn(program, args, {
    stdio: ['pipe', 'ignore', 'pipe'],
    ...spawnIdentity(command),
  });
  const { stdin, stderr } = child;
  if (stdin === null || stderr === null) throw toolFailure(program, 'no pipe', '');
  stdin.on('error', () => undefined);
  let said = '';
  stderr.setEncoding('utf8').on('data', (chunk: string) => {
    said = (said + chunk).slice(-8192);
  });
  const ended = new Promise<number | string | null>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('close', (code, killed) => resolve(code ?? killed));
  });
  const fed = await pipeline(Readable.from(script), stdin, { signal }).then(
    () => undefined,
    (error: unknown) => {
      child.kill('SIGKILL');
      return error;
    },
  );
  const status = await ended;
  if (signal.aborted) throw interrupted(program);
  // When psql goes first its own words tell why.
  if (fed !== undefined && !isBrokenPipe(fed)) throw fed;
  if (fed !== undefined || status !== 0) throw toolFailure(program, status, said);
}
