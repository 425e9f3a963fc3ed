/** The `zstd` program on the way out: fed by this process, read by a tool through the OS. */
import type { FileHandle } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ToolError } from '../../core/errors.ts';
import type { StoredStream } from '../../core/manifest.ts';
import type { Command } from '../../core/ports/engine.ts';
import { startTool, type ToolProcess } from './tool-process.ts';

const decompressors: Record<StoredStream['compression'], Command> = {
  zstd: { argv: ['zstd', '-d', '-q', '-c'] },
  none: { argv: ['cat'] },
};

export interface Decompression {
  /** What the last process writes; nothing where it goes into a file. */
  readonly output: AsyncIterable<Buffer>;
  /** Call when `output` has ended. Rejects unless every byte was taken and every process exited 0. */
  finish(): Promise<void>;
  /** Ends every process. Safe to repeat. */
  end(): Promise<void>;
}

export interface DecompressionOptions {
  readonly compression: StoredStream['compression'];
  /** Compressed. */
  readonly input: AsyncIterable<Uint8Array>;
  /** Who gets the plain bytes: a program, a file, or absent, this process. */
  readonly into?: Command | FileHandle;
}

export function decompress({ compression, input, into }: DecompressionOptions): Decompression {
  const command = decompressors[compression];
  if (into === undefined) {
    const only = startTool(command, ['pipe', 'pipe']);
    return running(input, only, [only]);
  }
  if (!('argv' in into)) {
    const only = startTool(command, ['pipe', into.fd]);
    return running(input, only, [only]);
  }
  const decompressor = startTool(command, ['pipe', 'pipe']);
  // As on the way in: no `await` between the two, and this process lets go of the pipe.
  const tool = startTool(into, [decompressor.child.stdout, 'pipe']);
  decompressor.child.stdout?.destroy();
  return running(input, decompressor, [decompressor, tool]);
}

function running(
  input: AsyncIterable<Uint8Array>,
  decompressor: ToolProcess,
  tools: readonly ToolProcess[],
): Decompression {
  const end = async (): Promise<void> => {
    await Promise.all(tools.map((tool) => tool.end()));
  };
  const fed = feed(input, decompressor, end);
  const last = tools.at(-1) ?? decompressor;
  return {
    output: (last.child.stdout ?? Readable.from([])) as AsyncIterable<Buffer>,
    end,
    async finish() {
      const [unread, ...failures] = await Promise.all([
        fed,
        ...tools.map(({ failure }) => failure),
      ]);
      throwFirst(unread, failures);
    },
  };
}

/** What is damaged or unreadable ends the programs, before they could take what they got for the whole. */
async function feed(
  input: AsyncIterable<Uint8Array>,
  { child }: ToolProcess,
  end: () => Promise<void>,
): Promise<{ readonly error: unknown } | undefined> {
  if (!child.stdin) return undefined;
  try {
    await pipeline(Readable.from(input, { objectMode: true, highWaterMark: 1 }), child.stdin);
    return undefined;
  } catch (error) {
    if (!isBrokenPipe(error)) await end();
    return { error };
  }
}

/** A broken pipe follows from a failure further on; that of the consumer explains the decompressor's. */
function throwFirst(
  unread: { readonly error: unknown } | undefined,
  failures: readonly (ToolError | undefined)[],
): void {
  if (unread && !isBrokenPipe(unread.error)) throw unread.error;
  const failure = failures.findLast((each) => each !== undefined);
  if (failure) throw failure;
  if (unread) throw unread.error;
}

const isBrokenPipe = (error: unknown): boolean =>
  error instanceof Error &&
  'code' in error &&
  (error.code === 'EPIPE' ||
    error.code === 'ERR_STREAM_PREMATURE_CLOSE' ||
    error.code === 'ECONNRESET');
