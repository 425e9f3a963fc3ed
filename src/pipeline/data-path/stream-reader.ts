/** The compressed bytes of a stream: all its objects, decrypted, the last frames held until hashes match. */
import { HoldfastError } from '../../core/errors.ts';
import type { Manifest, StoredObject, StoredStream } from '../../core/manifest.ts';
import { openFrames } from './frame-opener.ts';
import { damaged, readStored, type StoredSource } from './stored-bytes.ts';

/** More compressed bytes than any zstd block has: what is held back is not decompressed either. */
const heldBackFrames = 2;

export interface StreamSource extends StoredSource {
  readonly manifest: Pick<Manifest, 'source' | 'id'>;
  readonly setKey: Uint8Array;
}

/** Rejects with IntegrityError that names the object. */
export async function* readStream(
  source: StreamSource,
  { name, objects }: StoredStream,
): AsyncGenerator<Buffer> {
  for (const [number, object] of objects.entries()) {
    yield* heldBack(openObject(source, object, `${name}.${number}`));
  }
}

/** The frames of one object; ends only after its hash matched. */
async function* openObject(
  source: StreamSource,
  object: StoredObject,
  part: string,
): AsyncGenerator<Buffer> {
  const { manifest, setKey } = source;
  const context = { source: manifest.source, backup: manifest.id, object: part };
  try {
    yield* openFrames(readStored(source, object), setKey, context);
  } catch (error) {
    if (error instanceof HoldfastError || source.signal.aborted) throw error;
    const seen = error instanceof Error ? error.message : String(error);
    throw damaged(object.key, seen, error);
  }
}

async function* heldBack(frames: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const held: Buffer[] = [];
  for await (const frame of frames) {
    if (frame.length > 0) held.push(frame);
    const ready = held.length > heldBackFrames ? held.shift() : undefined;
    if (ready) yield ready;
  }
  yield* held;
}
