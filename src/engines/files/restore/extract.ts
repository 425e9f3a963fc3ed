/**
 * Step `extract`: reads one set's archive from stdin to its last byte, compares the hash of every file
 * that the index expects from it, and hands those to GNU tar when there is a target.
 */
import { createHash, hash } from 'node:crypto';
import { IntegrityError } from '../../../core/errors.ts';
import type { BlockWriter } from '../archive/block-writer.ts';
import type { IndexEntry } from '../index/entry.ts';
import { IndexReader } from '../index/file.ts';
import { type Member, TarReader } from '../tar/reader.ts';
import { comparePaths, textOf } from '../tree/byte-path.ts';
import { extractInto } from './gnu-tar.ts';
import type { ExtractJob } from './job.ts';
import { SparseHash } from './sparse-hash.ts';

export interface Extracted {
  files: number;
  bytes: number;
}

const stdin = 0;

export async function extract(job: ExtractJob): Promise<Extracted> {
  const { target } = job;
  if (target === undefined) return readArchive(job, undefined);
  let extracted: Extracted = { files: 0, bytes: 0 };
  await extractInto({ directory: target, scratchPrefix: job.resultFile }, (out) => {
    extracted = readArchive(job, out);
  });
  return extracted;
}

/** Members and expected entries are both in walk order; a repeated member supersedes the one before. */
function readArchive(job: ExtractJob, out: BlockWriter | undefined): Extracted {
  const expected = new Expected(job);
  const reader = new TarReader(stdin);
  for (let member = reader.next(); member !== undefined; member = reader.next()) {
    if (member.flag !== '0' || !expected.includes(member)) continue;
    out?.put(member.header);
    expected.saw(readMember(reader, member, out));
    out?.pad(member.storedBytes);
  }
  return expected.finish();
}

function readMember(reader: TarReader, member: Member, out: BlockWriter | undefined): string {
  const first = reader.piece() ?? Buffer.alloc(0);
  out?.put(first);
  const { sparseBytes } = member;
  if (sparseBytes === undefined && first.length === member.storedBytes) {
    return hash('sha256', first, 'hex');
  }
  const digest = sparseBytes === undefined ? createHash('sha256') : new SparseHash(sparseBytes);
  digest.update(first);
  for (let piece = reader.piece(); piece !== undefined; piece = reader.piece()) {
    digest.update(piece);
    out?.put(piece);
  }
  return digest.digest('hex');
}

class Expected {
  readonly #index: IndexReader;
  readonly #isFromHere: (entry: IndexEntry) => boolean;
  readonly #totals: Extracted = { files: 0, bytes: 0 };
  #current: IndexEntry | undefined;
  #seen: string | undefined;

  constructor({ indexFile, set, own }: ExtractJob) {
    this.#index = new IndexReader(indexFile);
    this.#isFromHere = (entry) =>
      entry.sha256 !== undefined && (entry.set === undefined ? own : entry.set === set);
    this.#advance();
  }

  includes({ path }: Member): boolean {
    while (this.#current !== undefined && comparePaths(this.#current.path, path) < 0) {
      this.#settle(this.#current);
    }
    return this.#current?.path === path;
  }

  saw(sha256: string): void {
    this.#seen = sha256;
  }

  finish(): Extracted {
    while (this.#current !== undefined) this.#settle(this.#current);
    return this.#totals;
  }

  #settle(entry: IndexEntry): void {
    if (this.#seen !== entry.sha256) throw differing(entry, this.#seen);
    this.#totals.files++;
    this.#totals.bytes += entry.size;
    this.#advance();
  }

  #advance(): void {
    this.#seen = undefined;
    do this.#current = this.#index.next();
    while (this.#current !== undefined && !this.#isFromHere(this.#current));
  }
}

const differing = (entry: IndexEntry, seen: string | undefined): IntegrityError =>
  new IntegrityError(
    `${textOf(entry.path)} in the archive is not what the index says: ` +
      `SHA-256 ${seen ?? 'of nothing, it is missing'} instead of ${entry.sha256}`,
    {
      code: 'ARCHIVE_DAMAGED',
      hint: 'Restore an older set or one from a copy: `holdfast list` shows them.',
    },
  );
