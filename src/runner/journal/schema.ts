/** Opens the SQLite file: private, checked, of a known version; a damaged one is moved aside. */
import { closeSync, existsSync, mkdirSync, openSync, renameSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { JournalError } from '../../core/errors.ts';

const version = 1;

const tables = `
create table definitions (hash text primary key, definition text not null) strict, without rowid;
create table executions (
  id text primary key, machine text not null, definition text not null, input text not null,
  status text not null, output text, error text, cause text,
  started_at text not null, stopped_at text, deadline text, parent text,
  owner text not null, alive_at text not null, stop_cause text, resumes integer not null default 0
) strict;
create index executions_by_status on executions (status, started_at);
create index executions_by_time on executions (machine, started_at);
create table scopes (
  execution text not null, path text not null, record text not null,
  primary key (execution, path)
) strict, without rowid;
create table events (
  execution text not null, id integer not null, time text not null, scope text not null,
  type text not null, details text,
  primary key (execution, id)
) strict, without rowid;
create table tasks (
  mark text primary key, execution text not null, scope text not null, process text
) strict, without rowid;
create table tokens (
  token text primary key, execution text not null, outcome text, heartbeat_at text
) strict, without rowid;
create table slots (
  schedule text primary key, scheduled_time text not null
) strict, without rowid;
`;

export interface OpenOptions {
  readonly now: () => Date;
  /** Told when history was lost: where the damaged file went. */
  readonly onNotice?: (notice: string) => void;
}

/** @throws JournalError when the file cannot be made, or a newer Holdfast wrote it. */
export function openDatabase(path: string, options: OpenOptions): DatabaseSync {
  try {
    return openSound(path);
  } catch (cause) {
    if (!isDamage(cause)) throw unusable(path, cause);
  }
  const aside = `${path}.damaged-${options.now().toISOString().replaceAll(':', '')}`;
  moveAside(path, aside);
  options.onNotice?.(
    `The journal ${path} was damaged: its history is lost, no backup is. It was moved to ${aside}.`,
  );
  return openSound(path);
}

function openSound(path: string): DatabaseSync {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  // SQLite gives its -wal and -shm files the mode of this one.
  closeSync(openSync(path, 'a', 0o600));
  const database = new DatabaseSync(path, { timeout: 10_000 });
  try {
    prepare(database);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

function prepare(database: DatabaseSync): void {
  database.exec('pragma journal_mode = wal; pragma synchronous = full');
  const [check] = database.prepare('pragma quick_check(1)').all();
  if (check?.['quick_check'] !== 'ok') throw new Damage(String(check?.['quick_check']));
  database.exec('begin immediate');
  const found = Number(database.prepare('pragma user_version').get()?.['user_version']);
  if (found > version) {
    throw new JournalError(`the journal has version ${found}, this Holdfast knows ${version}`, {
      code: 'JOURNAL_VERSION',
      hint: 'Use the Holdfast that wrote it, or move the file away: only history is lost.',
    });
  }
  if (found === 0) database.exec(`${tables} pragma user_version = ${version};`);
  database.exec('commit');
}

class Damage extends Error {
  override name = 'Damage';
}

/** SQLITE_CORRUPT, SQLITE_NOTADB: https://www.sqlite.org/rescode.html; 1 is a table of another. */
const damageCodes = [1, 11, 26];
const isDamage = (error: unknown): boolean =>
  error instanceof Damage ||
  (error instanceof Error &&
    'errcode' in error &&
    damageCodes.includes(Number(error.errcode) & 0xff));

function moveAside(path: string, aside: string): void {
  for (const suffix of ['', '-wal', '-shm']) {
    if (existsSync(path + suffix)) renameSync(path + suffix, aside + suffix);
  }
}

function unusable(path: string, cause: unknown): JournalError {
  if (cause instanceof JournalError) return cause;
  const seen = cause instanceof Error ? cause.message : String(cause);
  return new JournalError(`the journal ${path} cannot be opened: ${seen}`, {
    code: 'JOURNAL_UNUSABLE',
    hint: 'Check that its directory is writable and has room.',
    cause,
  });
}
