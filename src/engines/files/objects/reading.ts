/** Reads a part of an object: of the version that was listed, again where the reading breaks off. */
import {
  type ObjectFacts,
  type OpenedObject,
  type Range,
  readFailure,
  type SourceBucket,
} from './bucket.ts';
import type { Description } from './description.ts';

/** Objects up to here are read, and put, by one request. S3 takes no part below 5 MiB but the last. */
export const partBytes = 8 << 20;
const attempts = 3;

export type Part =
  | {
      readonly kind: 'bytes';
      readonly bytes: Buffer;
      readonly description: Description;
      /** What could not be read beside the contents. */
      readonly problem?: string;
    }
  | { readonly kind: 'changed' }
  | { readonly kind: 'gone' }
  | { readonly kind: 'problem'; readonly problem: string };

const outcomes = {
  changed: { kind: 'changed' },
  gone: { kind: 'gone' },
  denied: { kind: 'problem', problem: 'unreadable: AccessDenied' },
  archived: { kind: 'problem', problem: 'unreadable: in an archive tier' },
} as const satisfies Record<string, Part>;

/** At least one; an object without contents has no ranges. */
export function* rangesOf({ size }: ObjectFacts): Generator<Range> {
  for (let start = 0; start === 0 || start < size; start += partBytes) {
    yield [start, Math.min(size, start + partBytes)];
  }
}

/** Throws what the SDK throws when the bucket does not answer at the last attempt either. */
export async function readPart(
  bucket: SourceBucket,
  facts: ObjectFacts,
  range: Range,
): Promise<Part> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await readOnce(bucket, facts, range);
    } catch (error) {
      const failure = readFailure(error);
      if (failure !== undefined) return outcomes[failure];
      if (attempt === attempts) throw error;
    }
  }
}

async function readOnce(bucket: SourceBucket, facts: ObjectFacts, range: Range): Promise<Part> {
  const [start, end] = range;
  const isWhole = start === 0 && end === facts.size;
  const opened = await bucket.open(facts, isWhole ? undefined : range);
  const bytes = await gather(opened, end - start);
  const tagged = start === 0 ? await tagsOf(bucket, facts, opened) : {};
  if (tagged === undefined) return outcomes.changed;
  const { problem, tags } = tagged;
  const description = { ...opened.description, tags };
  return { kind: 'bytes', bytes, description, ...(problem !== undefined && { problem }) };
}

async function gather({ bytes }: OpenedObject, expected: number): Promise<Buffer> {
  const whole = Buffer.allocUnsafe(expected);
  let filled = 0;
  for await (const piece of bytes) {
    if (filled + piece.length > expected) throw new Error(`more than ${expected} bytes came`);
    whole.set(piece, filled);
    filled += piece.length;
  }
  if (filled === expected) return whole;
  throw new Error(`${filled} of ${expected} bytes came`);
}

interface Tagged extends Pick<Description, 'tags'> {
  readonly problem?: string;
}

/** Undefined: they are those of another version by now. */
async function tagsOf(
  bucket: SourceBucket,
  { key }: ObjectFacts,
  { tagCount, description }: OpenedObject,
): Promise<Tagged | undefined> {
  if (tagCount === 0) return {};
  try {
    const { tags, versionId } = await bucket.tags(key);
    const isSame = versionId === undefined || versionId === description.versionId;
    return isSame ? { tags } : undefined;
  } catch (error) {
    if (readFailure(error) === 'denied') return { problem: 'tags unreadable: AccessDenied' };
    throw error;
  }
}

export const lookAgain = (
  bucket: SourceBucket,
  facts: ObjectFacts,
): Promise<ObjectFacts | undefined> =>
  bucket.look(facts).catch((error: unknown) => {
    if (readFailure(error) === 'gone') return undefined;
    throw error;
  });
