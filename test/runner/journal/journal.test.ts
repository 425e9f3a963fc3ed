import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openJournal } from '../../../src/runner/journal/journal.ts';
import type { ScopeRecord, StoredExecution } from '../../../src/runner/journal/records.ts';
import { ownIdentity } from '../../../src/runner/processes/identity.ts';

let directory: string;
let path: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'holdfast-journal-'));
  path = join(directory, 'state', 'journal.db');
});
afterEach(() => rmSync(directory, { recursive: true }));

const now = () => new Date('2026-11-21T02:00:00.000Z');
const open = (notices: string[] = []) =>
  openJournal(path, { now, onNotice: (notice) => notices.push(notice) });

const execution = (id: string): StoredExecution => ({
  id,
  machine: 'backup',
  definition: { QueryLanguage: 'JSONata', StartAt: 'A', States: {} },
  input: { source: 'orders' },
  status: 'RUNNING',
  startedAt: now().toISOString(),
  owner: ownIdentity(),
  aliveAt: now().toISOString(),
  resumes: 0,
});
const scope = (at: string): ScopeRecord => ({
  path: at,
  state: 'A',
  visit: 1,
  input: {},
  variables: {},
  progress: { enteredAt: now().toISOString(), attempt: 0, retries: [] },
});

describe('the journal', () => {
  it('is for its owner alone', () => {
    const journal = open();
    journal.begin(execution('one'), scope(''));
    const modes = readdirSync(join(directory, 'state')).map((name) => [
      name,
      statSync(join(directory, 'state', name)).mode & 0o777,
    ]);
    expect(Object.fromEntries(modes)).toEqual({
      'journal.db': 0o600,
      'journal.db-shm': 0o600,
      'journal.db-wal': 0o600,
    });
    expect(statSync(join(directory, 'state')).mode & 0o777).toBe(0o700);
    journal.close();
  });

  it('keeps what was begun', () => {
    open().begin(execution('one'), scope(''));
    const journal = open();
    expect(journal.executions.load('one')).toEqual(execution('one'));
    expect(journal.scopes.load('one')).toEqual([scope('')]);
    expect(journal.begin(execution('one'), scope(''))).toBe(false);
    journal.close();
  });

  it('is moved aside when it is damaged, and says so', () => {
    const journal = open();
    for (let n = 0; n < 200; n += 1) journal.begin(execution(`run-${n}`), scope(''));
    journal.close();
    const bytes = readFileSync(path);
    bytes.fill(0x5a, 4096, 4096 * 6);
    writeFileSync(path, bytes);
    const notices: string[] = [];
    const fresh = open(notices);
    expect(fresh.executions.list()).toEqual([]);
    expect(fresh.begin(execution('one'), scope(''))).toBe(true);
    fresh.close();
    expect(notices.join()).toMatch(/was damaged: its history is lost, no backup is/);
    expect(readdirSync(join(directory, 'state')).join()).toMatch(/journal\.db\.damaged-2026/);
  });

  it('is moved aside when it is no database', () => {
    open().close();
    writeFileSync(path, 'this is no database, and long enough to be looked at as one'.repeat(20));
    const notices: string[] = [];
    open(notices).close();
    expect(notices).toHaveLength(1);
  });

  it('that was removed in use is missed by its probe', () => {
    const journal = open();
    expect(() => journal.probe()).not.toThrow();
    rmSync(path);
    expect(() => journal.probe()).toThrow(/was removed/);
    journal.close();
  });

  it('of a newer Holdfast is left alone', () => {
    open().close();
    const database = new DatabaseSync(path);
    database.exec('pragma user_version = 99');
    database.close();
    expect(() => open()).toThrow(/version 99/);
  });

  it('in a place that cannot be made is an error with a hint', () => {
    writeFileSync(join(directory, 'state'), 'a file');
    expect(() => open()).toThrow(/cannot be opened/);
  });

  it('takes nothing from one that does not own the execution', () => {
    const journal = open();
    journal.begin(execution('one'), scope(''));
    const other = { ...ownIdentity(), pid: 1, started: '1' };
    expect(() => journal.record(other, { execution: 'one', events: [{ type: 'X' }] })).toThrow(
      'one',
    );
    expect(journal.history.count('one')).toBe(0);
    expect(journal.owners.claim('one', other, ownIdentity())).toBe(false);
    expect(journal.owners.claim('one', ownIdentity(), other)).toBe(true);
    journal.close();
  });

  it('drops the scopes below one, not beside it', () => {
    const journal = open();
    journal.begin(execution('one'), scope(''));
    const record = (at: string) =>
      journal.record(ownIdentity(), { execution: 'one', scope: scope(at) });
    for (const at of ['2.0.1', '2.0.1/1.0.0', '2.0.10', '2.0.10/1.0.0']) record(at);
    journal.record(ownIdentity(), { execution: 'one', dropBelow: '2.0.1' });
    const paths = () => journal.scopes.load('one').map(({ path: at }) => at);
    expect(paths().sort()).toEqual(['', '2.0.1', '2.0.10', '2.0.10/1.0.0']);
    journal.record(ownIdentity(), { execution: 'one', dropBelow: '' });
    expect(paths()).toEqual(['']);
    journal.close();
  });

  it('forgets what ended long ago, and nothing that runs', () => {
    const journal = open();
    for (const id of ['old', 'running']) {
      journal.begin(execution(id), scope(''), [{ type: 'ExecutionStarted' }]);
    }
    journal.record(ownIdentity(), { execution: 'old', end: { status: 'SUCCEEDED', output: 1 } });
    expect(journal.prune(now())).toBe(0);
    expect(journal.prune(new Date('2027-03-01T00:00:00Z'))).toBe(1);
    expect(journal.executions.list().map(({ id }) => id)).toEqual(['running']);
    expect(journal.history.count('old')).toBe(0);
    journal.close();
  });

  it('keeps only the newest of each machine beyond a number', () => {
    const journal = open();
    for (const id of ['a', 'b', 'c']) {
      journal.begin({ ...execution(id), startedAt: `2026-11-21T02:00:0${id}Z` }, scope(''));
      if (id !== 'a')
        journal.record(ownIdentity(), { execution: id, end: { status: 'SUCCEEDED' } });
    }
    expect(journal.prune(new Date(0), 1)).toBe(1);
    expect(journal.executions.list().map(({ id }) => id)).toEqual(['c', 'a']);
    expect(journal.executions.load('c')?.definition).toEqual(execution('c').definition);
    journal.close();
  });
});
