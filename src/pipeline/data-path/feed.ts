/** Writes bytes of this process to a program's stdin. */
import { once } from 'node:events';
import type { Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { isBrokenPipe } from '../../core/broken-pipe.ts';
import type { ToolProcess } from './tool-process.ts';

export type Bytes = AsyncIterable<Uint8Array> | Iterable<Uint8Array>;

export interface FeedOptions {
  /** Ends the programs. */
  readonly end: () => Promise<void>;
  /** Whether to read `input` to its end, for its own checks, after the program took no more. */
  readonly readsOn?: () => Promise<boolean>;
  /** Called with each chunk that is no longer needed. */
  readonly taken?: (chunk: Uint8Array) => void;
}

/**
 * Never rejects: gives back why not all was taken. Where `input` itself fails, `end` comes before stdin is
 * closed: no program may take the end of half for the end of the whole.
 */
export async function feed(
  input: Bytes,
  { child }: ToolProcess,
  { end, taken, readsOn = () => Promise.resolve(false) }: FeedOptions,
): Promise<{ readonly error: unknown } | undefined> {
  const { stdin } = child;
  if (!stdin) return undefined;
  stdin.on('error', () => undefined);
  let broken: { readonly error: unknown } | undefined;
  try {
    for await (const chunk of input) {
      broken ??= await write(stdin, chunk);
      taken?.(chunk);
      if (broken && !(await readsOn())) return broken;
    }
    stdin.end();
    await finished(stdin, { readable: false });
    return broken;
  } catch (error) {
    if (!isBrokenPipe(error)) await end();
    stdin.destroy();
    return { error };
  }
}

/** Settles when the chunk has left this process; gives back the error where the program takes no more. */
async function write(
  stdin: Writable,
  chunk: Uint8Array,
): Promise<{ readonly error: Error } | undefined> {
  if (stdin.destroyed) return pipeClosed();
  const written = Promise.withResolvers<Error | null | undefined>();
  stdin.write(chunk, written.resolve);
  const waiting = new AbortController();
  const closed = once(stdin, 'close', { signal: waiting.signal }).then(pipeClosed, () => undefined);
  try {
    const error = await Promise.race([written.promise, closed.then((failed) => failed?.error)]);
    if (!error) return undefined;
    if (isBrokenPipe(error)) return { error };
    throw error;
  } finally {
    waiting.abort();
  }
}

function pipeClosed(): { readonly error: Error } {
  return { error: Object.assign(new Error('the pipe was closed'), { code: 'EPIPE' }) };
}
