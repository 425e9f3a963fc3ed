/** The `zstd` program on the way in: fed by a tool's stdout through the OS, or by this process. */
import { text } from 'node:stream/consumers';
import { isBrokenPipe } from '../../core/broken-pipe.ts';
import { ToolError } from '../../core/errors.ts';
import type { Command } from '../../core/ports/engine.ts';
import { type Bytes, feed } from './feed.ts';
import { startTool, type ToolProcess } from './tool-process.ts';
import { watchZstd } from './zstd-frame.ts';

export interface Compression {
  readonly output: AsyncIterable<Uint8Array>;
  /** Call when `output` has ended. Rejects unless every process did all of its part. */
  finish(): Promise<void>;
  /** Ends every process. Safe to repeat. */
  end(): Promise<void>;
}

/** A checksum in the frame, all cores, and the level at which disk and network stay the slower part. */
const zstd: Command = { argv: ['zstd', '--check', '-T0', '-1', '-q', '-c'] };

/** As the program says it. Throws ToolError: TOOL_FAILED, TOOL_MISSING. */
export async function compressorVersion(): Promise<string> {
  const { child, failure } = startTool({ argv: ['zstd', '--version'] }, ['ignore', 'pipe']);
  const said = child.stdout === null ? '' : await text(child.stdout);
  const failed = await failure;
  if (failed) throw failed;
  return said.replaceAll('*', '').trim();
}

/** `finish` rejects with ToolError: TOOL_FAILED, TOOL_MISSING, OUTPUT_EMPTY, OUTPUT_TRUNCATED. */
export function compressCommand(command: Command): Compression {
  const tool = startTool(command, ['ignore', 'pipe']);
  // No `await` between the two: what the tool writes meanwhile would be lost.
  const compressor = startTool(zstd, [tool.child.stdout, 'pipe']);
  // While this process holds the pipe too, a tool whose zstd died would wait for ever.
  tool.child.stdout?.destroy();
  return watchOutput(compressor, [tool], async (isEmpty) => {
    const failures = await Promise.all([compressor.failure, tool.failure]);
    const cause = failures.find((failure) => failure?.code === 'TOOL_MISSING');
    // A dead zstd ends the tool as well, not the other way round.
    const failure = cause ?? failures.find((each) => each !== undefined);
    if (failure) throw failure;
    if (isEmpty) throw outputEmpty(tool.name);
  });
}

/** The source may have no bytes at all. `finish` rejects with what the source threw, or as above. */
export function compressBytes(source: Bytes): Compression {
  const compressor = startTool(zstd, ['pipe', 'pipe']);
  const fed = feed(source, compressor, { end: compressor.end });
  return watchOutput(compressor, [], async () => {
    const [unread, failure] = await Promise.all([fed, compressor.failure]);
    if (unread && !isBrokenPipe(unread.error)) throw unread.error;
    if (failure) throw failure;
    if (unread) throw unread.error;
  });
}

function watchOutput(
  compressor: ToolProcess,
  others: readonly ToolProcess[],
  judge: (isEmpty: boolean) => Promise<void>,
): Compression {
  const watcher = watchZstd();
  return {
    output: watchedOutput(compressor, watcher),
    async finish() {
      await judge(watcher.isEmpty());
      if (!watcher.isComplete()) throw outputTruncated();
    },
    async end() {
      await Promise.all([...others, compressor].map((tool) => tool.end()));
    },
  };
}

async function* watchedOutput(
  { child }: ToolProcess,
  watcher: ReturnType<typeof watchZstd>,
): AsyncIterable<Uint8Array> {
  if (!child.stdout) return;
  for await (const chunk of child.stdout as AsyncIterable<Buffer>) {
    watcher.update(chunk);
    yield chunk;
  }
}

function outputEmpty(name: string): ToolError {
  return new ToolError(`${name} exited 0 but wrote nothing`, {
    code: 'OUTPUT_EMPTY',
    hint: 'Run it by hand and see what it says; nothing was stored as a backup.',
  });
}

function outputTruncated(): ToolError {
  return new ToolError('zstd exited 0 but its last frame is not complete', {
    code: 'OUTPUT_TRUNCATED',
    hint: 'Check the zstd program and the memory of this machine, then run it again.',
    retryable: true,
  });
}
