/**
 * What an index expects of one set's archive, in walk order like the archive itself. Of a file that is there
 * again the last one counts.
 */
import { IntegrityError } from '../../../core/errors.ts';
import type { IndexEntry } from '../index/entry.ts';
import { IndexReader } from '../index/file.ts';
import type { Member } from '../tar/reader.ts';
import { comparePaths, textOf } from '../tree/byte-path.ts';
import type { ExtractJob } from './job.ts';

export interface Extracted {
  files: number;
  bytes: number;
}

export class Expected {
  readonly #index: IndexReader;
  readonly #isFromHere: (entry: IndexEntry) => boolean;
  readonly #totals: Extracted = { files: 0, bytes: 0 };
  #current: IndexEntry | undefined;
  #seen: string | undefined;

  constructor({ indexFile, set, own }: Pick<ExtractJob, 'indexFile' | 'set' | 'own'>) {
    this.#index = new IndexReader(indexFile);
    this.#isFromHere = (entry) =>
      entry.sha256 !== undefined && (entry.set === undefined ? own : entry.set === set);
    this.#advance();
  }

  /** The entry that `includes` has just found. */
  get current(): IndexEntry | undefined {
    return this.#current;
  }

  includes({ path }: Pick<Member, 'path'>): boolean {
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
