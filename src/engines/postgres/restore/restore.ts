/**
 * A restore: every database is filled beside and compared first; only when all are good do they get
 * their names. Until then the target is as it was.
 */
import type {
  Comparison,
  RestorePlan,
  RestoreReport,
  RestoreRequest,
  SetReader,
} from '../../../core/ports/engine.ts';
import { openSession, withSession } from '../session.ts';
import type { PostgresContext } from '../source.ts';
import { assertEqual, compareDatabase, mergeComparisons } from './compare.ts';
import { commentStatement, settingStatements } from './database-settings.ts';
import { type LoadFlags, loadDatabase } from './load.ts';
import { type Merged, mergePart } from './merge.ts';
import { assertPossible, type PlannedItem, preflight } from './preflight.ts';
import { connectionOf, placeOf, type RestoreJob, withRestoreJob } from './restore-job.ts';
import { createRoles, dropRoles } from './roles.ts';
import { createSideDatabase, dropAbandoned, dropDatabase, promote } from './target-database.ts';

export function planRestore(
  context: PostgresContext,
  request: RestoreRequest,
  set: SetReader,
): Promise<RestorePlan> {
  return withRestoreJob({ context, request, set }, async (job) => {
    const { findings, actions } = await preflight(job);
    return {
      target: placeOf(job),
      findings: findings.map(({ code: _, ...finding }) => finding),
      actions,
    };
  });
}

/** Throws UsageError, TargetError, ToolError, IntegrityError, ComparisonError. */
export function restore(
  context: PostgresContext,
  request: RestoreRequest,
  set: SetReader,
): Promise<RestoreReport> {
  return withRestoreJob({ context, request, set }, async (job) => {
    const planned = await preflight(job);
    assertPossible(planned, job);
    await dropAbandoned(job.server);
    const comparisons = await withRoles(job, planned.flags, () =>
      restoreAll(job, planned.items, planned.flags),
    );
    const comparison = mergeComparisons(set.manifest.fingerprint, comparisons.results);
    return {
      target: placeOf(job),
      comparison,
      totals: comparison.rows === undefined ? {} : { rows: comparison.rows },
      notes: [...notesOf(job, planned.flags), ...comparisons.notes],
    };
  });
}

async function withRoles<T>(job: RestoreJob, flags: LoadFlags, use: () => Promise<T>): Promise<T> {
  if (!flags.owners || job.missingRoles.length === 0) return await use();
  await createRoles(job.server, job.missingRoles, job.facts);
  try {
    return await use();
  } catch (error) {
    await withSession(job.connection, { side: 'target' }, (session) =>
      dropRoles(session, job.missingRoles),
    ).catch(() => undefined);
    throw error;
  }
}

function notesOf({ index, missingRoles, facts }: RestoreJob, flags: LoadFlags): string[] {
  const created = missingRoles.map(({ role }) => role).join(', ');
  const without = index.server.globals === 'no-passwords' ? ', without passwords' : '';
  return [
    ...(flags.owners && created !== '' ? [`roles created${without}: ${created}`] : []),
    ...(flags.owners
      ? []
      : [`everything belongs to ${facts.user}: owners and grants were left out`]),
    ...(flags.tablespaces ? [] : ['everything lies in the default tablespace']),
  ];
}

interface Filled extends Merged {
  readonly item: PlannedItem;
  /** Absent where the restore went straight into the database. */
  readonly side?: string;
  release(): Promise<void>;
}

interface Restored {
  readonly results: readonly Comparison[];
  readonly notes: readonly string[];
}

async function restoreAll(
  job: RestoreJob,
  items: readonly PlannedItem[],
  flags: LoadFlags,
): Promise<Restored> {
  const filled: Filled[] = [];
  const notes: string[] = [];
  try {
    // What cannot be taken back comes last.
    const order = [...items].sort(
      (a, b) => Number(a.mode === 'merge') - Number(b.mode === 'merge'),
    );
    for (const item of order) filled.push(await fill(job, item, flags));
    for (const one of filled) notes.push(...(await finish(job, one)));
  } catch (error) {
    await dropSides(job, filled);
    throw error;
  }
  return { results: filled.map(({ comparison }) => comparison), notes };
}

