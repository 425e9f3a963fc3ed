/** What an index says of objects and of the directories above them. */
import type { IndexEntry } from '../index/entry.ts';
import type { BytePath } from '../tree/byte-path.ts';
import type { ObjectFacts } from './bucket.ts';

const owned = { uid: 0, gid: 0, ctime: 0n, inode: 0n, device: 0n } as const;
const nanosecondsPerMillisecond = 1_000_000n;

export const directoryOf = (path: BytePath): IndexEntry => ({
  ...owned,
  path,
  type: 'directory',
  mode: 0o755,
  size: 0,
  mtime: 0n,
});

export const entryOf = (path: BytePath, facts: ObjectFacts): IndexEntry => ({
  ...owned,
  path,
  type: 'file',
  mode: 0o644,
  size: facts.size,
  mtime: BigInt(facts.modified.getTime()) * nanosecondsPerMillisecond,
  object: { key: facts.key, etag: facts.etag },
});

/** Of an entry that `entryOf` made. */
export const factsOf = ({ object, size, mtime }: IndexEntry): ObjectFacts => ({
  key: object?.key ?? '',
  etag: object?.etag ?? '',
  size,
  modified: new Date(Number(mtime / nanosecondsPerMillisecond)),
});
