/**
 * Restores schemas and tables into a database that may hold other things: one transaction from
 * making room to the comparison, so that whatever fails leaves the database as it was.
 */
import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ComparisonError, TargetError } from '../../../core/errors.ts';
import type { Comparison, SetReader } from '../../../core/ports/engine.ts';
import { type Connection, displayUrl, tool } from '../connection.ts';
import { pinnedSettings } from '../fingerprint/count-tables.ts';
import type { TableLine } from '../index-lines.ts';
import { runTool } from '../run-tool.ts';
import { withSession } from '../session.ts';
import { listFile, readToc, readTocOfStream, type TocEntry } from './archive-toc.ts';
import { existingObjects } from './existing-objects.ts';
import { flagArguments, type LoadFlags, loadSettings, streamOfRole } from './load.ts';
import { assertTable, differsMark, dropRelations, emptySchemas } from './part-script.ts';
import { type Part, selectPart } from './part-selection.ts';
import type { PlannedItem } from './preflight.ts';
import { runScript } from './psql.ts';
import type { RestoreJob } from './restore-job.ts';

export interface MergePlace {
  readonly flags: LoadFlags;
  readonly connection: Connection;
  /** The database was made for this restore. */
  readonly fresh: boolean;
}

export interface Merged {
  readonly comparison: Comparison;
  readonly notes: readonly string[];
}

/** Throws TargetError PART_EXISTS, PART_INCOMPLETE, ONLY_MATCHES_NOTHING; ComparisonError; ToolError. */
export async function mergePart(
  job: RestoreJob,
  item: PlannedItem,
  place: MergePlace,
): Promise<Merged> {
  const { context, set } = job;
  const stream = streamOfRole(set, item.line, 'schema');
  const file = join(context.scratchDir, stream);
  await set.stage(stream, file);
  const part = await choosePart(job, item, { ...place, toc: readToc(await readFile(file)) });
  const tables = tablesOf(job, item, part);
  const work = { ...place, job, item, part, file, tables };
  const psql = tool({
    installation: job.installation,
    program: 'psql',
    connection: place.connection,
    settings: { ...loadSettings, client_min_messages: 'warning' },
    args: ['--no-psqlrc', '--quiet', '--no-password', '-v', 'ON_ERROR_STOP=1'],
  });
  await runScript(psql, script(work), context.signal).catch((error: Error) => {
    throw error.message.includes(differsMark) ? differs(error, place.connection) : error;
  });
  return { comparison: comparisonOf(set, tables), notes: part.notes };
}

function differs(error: Error, connection: Connection): ComparisonError {
  const seen = error.message.slice(error.message.indexOf(differsMark) + differsMark.length + 1);
  return new ComparisonError(
    `what was restored to ${displayUrl(connection)} differs from the backup: ${seen}`,
    { code: 'RESTORE_DIFFERS', hint: 'the target was left as it was', cause: error },
  );
}

function comparisonOf(set: SetReader, tables: readonly TableLine[]): Comparison {
  const level = set.manifest.fingerprint;
  const compared = tables.filter(({ rows }) => rows !== null);
  if (level === 'none') return { level, units: 0, differences: [] };
  const rows = compared.reduce((sum, line) => sum + (line.rows ?? 0), 0);
  return { level, units: compared.length, rows, differences: [] };
}

async function choosePart(
  { context, request }: RestoreJob,
  { patterns, line }: PlannedItem,
  { connection, fresh, toc }: MergePlace & { readonly toc: readonly TocEntry[] },
): Promise<Part> {
  const exists = await withSession(
    connection,
    { side: 'target', signal: context.signal },
    (session) => existingObjects(session, { fresh }),
  );
  const part = selectPart({ toc, patterns, exists });
  const named = patterns.map(({ text }) => text).join(', ');
  if (part.relations.length === 0) {
    throw new TargetError(`nothing in the backup of ${line.name} is called ${named}`, {
      code: 'ONLY_MATCHES_NOTHING',
      hint: 'patterns are compared exactly, upper and lower case included: schema.table or schema.*',
    });
  }
  const present = part.relations.filter((entry) => exists(entry));
  if (present.length > 0 && !request.overwrite) {
    throw new TargetError(`${displayUrl(connection)} has ${namesOf(present)} already`, {
      code: 'PART_EXISTS',
      hint: 'restore to another database with --to, or say --overwrite to replace them',
    });
  }
  if (part.lacking.length > 0) {
    throw new TargetError(`${named} needs ${part.lacking.slice(0, 5).join(', ')} as well`, {
      code: 'PART_INCOMPLETE',
      hint: 'name these too with --only',
    });
  }
  return part;
}

