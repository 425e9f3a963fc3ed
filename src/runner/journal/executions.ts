/** The table of executions: what was asked, how it ended, the wish to stop one. */
import { createHash } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import type { Json } from '../../core/canonical-json.ts';
import type { ExecutionFilter } from '../../core/executions.ts';
import type { Definition } from '../definition/states-language.ts';
import type { ProcessIdentity } from '../processes/identity.ts';
import { json, optionalJson, optionalText, type Row, text, toJson } from './column.ts';
import type { ExecutionEnd, ExecutionRecord, ExecutionStatus, StoredExecution } from './records.ts';

export type { ExecutionFilter };

const columns =
  'id, machine, status, input, output, error, cause, started_at, stopped_at, parent, owner, alive_at, resumes';

const sql = {
  insert: `insert into executions
     (id, machine, definition, input, status, started_at, deadline, parent, owner, alive_at)
     values (?, ?, ?, ?, 'RUNNING', ?, ?, ?, ?, ?) on conflict do nothing`,
  define: 'insert or ignore into definitions values (?, ?)',
  undefine: 'delete from definitions where hash not in (select definition from executions)',
  load: `select ${columns}, deadline,
     (select definition from definitions where hash = executions.definition) as definition
     from executions where id = ?`,
  list: `select ${columns} from executions where (?1 is null or machine = ?1)
     and (?2 is null or status = ?2) order by started_at desc, rowid desc limit ?3`,
  end: `update executions set status = ?, output = ?, error = ?, cause = ?, stopped_at = ? where id = ?`,
  requestStop: `update executions set stop_cause = ? where id = ? and status = 'RUNNING'`,
  stopRequests: `select id, stop_cause from executions where status = 'RUNNING' and stop_cause is not null`,
  lastSuccesses: `select machine, coalesce(json_extract(input, '$.source'), '') as source,
     max(stopped_at) as stopped_at
     from executions where status = 'SUCCEEDED' group by 1, 2`,
  ended: `select id from (
       select id, stopped_at,
       row_number() over (partition by machine order by started_at desc) as newer
       from executions where status <> 'RUNNING')
     where stopped_at < ? or newer > ?`,
  drop: 'delete from executions where id = ?',
} as const;

export function openExecutions(database: DatabaseSync) {
  const insert = database.prepare(sql.insert);
  const define = database.prepare(sql.define);
  const undefine = database.prepare(sql.undefine);
  const load = database.prepare(sql.load);
  const list = database.prepare(sql.list);
  const end = database.prepare(sql.end);
  const requestStop = database.prepare(sql.requestStop);
  const stopRequests = database.prepare(sql.stopRequests);
  const lastSuccesses = database.prepare(sql.lastSuccesses);
  const ended = database.prepare(sql.ended);
  const drop = database.prepare(sql.drop);

  return {
    insert: (execution: StoredExecution): boolean => {
      const { id, machine, definition, input, startedAt, deadline, parent, owner } = execution;
      const body = JSON.stringify(definition);
      const hash = createHash('sha256').update(body).digest('hex');
      define.run(hash, body);
      const values = [id, machine, hash, toJson(input), startedAt, deadline ?? null] as const;
      return insert.run(...values, parent ?? null, toJson(owner), startedAt).changes === 1;
    },
    load: (id: string): StoredExecution | undefined => {
      const row = load.get(id);
      return row && stored(row);
    },
    /** Newest first. */
    list: ({ machine, status, limit = 1_000 }: ExecutionFilter = {}): ExecutionRecord[] =>
      list.all(machine ?? null, status ?? null, limit).map(record),
    end: (id: string, { status, output, error, cause }: ExecutionEnd, at: Date): void => {
      end.run(status, toJson(output), error ?? null, cause ?? null, at.toISOString(), id);
    },
    requestStop: (id: string, cause: string): boolean => requestStop.run(cause, id).changes === 1,
    stopRequests: (): { id: string; cause: string }[] =>
      stopRequests.all().map((row) => ({ id: text(row, 'id'), cause: text(row, 'stop_cause') })),
    lastSuccesses: (): { machine: string; source: string; stoppedAt: string }[] =>
      lastSuccesses.all().map((row) => ({
        machine: text(row, 'machine'),
        source: text(row, 'source'),
        stoppedAt: text(row, 'stopped_at'),
      })),
    /** Ended before that time, or older than the newest `most` of their machine. */
    outdated: (before: Date, most: number): string[] =>
      ended.all(before.toISOString(), most).map((row) => text(row, 'id')),
    dropDefinitions: (): void => {
      undefine.run();
    },
    drop: (id: string): void => {
      drop.run(id);
    },
  };
}

function record(row: Row): ExecutionRecord {
  const output = optionalJson<Json>(row, 'output');
  const error = optionalText(row, 'error');
  const cause = optionalText(row, 'cause');
  const stoppedAt = optionalText(row, 'stopped_at');
  const parent = optionalText(row, 'parent');
  return {
    id: text(row, 'id'),
    machine: text(row, 'machine'),
    status: text(row, 'status') as ExecutionStatus,
    input: json<Json>(row, 'input'),
    startedAt: text(row, 'started_at'),
    owner: json<ProcessIdentity>(row, 'owner'),
    aliveAt: text(row, 'alive_at'),
    resumes: Number(row['resumes']),
    ...(output === undefined ? {} : { output }),
    ...(error === undefined ? {} : { error }),
    ...(cause === undefined ? {} : { cause }),
    ...(stoppedAt === undefined ? {} : { stoppedAt }),
    ...(parent === undefined ? {} : { parent }),
  };
}

function stored(row: Row): StoredExecution {
  const deadline = optionalText(row, 'deadline');
  const definition = json<Definition>(row, 'definition');
  return { ...record(row), definition, ...(deadline === undefined ? {} : { deadline }) };
}
