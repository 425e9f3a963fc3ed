/**
 * The table of contents of a custom-format archive. `pg_restore --list` prints it too, but there
 * names with blanks and newlines cannot be told apart, and dependencies are missing.
 *
 * Layout: ReadHead and ReadToc in PostgreSQL's src/bin/pg_dump/pg_backup_archiver.c.
 */
import { ToolError } from '../../../core/errors.ts';

export interface TocEntry {
  readonly id: number;
  /** `TABLE`, `FK CONSTRAINT`, `EVENT TRIGGER`… */
  readonly kind: string;
  readonly schema: string | null;
  readonly tag: string;
  readonly definition: string;
  /** Ids of other entries, also of ones that the archive leaves out. */
  readonly dependencies: readonly number[];
  readonly section: 'none' | 'pre-data' | 'data' | 'post-data';
}

const sections = ['none', 'none', 'pre-data', 'data', 'post-data'] as const;
/** Archive versions 1.14 (PostgreSQL 12) to 1.16 (PostgreSQL 17, 18). */
const knownMinor = { from: 14, to: 16 };

/** Throws ToolError ARCHIVE_FORMAT, RangeError where the archive is cut. */
export function readToc(archive: Buffer): TocEntry[] {
  const cursor = new ArchiveCursor(archive);
  const minor = readHead(cursor);
  return Array.from({ length: cursor.int() }, () => readEntry(cursor, minor));
}

/** Reads no further than the table of contents. */
export async function readTocOfStream(bytes: AsyncIterable<Uint8Array>): Promise<TocEntry[]> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  let tryAt = 64 * 1024;
  for await (const chunk of bytes) {
    chunks.push(chunk);
    size += chunk.length;
    if (size < tryAt) continue;
    const toc = tryReadToc(Buffer.concat(chunks));
    if (toc !== undefined) return toc;
    tryAt = size * 2;
  }
  return readToc(Buffer.concat(chunks));
}

function tryReadToc(start: Buffer): TocEntry[] | undefined {
  try {
    return readToc(start);
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function readHead(cursor: ArchiveCursor): number {
  const magic = cursor.text(5);
  const [major, minor] = [cursor.byte(), cursor.byte()];
  if (magic !== 'PGDMP' || major !== 1 || minor < knownMinor.from || minor > knownMinor.to) {
    throw new ToolError(`an archive of format ${magic} ${major}.${minor} is not known`, {
      code: 'ARCHIVE_FORMAT',
      hint: 'restore the database as a whole, or with a newer Holdfast',
    });
  }
  cursor.byte();
  cursor.intBytes = cursor.byte();
  cursor.offsetBytes = cursor.byte();
  cursor.byte();
  if (minor >= 15) cursor.byte();
  else cursor.int();
  for (let timePart = 0; timePart < 7; timePart++) cursor.int();
  for (let name = 0; name < 3; name++) cursor.string();
  return minor;
}

function readEntry(cursor: ArchiveCursor, minor: number): TocEntry {
  const id = cursor.int();
  cursor.int();
  cursor.string();
  cursor.string();
  const tag = cursor.string() ?? '';
  const kind = cursor.string() ?? '';
  const section = sections[cursor.int()] ?? 'none';
  const definition = cursor.string() ?? '';
  cursor.string();
  cursor.string();
  const schema = cursor.string();
  cursor.string();
  cursor.string();
  if (minor >= 16) cursor.int();
  cursor.string();
  cursor.string();
  const dependencies = readDependencies(cursor);
  cursor.skipOffset();
  return {
    id,
    kind,
    schema: schema === '' ? null : schema,
    tag,
    definition,
    dependencies,
    section,
  };
}

function readDependencies(cursor: ArchiveCursor): number[] {
  const found: number[] = [];
  for (let text = cursor.string(); text !== null; text = cursor.string()) found.push(Number(text));
  return found;
}

/** What `pg_restore --use-list` reads: ids in the archive's own order. */
export const listFile = (entries: readonly TocEntry[]) =>
  entries.map(({ id }) => `${id};\n`).join('');

class ArchiveCursor {
  intBytes = 4;
  offsetBytes = 8;
  #at = 0;
  readonly #archive: Buffer;

  constructor(archive: Buffer) {
    this.#archive = archive;
  }

  byte(): number {
    const value = this.#archive.readUInt8(this.#at);
    this.#at += 1;
    return value;
  }

  text(length: number): string {
    this.#at += length;
    if (this.#at > this.#archive.length) throw new RangeError('the archive ends here');
    return this.#archive.toString('utf8', this.#at - length, this.#at);
  }

  /** A sign byte, then the magnitude, least significant byte first. */
  int(): number {
    const sign = this.byte() === 0 ? 1 : -1;
    const value = this.#archive.readUIntLE(this.#at, this.intBytes);
    this.#at += this.intBytes;
    return sign * value;
  }

  /** A length, -1 for null, then the bytes. */
  string(): string | null {
    const length = this.int();
    return length < 0 ? null : this.text(length);
  }

  /** A state byte and a file position. */
  skipOffset(): void {
    this.#at += 1 + this.offsetBytes;
  }
}
