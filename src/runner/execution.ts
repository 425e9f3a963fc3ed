/** One execution in the hands of this process: where its scopes stand, and how they are journaled. */
import type { Clock } from './clock.ts';
import type { Journal } from './journal/journal.ts';
import type { NewEvent, ScopeRecord, StoredExecution, Transition } from './journal/records.ts';
import { ownIdentity } from './processes/identity.ts';
import type { Resources } from './resources/resource.ts';
import { StateError } from './state-error.ts';

/** Developer guide, "Quotas": the history of a Standard execution. */
const historyLimit = 25_000;

export interface ExecutionParts {
  readonly journal: Journal;
  readonly clock: Clock;
  readonly random: () => number;
  readonly resources: Resources;
  readonly signal: AbortSignal;
}

export interface Execution extends ExecutionParts {
  readonly record: StoredExecution;
  readonly arn: string;
  scope(path: string): ScopeRecord | undefined;
  /** Writes to the journal first, then to memory. */
  commit(change: Omit<Transition, 'execution'>): void;
}

export function openExecution(record: StoredExecution, parts: ExecutionParts): Execution {
  const { journal } = parts;
  const owner = ownIdentity();
  const scopes = new Map(journal.scopes.load(record.id).map((scope) => [scope.path, scope]));
  let events = journal.history.count(record.id);

  return {
    ...parts,
    record,
    arn: executionArn(record),
    scope: (path) => scopes.get(path),
    commit: (change) => {
      events += change.events?.length ?? 0;
      if (events > historyLimit && change.end === undefined) throw tooLong();
      journal.record(owner, { execution: record.id, ...change });
      const { scope, dropBelow } = change;
      if (dropBelow !== undefined) forget(scopes, dropBelow);
      if (scope !== undefined) scopes.set(scope.path, scope);
    },
  };
}

function forget(scopes: Map<string, ScopeRecord>, path: string): void {
  for (const known of scopes.keys()) {
    if (known !== path && (path === '' || known.startsWith(`${path}/`))) scopes.delete(known);
  }
}

const tooLong = (): StateError =>
  new StateError('States.Runtime', `The history has reached ${historyLimit} events`);

/** Names on one machine have no region and no account. */
export const executionArn = ({ machine, id }: { machine: string; id: string }): string =>
  `arn:aws:states:local:000000000000:execution:${machine}:${id}`;
export const machineArn = (machine: string): string =>
  `arn:aws:states:local:000000000000:stateMachine:${machine}`;

/** `TaskStateEntered`; Step Functions has none of its own for leaving a Fail. */
export const stateEvent = (
  type: string,
  moment: 'Entered' | 'Exited',
  details: NewEvent['details'],
): NewEvent => ({
  type: `${type}State${moment}`,
  ...(details === undefined ? {} : { details }),
});
