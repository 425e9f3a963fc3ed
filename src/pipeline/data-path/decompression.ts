/** The `zstd` program on the way out: fed by this process, read by a tool through the OS. */
import type { FileHandle } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { isBrokenPipe } from '../../core/broken-pipe.ts';
import type { ToolError } from '../../core/errors.ts';
import type { StoredStream } from '../../core/manifest.ts';
import type { Command } from '../../core/ports/engine.ts';
import { feed } from './feed.ts';
import { release } from './memory.ts';
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
  // The consumer first: the end of its input must not look to it like the end of the data.
  const end = async (): Promise<void> => {
    for (const tool of tools.toReversed()) await tool.end();
  };
  const last = tools.at(-1) ?? decompressor;
  const readsOn = async (): Promise<boolean> => (await last.failure) === undefined;
  const fed = feed(input, decompressor, { end, readsOn, taken: release });
  return {
    output: (last.child.stdout ?? Readable.from([])) as AsyncIterable<Buffer>,
    end,
    async finish() {
      const unread = await fed;
      if (unread && !isBrokenPipe(unread.error)) throw unread.error;
      const failure = (await last.failure) ?? (await failureOfFirst(decompressor, last));
      if (failure) throw failure;
    },
  };
}

/** How zstd ends when its reader closed the pipe: by signal, or with its status for a failed write. */
const readerClosed = new Set<unknown>(['SIGPIPE', 70]);

/**
 * A consumer may exit 0 without reading to the end; what it left has been read and checked all the same.
 * Any other end of the decompressor cut the data.
 */
async function failureOfFirst(
  decompressor: ToolProcess,
  last: ToolProcess,
): Promise<ToolError | undefined> {
  const endedByConsumer = last !== decompressor && readerClosed.has(await decompressor.status);
  return endedByConsumer ? undefined : decompressor.failure;
}
