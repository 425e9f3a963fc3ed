/** Puts the objects of a set's archives into a bucket, each only when its hash is that of the index. */
import { createHash, hash } from 'node:crypto';
import type { SetReader } from '../../../core/ports/engine.ts';
import type { IndexEntry, StoredObject } from '../index/entry.ts';
import { Expected, type Extracted } from '../restore/expected.ts';
import type { Member } from '../tar/parse.ts';
import { TarStream } from '../tar/stream.ts';
import { partBytes } from './reading.ts';
import type { Room } from './room.ts';
import type { PartialObject, TargetBucket } from './target.ts';

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html */
const mostParts = 10_000;

export interface RefillOptions {
  readonly target: TargetBucket;
  readonly room: Room;
  readonly archive: string;
  readonly indexFile: string;
  readonly replace: boolean;
}

/** One set's part of the chain. `own`: the index is that set's. Throws IntegrityError `ARCHIVE_DAMAGED`. */
export async function refill(
  options: RefillOptions,
  set: SetReader,
  own: boolean,
): Promise<Extracted> {
  const { room, archive, indexFile } = options;
  const expected = new Expected({ indexFile, set: set.manifest.id, own });
  const tar = new TarStream(set.open(archive));
  try {
    for (let member = await tar.next(); member !== undefined; member = await tar.next()) {
      if (member.flag !== '0' || !expected.includes(member)) continue;
      const entry = expected.current;
      if (entry?.object === undefined) continue;
      const work = { ...options, tar, member, entry, object: entry.object };
      expected.saw(await (member.storedBytes > partBytes ? putParts(work) : putWhole(work)));
    }
    await room.leave();
  } finally {
    await room.settled();
    await tar.close();
  }
  return expected.finish();
}

interface Work extends RefillOptions {
  readonly tar: TarStream;
  readonly member: Member;
  readonly entry: IndexEntry;
  readonly object: StoredObject;
}

/** The hash of what the archive held; what it should not hold is not put. */
async function putWhole({ tar, entry, object, ...options }: Work): Promise<string> {
  const { target, room, replace } = options;
  let sha256 = '';
  for await (const bytes of tar.parts(partBytes)) {
    sha256 = hash('sha256', bytes, 'hex');
    if (sha256 !== entry.sha256) return sha256;
    await room.enter(bytes.length, () => target.put({ object, sha256, replace }, bytes));
  }
  return sha256;
}

async function putParts(work: Work): Promise<string> {
  const upload = await work.target.begin(work.object);
  let isDone = false;
  try {
    const sha256 = await sendParts(work, upload);
    if (sha256 === work.entry.sha256) {
      await upload.complete({ object: work.object, sha256, replace: work.replace });
      isDone = true;
    }
    return sha256;
  } finally {
    if (!isDone) {
      await work.room.settled();
      await upload.abort();
    }
  }
}

async function sendParts({ tar, member, room }: Work, upload: PartialObject): Promise<string> {
  const digest = createHash('sha256');
  let number = 0;
  for await (const bytes of tar.parts(partBytesOf(member.storedBytes))) {
    digest.update(bytes);
    const own = ++number;
    await room.enter(bytes.length, () => upload.part(own, bytes));
  }
  await room.leave();
  return digest.digest('hex');
}

const partBytesOf = (bytes: number): number =>
  Math.max(partBytes, Math.ceil(bytes / mostParts / (1 << 20)) * (1 << 20));
