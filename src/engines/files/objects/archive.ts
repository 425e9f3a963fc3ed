/** An archive of objects: each once, or again where its reading broke off; the last one counts. */
import { createHash } from 'node:crypto';
import type { IndexEntry } from '../index/entry.ts';
import { IndexReader, IndexWriter } from '../index/file.ts';
import { blockBytes, memberHeader, padded } from '../tar/header.ts';
import { textOf } from '../tree/byte-path.ts';
import { matcherOf, type PathMatcher } from '../tree/patterns.ts';
import { Selection } from '../tree/selection.ts';
import type { ObjectFacts, OpenedObject, SourceBucket } from './bucket.ts';
import { type Placed, treeOf } from './keys.ts';
import { ahead, type Reading, readObject, smallBytes } from './objects.ts';

export interface ObjectsJob {
  readonly include: readonly string[];
  readonly exclude: readonly string[];
  readonly concurrency: number;
  readonly indexFile: string;
  readonly parent?: { readonly id: string; readonly indexFile: string };
}

export interface ObjectsResult {
  files: number;
  bytes: number;
  vanished: number;
  /** The first hundred. */
  readonly problems: string[];
  problemCount: number;
}

const problemsKept = 100;
const attempts = 3;

export class ObjectArchiver {
  readonly result: ObjectsResult = {
    files: 0,
    bytes: 0,
    vanished: 0,
    problems: [],
    problemCount: 0,
  };
  readonly #bucket: SourceBucket;
  readonly #job: ObjectsJob;
  readonly #index: IndexWriter;
  readonly #parent: IndexReader | undefined;

  constructor(bucket: SourceBucket, job: ObjectsJob) {
    this.#bucket = bucket;
    this.#job = job;
    this.#index = new IndexWriter(job.indexFile);
    this.#parent = job.parent && new IndexReader(job.parent.indexFile);
  }

  /** The archive's bytes; the index is whole when they have ended. */
  async *bytes(objects: Iterable<ObjectFacts>): AsyncGenerator<Buffer> {
    const items = this.#examined(chosen(treeOf(objects), this.#job));
    for (const [item, reading] of ahead(items, this.#job.concurrency, (one) => this.#start(one))) {
      yield* this.#member(item, reading);
    }
    yield Buffer.alloc(2 * blockBytes);
    this.#index.close();
    this.#parent?.close();
  }

  *#examined(tree: Iterable<Placed<ObjectFacts>>): Generator<Item> {
    for (const { path, object } of tree) {
      if (object === undefined) {
        yield { entry: directoryOf(path) };
        continue;
      }
      const entry = entryOf(path, object);
      const before = this.#parent?.find(path);
      const known = before?.sha256 !== undefined && isSame(entry, before);
      yield known ? { entry, object, before } : { entry, object };
    }
  }

  /** What is small is read before its turn. */
  #start({ object, before }: Item): Promise<Reading> | undefined {
    if (object === undefined || before !== undefined || object.size > smallBytes) return undefined;
    const reading = readObject(this.#bucket, object);
    reading.catch(() => undefined);
    return reading;
  }

  async *#member(item: Item, started: Promise<Reading> | undefined): AsyncGenerator<Buffer> {
    const { entry, object, before } = item;
    if (object === undefined) {
      yield memberHeader(entry, { storedBytes: 0 });
      this.#index.write(entry);
    } else if (before !== undefined) {
      const { sha256, object: described } = before;
      const set = before.set ?? this.#job.parent?.id;
      this.#record({ ...entry, sha256, set, object: described });
    } else {
      const reading = await (started ?? readObject(this.#bucket, object));
      yield* this.#read(entry, object, reading);
    }
  }

  async *#read(entry: IndexEntry, object: ObjectFacts, reading: Reading): AsyncGenerator<Buffer> {
    if (reading.kind === 'gone') {
      this.result.vanished++;
    } else if (reading.kind === 'problem') {
      this.#problem(entry, reading.problem);
    } else if (reading.kind === 'whole') {
      const { opened, bytes } = reading;
      const seen = entryOf(entry.path, opened.facts);
      yield memberHeader(seen, { storedBytes: bytes.length });
      yield bytes;
      yield zeros(padded(bytes.length) - bytes.length);
      const sha256 = createHash('sha256').update(bytes).digest('hex');
      this.#record({ ...seen, sha256, object: described(opened) });
    } else {
      yield* this.#large(entry, object, reading.opened);
    }
  }

