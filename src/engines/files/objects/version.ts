/** One version of an object as it comes, part by part. */
import { createHash } from 'node:crypto';
import { ahead, partsOf, type Started } from './ahead.ts';
import type { ObjectFacts, SourceBucket } from './bucket.ts';
import { type Part, partBytes } from './reading.ts';
import type { RoomSize } from './room.ts';

export type Queue = Iterator<Started<unknown>>;

/** Its first part, and where the others come from. */
export interface Version {
  readonly facts: ObjectFacts;
  readonly first: Promise<Part>;
  readonly queue: Queue;
}

/** The last part, or the one with which it broke off. */
export type End = Part;

export function newVersion(bucket: SourceBucket, facts: ObjectFacts, size: RoomSize): Version {
  const queue = ahead(partsOf(bucket, facts, undefined), size);
  return { facts, first: take(queue), queue };
}

/** All of them leave the queue, whatever becomes of them: another object follows there. */
export function* promisesOf({ facts, first, queue }: Version): Generator<Promise<Part>> {
  yield first;
  for (let at = partBytes; at < facts.size; at += partBytes) yield take(queue);
}

function take(queue: Queue): Promise<Part> {
  const { value, done } = queue.next();
  if (done || value.part === undefined) throw new RangeError('a part that was never started');
  return value.part;
}

export interface Contents {
  /** Hex, of what came. */
  readonly sha256: string;
  /** Bytes that did not come. */
  readonly left: number;
  readonly end: End;
}

export async function* contentsOf(version: Version): AsyncGenerator<Buffer, Contents> {
  const digest = createHash('sha256');
  let left = version.facts.size;
  let end = await version.first;
  for (const part of promisesOf(version)) {
    if (end.kind !== 'bytes') continue;
    end = await part;
    if (end.kind !== 'bytes') continue;
    digest.update(end.bytes);
    left -= end.bytes.length;
    yield end.bytes;
  }
  return { sha256: digest.digest('hex'), left, end };
}

export const zeros = (bytes: number): Buffer => Buffer.alloc(bytes);

export function* zerosOf(bytes: number): Generator<Buffer> {
  for (let left = bytes; left > 0; left -= partBytes) yield zeros(Math.min(left, partBytes));
}