function namesOf(entries: readonly TocEntry[]): string {
  const names = entries.slice(0, 5).map(({ schema, tag }) => `${schema}.${tag}`);
  const more = entries.length > names.length ? ` and ${entries.length - names.length} more` : '';
  return names.join(', ') + more;
}

function tablesOf({ index }: RestoreJob, { line }: PlannedItem, part: Part): TableLine[] {
  const chosen = new Set(part.relations.map(({ schema, tag }) => JSON.stringify([schema, tag])));
  return index.tables.filter(
    ({ database, schema, name }) =>
      database === line.name && chosen.has(JSON.stringify([schema, name])),
  );
}

interface MergeWork extends MergePlace {
  readonly job: RestoreJob;
  readonly item: PlannedItem;
  readonly part: Part;
  /** The staged `schema` archive. */
  readonly file: string;
  readonly tables: readonly TableLine[];
}

async function* script(work: MergeWork): AsyncGenerator<Uint8Array | string> {
  const { part, tables, job } = work;
  const tag = `holdfast_${randomBytes(8).toString('hex')}`;
  yield 'begin;\n';
  if (job.request.overwrite) yield makeRoom(work, tag);
  const before = part.entries.filter(({ section }) => section !== 'post-data');
  yield* sqlOf(work, { entries: before, section: 'pre-data' });
  for (const stream of dataStreams(work)) yield* rowsOf(work, stream);
  const after = part.entries.filter(({ section }) => section !== 'pre-data');
  yield* sqlOf(work, { entries: after, section: 'post-data' });
  yield `${pinnedSettings};\n`;
  for (const line of tables) yield assertTable(line, tag);
  yield 'commit;\n';
}

/** Whole schemas are emptied; single tables are dropped unless something else hangs on them. */
function makeRoom({ item, part }: MergeWork, tag: string): string {
  const whole = item.patterns.filter(({ wholeSchema }) => wholeSchema);
  const inWhole = (schema: string | null) =>
    schema !== null && whole.some((pattern) => pattern.matchesSchema(schema));
  const schemas = new Set(
    part.relations.flatMap(({ schema }) => (inWhole(schema) ? [schema] : [])),
  );
  const single = part.relations.filter(({ schema }) => !inWhole(schema));
  return (
    emptySchemas(
      [...schemas].filter((name) => name !== null),
      tag,
    ) + dropRelations(single)
  );
}

async function* sqlOf(
  { job, file, flags }: MergeWork,
  { entries, section }: { entries: readonly TocEntry[]; section: 'pre-data' | 'post-data' },
): AsyncGenerator<Uint8Array> {
  if (entries.length === 0) return;
  const list = `${file}.${section}.list`;
  const sql = `${file}.${section}.sql`;
  await writeFile(list, listFile(entries), { mode: 0o600 });
  await runRestore(job, [
    '-f',
    sql,
    ...flagArguments(flags),
    `--section=${section}`,
    `--use-list=${list}`,
    file,
  ]);
  yield await readFile(sql);
}

async function runRestore(job: RestoreJob, args: readonly string[]): Promise<void> {
  const command = tool({ installation: job.installation, program: 'pg_restore', args });
  await runTool(command, { signal: job.context.signal });
}

/** The streams that hold rows of the part, and `rest` for the positions of its sequences. */
function dataStreams({ job, item, tables }: MergeWork): string[] {
  const needed = new Set(tables.map(({ stream }) => stream));
  const rest = streamOfRole(job.set, item.line, 'rest');
  return [...item.line.streams.filter((name) => needed.has(name) && name !== rest), rest];
}

async function* rowsOf({ job, part, file }: MergeWork, stream: string): AsyncGenerator<Uint8Array> {
  const chosen = new Set(part.relations.map(({ schema, tag }) => JSON.stringify([schema, tag])));
  const toc = await readTocOfStream(job.set.open(stream));
  const entries = toc.filter(({ schema, tag }) => chosen.has(JSON.stringify([schema, tag])));
  if (entries.length === 0) return;
  const list = `${file}.${stream}.list`;
  await writeFile(list, listFile(entries), { mode: 0o600 });
  const args = ['-f', '-', '--section=data', `--use-list=${list}`];
  const command = tool({ installation: job.installation, program: 'pg_restore', args });
  yield* job.set.transform(stream, command);
}