  /** A reading that breaks off is filled up, and the object follows once more. */
  async *#large(
    entry: IndexEntry,
    object: ObjectFacts,
    first: OpenedObject,
  ): AsyncGenerator<Buffer> {
    let opened = first;
    for (let attempt = 1; ; attempt++) {
      if (yield* this.#stream(entry, opened, attempt === attempts)) return;
      const again = await readObject(this.#bucket, object);
      if (again.kind !== 'opened') {
        yield* this.#read(entry, object, again);
        return;
      }
      opened = again.opened;
    }
  }

  /** Whether all of it came; the last attempt throws what it met. */
  async *#stream(
    { path }: IndexEntry,
    opened: OpenedObject,
    isLast: boolean,
  ): AsyncGenerator<Buffer, boolean> {
    const seen = entryOf(path, opened.facts);
    const digest = createHash('sha256');
    let left = seen.size;
    yield memberHeader(seen, { storedBytes: seen.size });
    try {
      for await (const piece of opened.bytes) {
        left -= piece.length;
        digest.update(piece);
        yield Buffer.from(piece.buffer, piece.byteOffset, piece.length);
      }
      if (left !== 0) throw new Error(`${left} bytes of ${opened.facts.key} did not come`);
    } catch (error) {
      if (isLast || left < 0) throw error;
    }
    yield* zerosOf(padded(seen.size) - seen.size + left);
    if (left === 0)
      this.#record({ ...seen, sha256: digest.digest('hex'), object: described(opened) });
    return left === 0;
  }

  #record(entry: IndexEntry): void {
    this.result.files++;
    this.result.bytes += entry.size;
    this.#index.write(entry);
  }

  #problem(entry: IndexEntry, problem: string): void {
    this.result.problemCount++;
    const { problems } = this.result;
    if (problems.length < problemsKept) problems.push(`${textOf(entry.path)}: ${problem}`);
    this.#record({ ...entry, problem });
  }
}

interface Item {
  readonly entry: IndexEntry;
  readonly object?: ObjectFacts;
  /** The same object in the parent's index. */
  readonly before?: IndexEntry;
}

const zeros = (bytes: number): Buffer => Buffer.alloc(bytes);

function* zerosOf(bytes: number): Generator<Buffer> {
  for (let left = bytes; left > 0; left -= smallBytes) yield zeros(Math.min(left, smallBytes));
}

const owned = { uid: 0, gid: 0, ctime: 0n, inode: 0n, device: 0n } as const;

const directoryOf = (path: string): IndexEntry => ({
  ...owned,
  path,
  type: 'directory',
  mode: 0o755,
  size: 0,
  mtime: 0n,
});

const entryOf = (path: string, { key, etag, size, modified }: ObjectFacts): IndexEntry => ({
  ...owned,
  path,
  type: 'file',
  mode: 0o644,
  size,
  mtime: BigInt(modified.getTime()) * 1_000_000n,
  object: { key, etag },
});

const described = ({ facts, description }: OpenedObject) => ({
  key: facts.key,
  etag: facts.etag,
  ...description,
});

const isSame = (now: IndexEntry, before: IndexEntry): boolean =>
  before.problem === undefined &&
  before.object?.key === now.object?.key &&
  before.object?.etag === now.object?.etag &&
  before.size === now.size &&
  before.mtime === now.mtime;

/** What the patterns leave, with the directories that lead there. */
function* chosen(
  tree: Iterable<Placed<ObjectFacts>>,
  { include, exclude }: ObjectsJob,
): Generator<Placed<ObjectFacts>> {
  const selection = new Selection<Placed<ObjectFacts> & { readonly type: string }>(
    matcherOf(include),
  );
  for (const placed of without(tree, matcherOf(exclude))) {
    const isDirectory = placed.object === undefined;
    const candidate = { ...placed, type: isDirectory ? 'directory' : 'file' };
    if (selection.wants(candidate)) {
      yield* selection.waysTo(placed.path);
      yield placed;
    } else if (isDirectory) {
      selection.postpone(candidate);
    }
  }
}

function* without(
  tree: Iterable<Placed<ObjectFacts>>,
  excluded: PathMatcher,
): Generator<Placed<ObjectFacts>> {
  let left: string | undefined;
  for (const placed of tree) {
    const { path, object } = placed;
    if (left !== undefined && path.startsWith(`${left}/`)) continue;
    if (!excluded(path)) yield placed;
    else if (object === undefined) left = path;
  }
}
