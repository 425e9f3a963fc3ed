/** One database of a set: snapshot, streams and fingerprint together, then its lines of the index. */
import type { Fingerprint } from '../../../core/config/source.ts';
import type { DumpSink } from '../../../core/ports/engine.ts';
import type { Connection } from '../connection.ts';
import { countObjects, readDatabaseFacts } from '../database-facts.ts';
import { countDatabase, type DatabaseCounts } from '../fingerprint/count-database.ts';
import { listSequences, readPositions, type SequencePosition } from '../fingerprint/sequences.ts';
import type { IndexLine, SequenceLine, TableLine } from '../index-lines.ts';
import type { Installation } from '../installation.ts';
import { withSession } from '../session.ts';
import type { PostgresContext, ServerFacts } from '../source.ts';
import type { SizedTable } from '../tables.ts';
import { dumpStreams, type StreamNames, streamNames } from './dump-streams.ts';
import { lockCapacity, lockNeed, parallelLockers } from './lock-budget.ts';
import { type Snapshot, withSnapshot } from './snapshot.ts';
import { planStreams, type StreamPlan } from './stream-plan.ts';

export interface DatabaseJob {
  readonly context: PostgresContext;
  readonly connection: Connection;
  readonly database: string;
  /** From 1. */
  readonly number: number;
  readonly installation: Installation;
  readonly server: ServerFacts;
  readonly fingerprint: Fingerprint;
  readonly sink: DumpSink;
}

export interface DumpedDatabase {
  readonly lines: readonly IndexLine[];
  readonly sizeBytes: number;
  readonly rows: number;
  readonly partialReasons: readonly string[];
}

const mostPrograms = 4;

export async function dumpDatabase(job: DatabaseJob): Promise<DumpedDatabase> {
  const failed = new AbortController();
  const signal = AbortSignal.any([job.context.signal, failed.signal]);
  const { lockTimeoutSeconds } = job.context.source;
  const lockers = await checkLocks(job, signal);
  return withSnapshot(job.connection, { lockTimeoutSeconds, signal }, async (snapshot) => {
    try {
      return await dumpSnapshot(job, { snapshot, lockers, signal });
    } catch (error) {
      // Ends the sessions that still count.
      failed.abort();
      throw error;
    }
  });
}

function checkLocks(job: DatabaseJob, signal: AbortSignal): Promise<1 | 2> {
  return withSession(job.connection, { side: 'source', signal }, async (session) =>
    parallelLockers(await lockNeed(session), await lockCapacity(session)),
  );
}

interface Taken {
  readonly snapshot: Snapshot;
  readonly lockers: 1 | 2;
  readonly signal: AbortSignal;
}

async function dumpSnapshot(job: DatabaseJob, taken: Taken): Promise<DumpedDatabase> {
  const { session } = taken.snapshot;
  const facts = await readDatabaseFacts(session);
  const { include, exclude } = job.context.source;
  const plan = planStreams(taken.snapshot.tables, {
    include,
    exclude,
    standby: job.server.standby,
    encoding: facts.encoding,
  });
  // Those of the snapshot: one that is made meanwhile is in no stream.
  const sequences = await listSequences(session);
  const positions = () =>
    withSession(job.connection, { side: 'source', signal: taken.signal }, (other) =>
      readPositions(other, sequences),
    );
  const before = await positions();
  const [counts] = await Promise.all([
    countPlan(job, taken, plan),
    dumpStreams({
      ...job,
      ...taken,
      plan,
      encoding: facts.encoding,
      parallel: Math.min(job.context.limits.concurrency, mostPrograms),
    }),
  ]);
  const after = await positions();
  const names = streamNames(job.number, plan);
  const tables = tableLines(job, { plan, counts, names });
  const database: IndexLine = {
    type: 'database',
    ...facts,
    objects: await countObjects(session),
    largeObjects: counts.largeObjects,
    streams: [names.schema, ...plan.big.map(names.data), names.rest],
  };
  return {
    lines: [database, ...tables, ...sequenceLines(job.database, before, after)],
    sizeBytes: facts.sizeBytes,
    rows: tables.reduce((sum, { rows }) => sum + (rows ?? 0), 0),
    partialReasons: await missingParts(job, plan, taken.snapshot),
  };
}

function countPlan(
  job: DatabaseJob,
  { snapshot, signal }: Taken,
  plan: StreamPlan,
): Promise<DatabaseCounts<SizedTable>> {
  let done = 0;
  return countDatabase({
    connection: job.connection,
    session: { side: 'source', signal },
    level: job.fingerprint,
    tables: [...plan.big, ...plan.rest],
    snapshotId: snapshot.id,
    onRows: (rows) => {
      done += rows;
      job.context.progress({ phase: `count ${job.database}`, done, unit: 'rows' });
    },
  });
}

interface Result {
  readonly plan: StreamPlan;
  readonly counts: DatabaseCounts<SizedTable>;
  readonly names: StreamNames;
}

function tableLines({ database }: DatabaseJob, { plan, counts, names }: Result): TableLine[] {
  const line = (table: SizedTable, stream: string | null): TableLine => ({
    type: 'table',
    database,
    schema: table.schema,
    name: table.name,
    stream,
    rows: counts.tables.get(table)?.rows ?? null,
    checksum: counts.tables.get(table)?.checksum ?? null,
  });
  return [
    ...plan.big.map((table) => line(table, names.data(table))),
    ...plan.rest.map((table) => line(table, names.rest)),
    ...plan.withoutRows.map((table) => line(table, null)),
  ];
}

function sequenceLines(
  database: string,
  before: readonly SequencePosition[],
  after: readonly SequencePosition[],
): SequenceLine[] {
  const key = ({ schema, name }: SequencePosition) => JSON.stringify([schema, name]);
  const last = new Map(after.map((one) => [key(one), one.position]));
  return before.map((one) => ({
    type: 'sequence',
    database,
    schema: one.schema,
    name: one.name,
    before: one.position,
    after: last.get(key(one)) ?? one.position,
  }));
}

/** What the dump had to leave out although nobody asked for it. */
async function missingParts(
  { server, database }: DatabaseJob,
  plan: StreamPlan,
  { session }: Snapshot,
): Promise<string[]> {
  const unlogged = server.standby ? plan.withoutRows.filter((table) => table.unlogged) : [];
  const reasons = unlogged.map(
    ({ schema, name }) =>
      `${database}: rows of the unlogged table ${schema}.${name} exist on the primary only`,
  );
  if (server.superuser) return reasons;
  const subscriptions = await session.query<{ name: string }>(`
    select subname::text as name from pg_subscription s join pg_database d on d.oid = s.subdbid
    where d.datname = current_database()`);
  return [
    ...reasons,
    ...subscriptions.map(
      ({ name }) => `${database}: only a superuser can back up the subscription ${name}`,
    ),
  ];
}
