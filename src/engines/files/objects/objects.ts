/** Reads objects ahead of their turn: small ones whole, several at once; large ones when their turn comes. */
import { type ObjectFacts, type OpenedObject, readFailure, type SourceBucket } from './bucket.ts';

/** Of these as many as `concurrency` are held. */
export const smallBytes = 1 << 20;
const attempts = 3;

export type Reading =
  | { readonly kind: 'whole'; readonly opened: OpenedObject; readonly bytes: Buffer }
  /** Its bytes are still to come. */
  | { readonly kind: 'opened'; readonly opened: OpenedObject }
  | { readonly kind: 'gone' }
  | { readonly kind: 'problem'; readonly problem: string };

type Again = { readonly kind: 'again'; readonly changed: boolean };

const outcomes = {
  gone: { kind: 'gone' },
  denied: { kind: 'problem', problem: 'unreadable: AccessDenied' },
  archived: { kind: 'problem', problem: 'unreadable: in an archive tier' },
} as const satisfies Record<string, Reading>;

/** The version that is there: one that changed since it was listed is looked at again. */
export async function readObject(bucket: SourceBucket, listed: ObjectFacts): Promise<Reading> {
  let facts = listed;
  for (let attempt = 1; attempt <= attempts; attempt++) {
    const reading = await readOnce(bucket, facts, attempt === attempts);
    if (reading.kind !== 'again') return reading;
    const now = reading.changed ? await lookAgain(bucket, facts) : facts;
    if (now === undefined) return outcomes.gone;
    facts = now;
  }
  return { kind: 'problem', problem: 'unreadable: changed at every attempt' };
}

async function readOnce(
  bucket: SourceBucket,
  facts: ObjectFacts,
  isLast: boolean,
): Promise<Reading | Again> {
  try {
    const opened = await bucket.open(facts);
    if (facts.size > smallBytes) return { kind: 'opened', opened };
    const bytes = await gather(opened);
    if (bytes.length === facts.size) return { kind: 'whole', opened, bytes };
    throw new Error(`${bytes.length} of ${facts.size} bytes came of ${facts.key}`);
  } catch (error) {
    const failure = readFailure(error);
    if (failure === undefined && isLast) throw error;
    if (failure === undefined || failure === 'changed') {
      return { kind: 'again', changed: failure === 'changed' };
    }
    return outcomes[failure];
  }
}

const lookAgain = (bucket: SourceBucket, facts: ObjectFacts): Promise<ObjectFacts | undefined> =>
  bucket.look(facts).catch((error: unknown) => {
    if (readFailure(error) === 'gone') return undefined;
    throw error;
  });

async function gather({ bytes }: OpenedObject): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of bytes) pieces.push(piece);
  return Buffer.concat(pieces);
}

/** Each item with what `start` gave for it; `width` are started before their turn. */
export function* ahead<T, R>(
  items: Iterable<T>,
  width: number,
  start: (item: T) => R,
): Generator<readonly [T, R]> {
  const started: (readonly [T, R])[] = [];
  for (const item of items) {
    started.push([item, start(item)]);
    if (started.length <= width) continue;
    const first = started.shift();
    if (first !== undefined) yield first;
  }
  yield* started;
}
