/** Takes an engine's streams: tool → zstd by OS pipe → encrypt → hash → upload in parts. */
import type { BackupId } from '../../core/backup-id.ts';
import type { Limits } from '../../core/config/schema.ts';
import type { StoredStream } from '../../core/manifest.ts';
import type { DumpSink, Progress, StreamSpec } from '../../core/ports/engine.ts';
import type { Vault } from '../vault/vault.ts';
import { abortCause, interrupted } from './abort-cause.ts';
import { type Compression, compressBytes, compressCommand } from './compression.ts';
import { release } from './memory.ts';
import { partLimits } from './part-limits.ts';
import { createPartPool } from './part-pool.ts';
import { createRateLimit } from './rate-limit.ts';
import { openStreamWriter, type StreamTarget } from './stream-writer.ts';
import { createWatchdog, type Watchdog } from './watchdog.ts';

export interface SinkOptions {
  readonly vault: Pick<Vault, 'store'>;
  readonly source: string;
  readonly backupId: BackupId;
  readonly setKey: Uint8Array;
  readonly limits: Limits;
  readonly lockUntil?: Date;
  readonly signal: AbortSignal;
  /** Stored bytes of all streams. */
  readonly onProgress: Progress;
  /** Without a byte for so long, the dump has failed. */
  readonly stallSeconds?: number;
  /** Where a stream is cut into the next object; 8 GiB. */
  readonly maxObjectBytes?: number;
}

export interface Sink extends DumpSink {
  /** Ends every process and upload, and settles when they are gone. Committed objects stay. */
  abort(): Promise<void>;
  /** What was stored so far, in the order in which it was begun. */
  streams(): StoredStream[];
}

const largestObjectBytes = 8 * 1024 ** 3;

/** The first failure of any stream ends all others. */
export function openSink(options: SinkOptions): Sink {
  const failed = new AbortController();
  const signal = AbortSignal.any([options.signal, failed.signal]);
  const watchdog = createWatchdog(`The dump of ${options.source}`, options.stallSeconds);
  watchdog.stalled.addEventListener('abort', () => failed.abort(watchdog.stalled.reason));
  const target = streamTarget(options, signal, watchdog);
  const running = new Set<Promise<unknown>>();
  const stored: (StoredStream | undefined)[] = [];

  const store = async (spec: StreamSpec, start: () => Compression): Promise<StoredStream> => {
    signal.throwIfAborted();
    const place = stored.push(undefined) - 1;
    const fail = (error: unknown): void => failed.abort(error);
    const work = storeStream({ ...target, spec, compression: start(), watchdog, fail });
    running.add(work);
    try {
      const stream = await watchdog.during(work);
      stored[place] = stream;
      return stream;
    } finally {
      running.delete(work);
    }
  };

  return {
    command: (spec, command) =>
      translated(signal, () => store(spec, () => compressCommand(command))),
    bytes: (spec, source) => translated(signal, () => store(spec, () => compressBytes(source))),
    streams: () => stored.filter((stream) => stream !== undefined),
    async abort() {
      failed.abort(interrupted('The dump'));
      watchdog.stop();
      await Promise.allSettled(running);
    },
  };
}

function streamTarget(
  { vault, source, backupId, setKey, limits, lockUntil, ...rest }: SinkOptions,
  signal: AbortSignal,
  watchdog: Watchdog,
): StreamTarget {
  const { partSizeBytes, partsInFlight } = partLimits(limits);
  let done = 0;
  return {
    store: vault.store,
    source,
    backupId,
    setKey,
    pool: createPartPool(partSizeBytes, partsInFlight),
    rateLimit: createRateLimit(limits.uploadMiBPerSecond),
    maxObjectBytes: rest.maxObjectBytes ?? largestObjectBytes,
    signal,
    onStored(bytes) {
      done += bytes;
      watchdog.touch();
      rest.onProgress({ phase: 'dump', done, unit: 'bytes' });
    },
    ...(lockUntil !== undefined && { lockUntil }),
  };
}

interface StreamWork extends StreamTarget {
  readonly spec: StreamSpec;
  readonly compression: Compression;
  readonly watchdog: Watchdog;
  /** Ends everything else, and what this stream still has on its way. */
  readonly fail: (error: unknown) => void;
}

async function storeStream(work: StreamWork): Promise<StoredStream> {
  const { spec, compression, watchdog, signal, fail } = work;
  const writer = openStreamWriter(work, spec.name);
  const stop = (): void => void compression.end();
  signal.addEventListener('abort', stop, { once: true });
  try {
    for await (const chunk of compression.output) {
      watchdog.touch();
      signal.throwIfAborted();
      await writer.write(chunk);
      release(chunk);
    }
    await compression.finish();
    signal.throwIfAborted();
    const objects = await writer.end();
    return { ...spec, compression: 'zstd', objects };
  } catch (error) {
    fail(error);
    await Promise.allSettled([compression.end(), writer.abort()]);
    throw error;
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

/** A stream that was ended because of another one, or by the caller, rejects with that reason. */
async function translated<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw signal.aborted ? abortCause(signal, 'The dump') : error;
  }
}
