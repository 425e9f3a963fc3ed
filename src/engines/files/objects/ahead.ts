/** Parts of objects are asked for before their turn, and given in their turn. */
import type { ObjectFacts, Range, SourceBucket } from './bucket.ts';
import { type Part, rangesOf, readPart } from './reading.ts';
import type { RoomSize } from './room.ts';

export interface Work<T> {
  readonly item: T;
  readonly bytes: number;
  /** Absent: there is nothing to read. */
  start?(): Promise<Part>;
}

export interface Started<T> {
  readonly item: T;
  readonly part?: Promise<Part>;
}

export function* partsOf<T>(
  bucket: SourceBucket,
  object: ObjectFacts,
  item: T,
): Generator<Work<T>> {
  let broken: Part | undefined;
  const read = async (range: Range): Promise<Part> => {
    // A version that is no more is not asked for the rest of it.
    if (broken !== undefined) return broken;
    const part = await readPart(bucket, object, range);
    if (part.kind !== 'bytes') broken = part;
    return part;
  };
  for (const range of rangesOf(object)) {
    yield { item, bytes: range[1] - range[0], start: () => read(range) };
  }
}

/** What is held, the part that is being used included, stays within `size`. */
export function* ahead<T>(works: Iterable<Work<T>>, size: RoomSize): Generator<Started<T>> {
  const started: (Started<T> & Pick<Work<T>, 'bytes'>)[] = [];
  let held = 0;
  for (const work of works) {
    while (started.length >= size.count || (started.length > 0 && held + work.bytes > size.bytes)) {
      const first = started.shift();
      if (first === undefined) break;
      yield first;
      held -= first.bytes;
    }
    started.push(begun(work));
    held += work.bytes;
  }
  yield* started;
}

function begun<T>({ item, bytes, start }: Work<T>): Started<T> & Pick<Work<T>, 'bytes'> {
  const part = start?.();
  // Whoever takes it sees the failure; nobody may.
  part?.catch(() => undefined);
  return { item, bytes, ...(part !== undefined && { part }) };
}
