/**
 * The `index` stream of a set: JSON lines that say what is in it. Written once, at the end of a
 * dump; a restore compares with it. Documented in docs/engines/postgres.md.
 */
import { z } from 'zod';
import { IntegrityError } from '../../core/errors.ts';

const count = z.number().int().nonnegative();
/** A signed decimal of any length: the sum of all rows' 64-bit hashes. */
const checksum = z.string().nullable();

const serverLine = z.object({
  type: z.literal('server'),
  version: z.string(),
  /** `passwords` when the roles' password hashes are in `globals`. */
  globals: z.enum(['passwords', 'no-passwords']),
});

const settingSchema = z.object({
  role: z.string().nullable(),
  name: z.string(),
  value: z.string(),
});
export type DatabaseSetting = z.infer<typeof settingSchema>;

const grantSchema = z.object({
  /** Null is PUBLIC. */
  grantee: z.string().nullable(),
  privilege: z.string(),
  grantable: z.boolean(),
});
export type DatabaseGrant = z.infer<typeof grantSchema>;

const databaseLine = z.object({
  type: z.literal('database'),
  name: z.string(),
  owner: z.string(),
  encoding: z.string(),
  collate: z.string(),
  ctype: z.string(),
  /** `libc`, `icu`, `builtin`. */
  provider: z.string(),
  locale: z.string().nullable(),
  icuRules: z.string().nullable(),
  connectionLimit: z.number().int(),
  comment: z.string().nullable(),
  /** Null: the built-in defaults. */
  grants: z.array(grantSchema).nullable(),
  settings: z.array(settingSchema),
  extensions: z.array(z.object({ name: z.string(), version: z.string(), schema: z.string() })),
  tablespaces: z.array(z.string()),
  sizeBytes: count,
  /** How many of each kind of object: functions, indexes, policies… */
  objects: z.record(z.string(), count),
  largeObjects: z.object({ count, checksum }),
  /** Names of its streams, in the order in which they are restored. */
  streams: z.array(z.string()),
});
export type DatabaseLine = z.infer<typeof databaseLine>;

const tableLine = z.object({
  type: z.literal('table'),
  database: z.string(),
  schema: z.string(),
  name: z.string(),
  /** The stream that holds its rows; null where they were left out. */
  stream: z.string().nullable(),
  rows: count.nullable(),
  checksum,
});
export type TableLine = z.infer<typeof tableLine>;

const sequenceLine = z.object({
  type: z.literal('sequence'),
  database: z.string(),
  schema: z.string(),
  name: z.string(),
  /** Sequences obey no snapshot: their position before and after the dump's streams. */
  before: z.string(),
  after: z.string(),
});
export type SequenceLine = z.infer<typeof sequenceLine>;

const lineSchema = z.discriminatedUnion('type', [
  serverLine,
  databaseLine,
  tableLine,
  sequenceLine,
]);
export type IndexLine = z.infer<typeof lineSchema>;

export interface SetIndex {
  readonly server: z.infer<typeof serverLine>;
  readonly databases: readonly DatabaseLine[];
  readonly tables: readonly TableLine[];
  readonly sequences: readonly SequenceLine[];
}

export function* encodeIndex(lines: Iterable<IndexLine>): Generator<Uint8Array> {
  const encoder = new TextEncoder();
  for (const line of lines) yield encoder.encode(`${JSON.stringify(line)}\n`);
}

/** Throws IntegrityError INDEX_UNREADABLE. */
export async function decodeIndex(bytes: AsyncIterable<Uint8Array>): Promise<SetIndex> {
  const lines: IndexLine[] = [];
  for await (const text of textLines(bytes)) lines.push(parseLine(text));
  const server = lines.find((line) => line.type === 'server');
  if (server === undefined) throw unreadable('it has no line about the server');
  return {
    server,
    databases: lines.filter((line) => line.type === 'database'),
    tables: lines.filter((line) => line.type === 'table'),
    sequences: lines.filter((line) => line.type === 'sequence'),
  };
}

function parseLine(text: string): IndexLine {
  try {
    return lineSchema.parse(JSON.parse(text));
  } catch (cause) {
    throw unreadable(`a line of it is not what this version writes: ${(cause as Error).message}`);
  }
}

async function* textLines(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let pending = '';
  for await (const chunk of bytes) {
    const lines = (pending + decoder.decode(chunk, { stream: true })).split('\n');
    pending = lines.pop() ?? '';
    yield* lines;
  }
  if (pending !== '') throw unreadable('its last line is cut');
}

function unreadable(seen: string): IntegrityError {
  return new IntegrityError(`the index of the set cannot be read: ${seen}`, {
    code: 'INDEX_UNREADABLE',
    hint: 'restore an older set, or this one with a Holdfast as new as the one that wrote it',
  });
}
