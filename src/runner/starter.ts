/** Writes the start of an execution, or finds the one that has its name. */
import { randomBytes } from 'node:crypto';
import { canonicalJson, type Json } from '../core/canonical-json.ts';
import { UsageError } from '../core/errors.ts';
import { executionName } from '../core/executions.ts';
import type { Clock } from './clock.ts';
import { loadDefinition, type Substitutions } from './definition/load.ts';
import type { Definition } from './definition/states-language.ts';
import { firstRecord } from './interpreter.ts';
import type { Journal } from './journal/journal.ts';
import type { ExecutionRecord, StoredExecution } from './journal/records.ts';
import { ownIdentity } from './processes/identity.ts';
import { checkSize } from './state-error.ts';

export interface StartOptions {
  /** Idempotent as in Step Functions: same name and input while it runs is the same execution. */
  readonly name?: string;
  readonly parent?: string;
}

export interface StarterParts {
  /** The text of each `state-machines/<name>.asl.json`, by name. */
  readonly machines: Readonly<Record<string, string>>;
  /** Values of the `${Name}` placeholders. */
  readonly substitutions: Substitutions;
  readonly journal: Journal;
  readonly clock: Clock;
}

/** As long as Step Functions keeps the history of what has ended. */
const historyDays = 90;
const pruneEveryMilliseconds = 3_600_000;
/** A subset of what Step Functions allows: names are also parts of keys in the vault. */
const namePattern = /^[A-Za-z0-9._-]{1,80}$/;

export type Begin = (
  machine: string,
  input: Json,
  start: StartOptions,
) => { readonly execution: StoredExecution; readonly begun: boolean };

/** @throws UsageError when the machine is unknown, or the name bad or taken */
export function openStarter({ machines, substitutions, journal, clock }: StarterParts): Begin {
  const definitions = new Map<string, Definition>();
  const definitionOf = (machine: string): Definition => {
    const known = definitions.get(machine);
    if (known !== undefined) return known;
    const text = machines[machine];
    if (text === undefined) throw unknownMachine(machine, Object.keys(machines));
    const definition = loadDefinition(machine, text, substitutions);
    definitions.set(machine, definition);
    return definition;
  };

  let pruned = new Date(0);
  const prune = (now: Date): void => {
    if (now.getTime() - pruned.getTime() < pruneEveryMilliseconds) return;
    pruned = now;
    journal.prune(new Date(now.getTime() - historyDays * 86_400_000));
  };

  return (machine, input, { name, parent }) => {
    const now = clock.now();
    const id = name ?? mintName(machine, now);
    if (!namePattern.test(id)) throw badName(id);
    checkSize(input, `the input of ${id}`);
    const definition = definitionOf(machine);
    const startedAt = now.toISOString();
    const base = { id, machine, definition, input, startedAt, aliveAt: startedAt };
    const execution: StoredExecution = {
      ...base,
      ...deadlineOf(definition, now),
      ...(parent === undefined ? {} : { parent }),
      status: 'RUNNING',
      owner: ownIdentity(),
      resumes: 0,
    };
    const { scope, event } = firstRecord(definition, { path: '', input }, now);
    const started = { type: 'ExecutionStarted', details: { input } };
    prune(now);
    if (journal.begin(execution, scope, [started, event])) return { execution, begun: true };
    const found = demand(journal, id);
    if (!isSameStart(found, execution)) throw nameTaken(found);
    return { execution: found, begun: false };
  };
}

function deadlineOf({ TimeoutSeconds: timeout }: Definition, now: Date): { deadline?: string } {
  if (timeout === undefined) return {};
  return { deadline: new Date(now.getTime() + timeout * 1000).toISOString() };
}

const isSameStart = (found: StoredExecution, asked: StoredExecution): boolean =>
  found.status === 'RUNNING' &&
  found.machine === asked.machine &&
  canonicalJson(found.input) === canonicalJson(asked.input);

export const mintName = (machine: string, now: Date): string =>
  executionName(machine, now, randomBytes(4).toString('hex'));

export function demand(journal: Journal, id: string): StoredExecution {
  const found = journal.executions.load(id);
  if (found !== undefined) return found;
  throw new UsageError(`there is no execution ${id} in the journal`, {
    code: 'EXECUTION_NOT_FOUND',
    hint: 'List them with: holdfast executions',
  });
}

const badName = (name: string): UsageError =>
  new UsageError(`"${name}" cannot name an execution`, {
    code: 'EXECUTION_NAME',
    hint: 'Use 1 to 80 letters, digits, ".", "_" and "-".',
  });

const nameTaken = ({ id, status }: ExecutionRecord): UsageError =>
  new UsageError(`ExecutionAlreadyExists: ${id} is ${status}`, {
    code: 'EXECUTION_EXISTS',
    hint: 'Start it under another name.',
  });

const unknownMachine = (machine: string, machines: readonly string[]): UsageError =>
  new UsageError(`there is no state machine ${machine}; there are ${machines.join(', ')}`, {
    code: 'MACHINE_NOT_FOUND',
    hint: 'State machines are the files state-machines/<name>.asl.json.',
  });