/** The job's own session may have ended with what failed. */
async function dropSides(
  job: RestoreJob,
  filled: readonly Pick<Filled, 'side' | 'release'>[],
): Promise<void> {
  const sides = filled.flatMap(({ side }) => (side === undefined ? [] : [side]));
  if (sides.length === 0) return;
  const session = await openSession(job.connection, { side: 'target' });
  for (const one of filled) await one.release();
  for (const side of sides) await dropDatabase(session, side).catch(() => undefined);
  await session.close();
}

async function fill(job: RestoreJob, item: PlannedItem, flags: LoadFlags): Promise<Filled> {
  if (item.mode === 'merge' || item.mode === 'fill') {
    const merged = await fillAndCompare(job, item, { flags, database: item.name, fresh: false });
    return { item, ...merged, release: async () => undefined };
  }
  const side = await createSideDatabase(job.server, item.line);
  // Tells other restores that somebody is at work in it.
  const guard = await openSession(connectionOf(job, side), { side: 'target' });
  const release = () => guard.close();
  try {
    const merged = await fillAndCompare(job, item, { flags, database: side, fresh: true });
    return { item, ...merged, side, release };
  } catch (error) {
    await dropSides(job, [{ side, release }]);
    throw error;
  }
}

interface Place {
  readonly flags: LoadFlags;
  readonly database: string;
  readonly fresh: boolean;
}

async function fillAndCompare(
  job: RestoreJob,
  item: PlannedItem,
  { flags, database, fresh }: Place,
): Promise<Merged> {
  const { context, set, installation, jobs, index } = job;
  const connection = connectionOf(job, database);
  const { line } = item;
  if (item.patterns.length > 0) return await mergePart(job, item, { flags, connection, fresh });
  await loadDatabase({ context, set, installation, jobs, line, connection, flags });
  const comparison = await compareDatabase({
    connection,
    level: set.manifest.fingerprint,
    database: line.name,
    whole: line,
    tables: index.tables.filter((table) => table.database === line.name),
    sequences: index.sequences.filter((sequence) => sequence.database === line.name),
    signal: context.signal,
  });
  assertEqual(comparison, connection);
  return { comparison, notes: [] };
}

/** Settings, then the name. Returns what could not be replayed. */
async function finish(job: RestoreJob, filled: Filled): Promise<string[]> {
  const { server } = job;
  const { item, side, release } = filled;
  const { line, name, mode } = item;
  if (mode === 'merge') return [...filled.notes];
  const statements = settingStatements(line, side ?? name);
  const comment = side === undefined ? [commentStatement(name, line.comment)] : [];
  const notes = [...filled.notes, ...(await replay(job, [...statements, ...comment]))];
  await release();
  if (side === undefined) return notes;
  const ender = await openSession(job.connection, { side: 'target' });
  try {
    const replaces = mode === 'replace';
    const old = await promote(server, ender, { side, name, replaces, comment: line.comment });
    if (old === undefined) return notes;
    return [...notes, ...(await dropReplaced(job, old))];
  } finally {
    await ender.close();
  }
}

async function replay({ server }: RestoreJob, statements: readonly string[]): Promise<string[]> {
  const notes: string[] = [];
  for (const statement of statements) {
    await server.query(statement).catch((error: Error) => {
      notes.push(`not replayed: ${statement} (${error.message})`);
    });
  }
  return notes;
}

async function dropReplaced({ server }: RestoreJob, old: string): Promise<string[]> {
  try {
    await dropDatabase(server, old);
    return [];
  } catch (error) {
    return [`the replaced database is still there as ${old}: ${(error as Error).message}`];
  }
}
