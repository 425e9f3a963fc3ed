/** Reads a committed set back: ranged reads → hash → decrypt → zstd → a program, a file or this process. */
import { open, rm } from 'node:fs/promises';
import type { Limits } from '../../core/config/schema.ts';
import { IntegrityError } from '../../core/errors.ts';
import type { Manifest, StoredStream } from '../../core/manifest.ts';
import type { Progress, SetReader } from '../../core/ports/engine.ts';
import type { Vault } from '../vault/vault.ts';
import { abortCause } from './abort-cause.ts';
import { type DecompressionOptions, decompress } from './decompression.ts';
import { partLimits } from './part-limits.ts';
import { createReadBudget } from './read-budget.ts';
import { readStream } from './stream-reader.ts';
import { createWatchdog } from './watchdog.ts';

export interface ReaderOptions {
  readonly vault: Pick<Vault, 'store'>;
  /** Its tag was checked. */
  readonly manifest: Manifest;
  readonly setKey: Uint8Array;
  readonly parent?: SetReader;
  readonly limits: Limits;
  readonly signal: AbortSignal;
  /** Stored bytes of all streams. */
  readonly onProgress: Progress;
  /**
   * When the store gives no byte for so long, the work has failed. A restore tool may take its time: it
   * builds indexes.
   */
  readonly stallSeconds?: number;
}

const keptOutputBytes = 1024 * 1024;

/** Its methods reject with IntegrityError (by object), ToolError, StoreError, or why the signal aborted. */
export function openReader(options: ReaderOptions): SetReader {
  const { manifest, parent } = options;
  const run = createRunner(options);
  const stream = (name: string): StoredStream | undefined =>
    manifest.streams.find((each) => each.name === name);
  const needed = (name: string): StoredStream => stream(name) ?? fail(manifest, name);
  return {
    manifest,
    parent,
    stream,
    open: (name) => run(needed(name)),
    transform: (name, command) => run(needed(name), command),
    async pipe(name, command) {
      const kept: Buffer[] = [];
      let room = keptOutputBytes;
      for await (const chunk of run(needed(name), command)) {
        if (room > 0) kept.push(chunk.subarray(0, room));
        room -= chunk.length;
      }
      return { stdout: Buffer.concat(kept).toString('utf8') };
    },
    async stage(name, file) {
      const handle = await open(file, 'wx', 0o600);
      try {
        for await (const _ of run(needed(name), handle));
      } catch (error) {
        await rm(file, { force: true });
        throw error;
      } finally {
        await handle.close();
      }
    },
  };
}

type Into = DecompressionOptions['into'];

/** Runs a stream to its end; what it yields is what the last process wrote. */
function createRunner(options: ReaderOptions) {
  const { vault, manifest, setKey, signal, limits, stallSeconds } = options;
  const budget = createReadBudget(partLimits(limits).partsInFlight);
  let done = 0;
  return async function* run(stream: StoredStream, into?: Into): AsyncGenerator<Buffer> {
    const what = `Reading ${stream.name} of ${manifest.source}/${manifest.id}`;
    const watchdog = createWatchdog(what, stallSeconds);
    const either = AbortSignal.any([signal, watchdog.stalled]);
    either.throwIfAborted();
    const onRead = (bytes: number): void => {
      done += bytes;
      options.onProgress({ phase: 'read', done, unit: 'bytes' });
    };
    const { store } = vault;
    const source = { store, budget, signal: either, watchdog, onRead, manifest, setKey };
    const input = readStream(source, stream);
    const { compression } = stream;
    const work = decompress({ compression, input, ...(into !== undefined && { into }) });
    const stop = (): void => void work.end();
    either.addEventListener('abort', stop, { once: true });
    try {
      yield* work.output;
      await work.finish();
    } catch (error) {
      throw either.aborted ? abortCause(either, what) : error;
    } finally {
      either.removeEventListener('abort', stop);
      watchdog.stop();
      await work.end();
    }
  };
}

function fail(manifest: Manifest, name: string): never {
  throw new IntegrityError(`${manifest.source}/${manifest.id} has no stream ${name}`, {
    code: 'STREAM_MISSING',
    hint: 'The set was made by another version of its engine, or its manifest is not its own.',
  });
}
