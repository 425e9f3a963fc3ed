/** The table of executions: their state, their owner, the wish to stop one. */
import type { DatabaseSync } from 'node:sqlite';
import type { Json } from '../../core/canonical-json.ts';
import type { Definition } from '../definition/states-language.ts';
import type { ProcessIdentity } from '../processes/identity.ts';
import { json, optionalJson, optionalText, type Row, text, toJson } from './column.ts';
import type { ExecutionEnd, ExecutionRecord, ExecutionStatus, StoredExecution } from './records.ts';

export interface ExecutionFilter {
  readonly machine?: string;
  readonly status?: ExecutionStatus;
  readonly limit?: number;
}

const columns =
  'id, machine, status, input, output, error, cause, started_at, stopped_at, parent, owner, resumes';

const sql = {
  insert: `insert into executions (id, machine, definition, input, status, started_at, deadline, parent, owner)
     values (?, ?, ?, ?, 'RUNNING', ?, ?, ?, ?) on conflict do nothing`,
  load: `select ${columns}, definition, deadline from executions where id = ?`,
  list: `select ${columns} from executions where (?1 is null or machine = ?1)
     and (?2 is null or status = ?2) order by started_at desc, rowid desc limit ?3`,
  owned: 'select 1 from executions where id = ? and owner = ?',
  claim: `update executions set owner = ?, resumes = resumes + 1
     where id = ? and owner = ? and status = 'RUNNING'`,
  end: `update executions set status = ?, output = ?, error = ?, cause = ?, stopped_at = ? where id = ?`,
  requestStop: `update executions set stop_cause = ? where id = ? and status = 'RUNNING'`,
  stopRequests: `select id, stop_cause from executions where status = 'RUNNING' and stop_cause is not null`,
  lastSuccesses: `select machine, coalesce(json_extract(input, '$.source'), '') as source,
     max(stopped_at) as stopped_at
     from executions where status = 'SUCCEEDED' group by 1, 2`,
  ended: 'select id from executions where stopped_at < ?',
  drop: 'delete from executions where id = ?',
} as const;

export function openExecutions(database: DatabaseSync) {
  const insert = database.prepare(sql.insert);
  const load = database.prepare(sql.load);
  const list = database.prepare(sql.list);
  const owned = database.prepare(sql.owned);
  const claim = database.prepare(sql.claim);
  const end = database.prepare(sql.end);
  const requestStop = database.prepare(sql.requestStop);
  const stopRequests = database.prepare(sql.stopRequests);
  const lastSuccesses = database.prepare(sql.lastSuccesses);
  const ended = database.prepare(sql.ended);
  const drop = database.prepare(sql.drop);

  return {
    insert: (execution: StoredExecution): boolean => {
      const { id, machine, definition, input, startedAt, deadline, parent, owner } = execution;
      const values = [id, machine, toJson(definition), toJson(input), startedAt] as const;
      const { changes } = insert.run(...values, deadline ?? null, parent ?? null, toJson(owner));
      return changes === 1;
    },
    load: (id: string): StoredExecution | undefined => {
      const row = load.get(id);
      return row && stored(row);
    },
    /** Newest first. */
    list: ({ machine, status, limit = 1_000 }: ExecutionFilter = {}): ExecutionRecord[] =>
      list.all(machine ?? null, status ?? null, limit).map(record),
    isOwnedBy: (id: string, owner: ProcessIdentity) => owned.get(id, toJson(owner)) !== undefined,
    /** Takes a running execution over from `from`; false when somebody else was faster. */
    claim: (id: string, from: ProcessIdentity, to: ProcessIdentity): boolean =>
      claim.run(toJson(to), id, toJson(from)).changes === 1,
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
    endedBefore: (time: Date): string[] =>
      ended.all(time.toISOString()).map((row) => text(row, 'id')),
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
