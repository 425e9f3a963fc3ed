/** One stream on its way into the vault: framed, encrypted, hashed, cut into parts and objects. */
import { createHash } from 'node:crypto';
import type { BackupId } from '../../core/backup-id.ts';
import { layout } from '../../core/layout.ts';
import type { StoredObject } from '../../core/manifest.ts';
import type { ObjectStore, Upload } from '../../core/ports/store.ts';
import { untilAborted } from './abort-cause.ts';
import {
  type FrameSealer,
  frameBytes,
  frameOverheadBytes,
  openFrameSealer,
} from './frame-sealer.ts';
import { release } from './memory.ts';
import type { PartPool } from './part-pool.ts';
import type { RateLimit } from './rate-limit.ts';

export interface StreamTarget {
  readonly store: ObjectStore;
  readonly source: string;
  readonly backupId: BackupId;
  readonly setKey: Uint8Array;
  readonly lockUntil?: Date;
  readonly pool: PartPool;
  readonly rateLimit: RateLimit;
  readonly maxObjectBytes: number;
  readonly signal: AbortSignal;
  /** Called for each stored part. */
  readonly onStored: (bytes: number) => void;
}

export interface StreamWriter {
  write(chunk: Uint8Array): Promise<void>;
  /** All objects, committed in the store. */
  end(): Promise<StoredObject[]>;
  /** Leaves no upload behind. */
  abort(): Promise<void>;
}

export function openStreamWriter(target: StreamTarget, stream: string): StreamWriter {
  const frame = Buffer.allocUnsafeSlow(frameBytes);
  const objects: StoredObject[] = [];
  let framed = 0;
  let current: ObjectWriter | undefined;

  const open = async (): Promise<ObjectWriter> => {
    current ??= await openObjectWriter(target, stream, objects.length);
    return current;
  };
  const closeObject = async (plain: Buffer): Promise<void> => {
    const writer = await open();
    objects.push(await writer.end(plain));
    current = undefined;
  };
  const flushFrame = async (): Promise<void> => {
    let writer = await open();
    if (!writer.hasRoom()) {
      await closeObject(Buffer.alloc(0));
      writer = await open();
    }
    await writer.frame(frame);
    framed = 0;
  };

  return {
    async write(chunk) {
      let at = 0;
      while (at < chunk.length) {
        const taken = Math.min(frameBytes - framed, chunk.length - at);
        frame.set(chunk.subarray(at, at + taken), framed);
        framed += taken;
        at += taken;
        if (framed === frameBytes) await flushFrame();
      }
    },
    async end() {
      await closeObject(frame.subarray(0, framed));
      return objects;
    },
    abort: async () => current?.abort(),
  };
}

interface ObjectWriter {
  /** Whether one more frame and the last one fit. */
  hasRoom(): boolean;
  frame(plain: Buffer): Promise<void>;
  end(lastPlain: Buffer): Promise<StoredObject>;
  abort(): Promise<void>;
}

async function openObjectWriter(
  target: StreamTarget,
  stream: string,
  number: number,
): Promise<ObjectWriter> {
  const { store, source, backupId, pool, signal, lockUntil } = target;
  const { partSizeBytes } = pool;
  const key = layout.object({ source, id: backupId }, stream, number);
  const context = { source, backup: backupId, object: `${stream}.${number}` };
  const sealer: FrameSealer = await openFrameSealer(target.setKey, context);
  const lock = lockUntil === undefined ? {} : { lockUntil };
  const upload = await store.upload(key, { ifAbsent: true, partSizeBytes, signal, ...lock });
  const parts = openPartSender(target, upload);
  let isOpen = false;
  const append = async (pieces: readonly Uint8Array[]): Promise<void> => {
    if (!isOpen) for (const piece of sealer.header) await parts.append(piece);
    isOpen = true;
    for (const piece of pieces) {
      await parts.append(piece);
      release(piece);
    }
  };
  const largestFrame = frameBytes + frameOverheadBytes;
  return {
    hasRoom: () => parts.sizeBytes() + 2 * largestFrame <= target.maxObjectBytes,
    frame: (plain) => append(sealer.seal(plain, { isLast: false })),
    async end(lastPlain) {
      await append(sealer.seal(lastPlain, { isLast: true }));
      const { sizeBytes, sha256 } = await parts.flush();
      const { checksum, versionId } = await upload.complete();
      const version = versionId === undefined ? {} : { versionId };
      return { key, sizeBytes, sha256, checksum, partSizeBytes, ...version };
    },
    async abort() {
      await parts.settle();
      await upload.abort();
    },
  };
}

interface PartSender {
  append(bytes: Uint8Array): Promise<void>;
  sizeBytes(): number;
  flush(): Promise<{ sizeBytes: number; sha256: string }>;
  /** Waits for parts on their way, whatever becomes of them. */
  settle(): Promise<void>;
}

function openPartSender(
  { pool, rateLimit, signal, onStored }: StreamTarget,
  upload: Upload,
): PartSender {
  const whole = createHash('sha256');
  const sent: Promise<void>[] = [];
  let [buffer, used, sizeBytes] = [pool.take(), 0, 0];
  let failure: { readonly error: unknown } | undefined;

  const send = async (): Promise<void> => {
    const full = buffer;
    const bytes = full.subarray(0, used);
    const number = sent.length;
    whole.update(bytes);
    const { started, done } = pool.inFlight(async () => {
      signal.throwIfAborted();
      await rateLimit(bytes.length, signal);
      await untilAborted(upload.part(number, bytes), signal);
      pool.giveBack(full);
      onStored(bytes.length);
    });
    sent.push(
      done.catch((error: unknown) => {
        failure ??= { error };
      }),
    );
    await started;
    [buffer, used] = [pool.take(), 0];
    if (failure) throw failure.error;
  };

  return {
    async append(bytes) {
      sizeBytes += bytes.length;
      let at = 0;
      while (at < bytes.length) {
        const taken = Math.min(buffer.length - used, bytes.length - at);
        buffer.set(bytes.subarray(at, at + taken), used);
        used += taken;
        at += taken;
        if (used === buffer.length) await send();
      }
    },
    sizeBytes: () => sizeBytes,
    async flush() {
      if (used > 0) await send();
      await Promise.all(sent);
      pool.giveBack(buffer);
      if (failure) throw failure.error;
      return { sizeBytes, sha256: whole.digest('hex') };
    },
    async settle() {
      await Promise.all(sent);
    },
  };
}
