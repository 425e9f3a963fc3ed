/**
 * The journal of executions: a SQLite file that several processes may have open. A transition is
 * one transaction, committed to disk before it takes effect; only the owner's count.
 */
import { statSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import { JournalError } from '../../core/errors.ts';
import type { ProcessIdentity } from '../processes/identity.ts';
import { openExecutions } from './executions.ts';
import { openHistory } from './history.ts';
import { openOwners } from './owners.ts';
import type { ExecutionEnd, ScopeRecord, StoredExecution, Transition } from './records.ts';
import { type OpenOptions, openDatabase } from './schema.ts';
import { openScopes } from './scopes.ts';
import { openSlots } from './slots.ts';
import { openTasks } from './tasks.ts';
import { openTokens } from './tokens.ts';

export type Journal = ReturnType<typeof openJournal>;

/** Another process took the execution over: what this one still does must not count. */
export class OwnershipLost extends Error {
  override name = 'OwnershipLost';
}

/**
 * Opens the journal, creating it (mode 0600) where there is none.
 * @throws JournalError when it cannot be used; a damaged file is moved aside instead.
 */
export function openJournal(path: string, options: OpenOptions) {
  const database = openDatabase(path, options);
  const inode = statSync(path).ino;
  const executions = openExecutions(database);
  const owners = openOwners(database, options.now);
  const history = openHistory(database, options.now);
  const scopes = openScopes(database);
  const tasks = openTasks(database);
  const tokens = openTokens(database);
  const within = <T>(work: () => T): T => transaction(database, path, work);

  const saveStep = ({ execution, scope, dropBelow, events = [] }: Transition): void => {
    if (scope !== undefined) scopes.save(execution, scope);
    if (dropBelow !== undefined) scopes.dropBelow(execution, dropBelow);
    history.append(execution, scope?.path ?? '', events);
  };
  const saveEnd = (execution: string, end: ExecutionEnd): void => {
    executions.end(execution, end, options.now());
    scopes.drop(execution);
    tokens.drop(execution);
  };

  return {
    path,
    executions,
    owners,
    history,
    scopes,
    tasks,
    tokens,
    slots: openSlots(database),

    /** Writes a new execution with its first scope; false when the name is taken. */
    begin: (execution: StoredExecution, scope: ScopeRecord, events: Transition['events'] = []) =>
      within(() => {
        if (!executions.insert(execution)) return false;
        scopes.save(execution.id, scope);
        history.append(execution.id, '', events);
        return true;
      }),

    /** @throws OwnershipLost when `owner` is no longer the execution's. */
    record: (owner: ProcessIdentity, transition: Transition) =>
      within(() => {
        if (!owners.has(transition.execution, owner)) {
          throw new OwnershipLost(transition.execution);
        }
        saveStep(transition);
        if (transition.end !== undefined) saveEnd(transition.execution, transition.end);
      }),

    /** Forgets what ended before, and all but the newest of each machine; returns how many went. */
    prune: (before: Date, mostPerMachine = 10_000) =>
      within(() => {
        const outdated = executions.outdated(before, mostPerMachine);
        for (const id of outdated) {
          history.drop(id);
          executions.drop(id);
        }
        executions.dropDefinitions();
        return outdated.length;
      }),

    /** Proves that a transition could be written now, and be found. @throws JournalError */
    probe: () => {
      within(() => database.exec('update slots set scheduled_time = scheduled_time'));
      if (statSync(path, { throwIfNoEntry: false })?.ino !== inode) throw removed(path);
    },

    close: () => database.close(),
  };
}

const removed = (path: string): JournalError =>
  new JournalError(`the journal ${path} was removed while it was in use`, {
    code: 'JOURNAL_REMOVED',
    hint: 'Restart holdfast serve: it begins a new journal.',
  });

function transaction<T>(database: DatabaseSync, path: string, work: () => T): T {
  try {
    database.exec('begin immediate');
    const result = work();
    database.exec('commit');
    return result;
  } catch (cause) {
    if (database.isOpen && database.isTransaction) database.exec('rollback');
    if (cause instanceof OwnershipLost) throw cause;
    const seen = cause instanceof Error ? cause.message : String(cause);
    throw new JournalError(`the journal ${path} was not written: ${seen}`, {
      code: 'JOURNAL_WRITE',
      hint: 'Make room or repair the disk, then run: holdfast executions resume',
      cause,
    });
  }
}
