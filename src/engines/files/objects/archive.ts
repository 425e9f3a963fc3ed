/** An archive of objects: each once, or again where its reading broke off; the last one counts. */
import type { IndexEntry } from '../index/entry.ts';
import { IndexReader, IndexWriter } from '../index/file.ts';
import { blockBytes, memberHeader, padded } from '../tar/header.ts';
import { textOf } from '../tree/byte-path.ts';
import { ahead, partsOf, type Started, type Work } from './ahead.ts';
import type { ObjectFacts, SourceBucket } from './bucket.ts';
import { chosen } from './chosen.ts';
import { directoryOf, entryOf, factsOf } from './entries.ts';
import { lookAgain } from './reading.ts';
import type { RoomSize } from './room.ts';
import { treeOf } from './tree.ts';
import {
  contentsOf,
  type End,
  newVersion,
  promisesOf,
  type Queue,
  type Version,
  zeros,
  zerosOf,
} from './version.ts';

export interface ObjectsJob {
  readonly include: readonly string[];
  readonly exclude: readonly string[];
  /** What may be under way before its turn. */
  readonly ahead: RoomSize;
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
  async *bytes(files: Iterable<IndexEntry>): AsyncGenerator<Buffer> {
    const items = this.#examined(chosen(treeOf(files, directoryOf), this.#job));
    const queue = ahead(this.#work(items), this.#job.ahead);
    for (const started of queue) yield* this.#member(started, queue);
    yield zeros(2 * blockBytes);
    this.#index.close();
    this.#parent?.close();
  }

  *#examined(tree: Iterable<IndexEntry>): Generator<Item> {
    for (const entry of tree) {
      if (entry.type === 'directory') {
        yield { entry };
        continue;
      }
      const before = this.#parent?.find(entry.path);
      const known = before?.sha256 !== undefined && isSame(entry, before);
      yield known ? { entry, before } : { entry, object: factsOf(entry) };
    }
  }

  /** What is not read passes through, in its turn. */
  *#work(items: Iterable<Item>): Generator<Work<Item>> {
    for (const item of items) {
      if (item.object === undefined) yield { item, bytes: 0 };
      else yield* partsOf(this.#bucket, item.object, item);
    }
  }

  async *#member({ item, part }: Started<Item>, queue: Queue): AsyncGenerator<Buffer> {
    const { entry, object, before } = item;
    if (object !== undefined && part !== undefined) {
      yield* this.#read(entry.path, { facts: object, first: part, queue });
    } else if (before !== undefined) {
      const { sha256, object: described } = before;
      const set = before.set ?? this.#job.parent?.id;
      this.#record({ ...entry, sha256, set, object: described });
    } else {
      yield memberHeader(entry, { storedBytes: 0 });
      this.#index.write(entry);
    }
  }

  /** An object that changes while it is read follows once more, as it is then. */
  async *#read(path: string, listed: Version): AsyncGenerator<Buffer> {
    let version: Version | undefined = listed;
    for (let attempt = 1; version !== undefined; attempt++) {
      const end: End = yield* this.#version(path, version);
      if (end.kind === 'bytes') return;
      version = await this.#after(path, version, { end, isLast: attempt === attempts });
    }
  }

  /** What to read next, if anything. */
  async #after(
    path: string,
    { facts }: Version,
    { end, isLast }: { readonly end: Exclude<End, { kind: 'bytes' }>; readonly isLast: boolean },
  ): Promise<Version | undefined> {
    if (end.kind === 'problem') {
      this.#problem(entryOf(path, facts), end.problem);
      return undefined;
    }
    const now = end.kind === 'gone' ? undefined : await lookAgain(this.#bucket, facts);
    if (now === undefined) this.result.vanished++;
    else if (isLast) this.#problem(entryOf(path, now), 'unreadable: changed at every attempt');
    else return newVersion(this.#bucket, now, this.#job.ahead);
    return undefined;
  }

  /** Nothing is written before its first part has come. What breaks off later is filled up with zeros. */
  async *#version(path: string, version: Version): AsyncGenerator<Buffer, End> {
    const { facts } = version;
    const head = await version.first;
    if (head.kind !== 'bytes') {
      for (const _ of promisesOf(version));
      return head;
    }
    yield memberHeader(entryOf(path, facts), { storedBytes: facts.size });
    const { sha256, left, end } = yield* contentsOf(version);
    yield* zerosOf(padded(facts.size) - facts.size + left);
    if (end.kind !== 'bytes') return end;
    const object = { key: facts.key, etag: facts.etag, ...head.description };
    const read = { ...entryOf(path, facts), sha256, object };
    if (head.problem === undefined) this.#record(read);
    else this.#problem(read, head.problem);
    return end;
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
  /** To be read. */
  readonly object?: ObjectFacts;
  /** The same object in the parent's index. */
  readonly before?: IndexEntry;
}

const isSame = (now: IndexEntry, before: IndexEntry): boolean =>
  before.problem === undefined &&
  before.object?.key === now.object?.key &&
  before.object?.etag === now.object?.etag &&
  before.size === now.size &&
  before.mtime === now.mtime;
