/** The streams of one database: the programs that write them, how many at once. */
import pLimit from 'p-limit';
import { SourceError, ToolError } from '../../../core/errors.ts';
import type { DumpSink } from '../../../core/ports/engine.ts';
import { type Connection, tool } from '../connection.ts';
import type { Installation } from '../installation.ts';
import type { SizedTable } from '../tables.ts';
import type { Snapshot } from './snapshot.ts';
import { exactPattern, groupedPatterns, type StreamPlan } from './stream-plan.ts';

export interface StreamJob {
  readonly connection: Connection;
  readonly database: string;
  readonly installation: Installation;
  readonly snapshot: Snapshot;
  readonly plan: StreamPlan;
  readonly encoding: string;
  readonly sink: DumpSink;
  /** Programs at once. */
  readonly parallel: number;
  /** How many of them may hold a lock on every table. */
  readonly lockers: 1 | 2;
  /** Position of the database in the set, from 1: stream names allow few characters. */
  readonly number: number;
}

export interface StreamNames {
  readonly schema: string;
  readonly rest: string;
  data(table: SizedTable): string;
}

export function streamNames(number: number, plan: StreamPlan): StreamNames {
  return {
    schema: `${number}.schema`,
    rest: `${number}.rest`,
    data: (table) => `${number}.data.${plan.big.indexOf(table) + 1}`,
  };
}

/** Throws SourceError LOCK_CONFLICT and what the sink rejects with. */
export async function dumpStreams(job: StreamJob): Promise<void> {
  const limit = pLimit(job.parallel);
  try {
    await Promise.all(streamTasks(job).map(({ run }) => limit(run)));
  } catch (error) {
    throw isLockTimeout(error) ? lockConflict(job, error) : error;
  }
}

// Our own lock is granted already, so a program of ours waits only behind somebody who waits for
// that one: both wait until the time is up.
const queueTimeoutSeconds = 10;

const isLockTimeout = (error: unknown) =>
  error instanceof ToolError && /timeout[\s\S]*LOCK TABLE/.test(error.message);

function lockConflict({ database }: StreamJob, cause: unknown): SourceError {
  return new SourceError(
    `${database}: a TRUNCATE, DROP or ALTER of a table is waiting in front of the dump`,
    {
      code: 'LOCK_CONFLICT',
      hint: 'run the backup when no migration is under way; it is tried again by itself',
      retryable: true,
      cause,
    },
  );
}

interface Task {
  readonly sizeBytes: number;
  run(): Promise<unknown>;
}

/** The longest first, so that none is left running alone at the end. */
function streamTasks(job: StreamJob): Task[] {
  const { plan, sink, database } = job;
  const names = streamNames(job.number, plan);
  const schema = () =>
    sink.command({ name: names.schema, role: 'schema', unit: database }, schemaCommand(job));
  const rest = () =>
    sink.command({ name: names.rest, role: 'rest', unit: database }, restCommand(job));
  const restBytes = plan.rest.reduce((sum, table) => sum + table.sizeBytes, 0);
  const both: Task = { sizeBytes: restBytes, run: async () => [await schema(), await rest()] };
  const wide =
    job.lockers === 1
      ? [both]
      : [
          { sizeBytes: 0, run: schema },
          { ...both, run: rest },
        ];
  const big = plan.big.map((table) => ({
    sizeBytes: table.sizeBytes,
    run: () =>
      sink.command(
        { name: names.data(table), role: 'data', unit: database },
        dumpCommand(job, ['--section=data', '-t', exactPattern(table)]),
      ),
  }));
  return [...big, ...wide].sort((a, b) => b.sizeBytes - a.sizeBytes);
}

const schemaCommand = (job: StreamJob) =>
  dumpCommand(job, ['--section=pre-data', '--section=post-data']);

/** Everything that no other stream holds, so that nothing falls between them: sequences and large objects too. */
function restCommand(job: StreamJob) {
  const elsewhere = [...job.plan.big, ...job.plan.withoutRows];
  const patterns = groupedPatterns(elsewhere, job.encoding);
  return dumpCommand(job, [
    '--section=data',
    ...patterns.map((pattern) => `--exclude-table-data=${pattern}`),
  ]);
}

function dumpCommand(job: StreamJob, what: readonly string[]) {
  return tool({
    installation: job.installation,
    program: 'pg_dump',
    connection: job.connection,
    args: [
      '--format=custom',
      '--compress=0',
      '--quote-all-identifiers',
      '--no-password',
      `--snapshot=${job.snapshot.id}`,
      `--lock-wait-timeout=${queueTimeoutSeconds * 1000}`,
      ...what,
    ],
  });
}
