/** What of a set is meant by `--only`, and into which databases it goes. Pure. */
import { UsageError } from '../../../core/errors.ts';
import type { DatabaseLine, SetIndex } from '../index-lines.ts';
import { type OnlyPattern, parseOnlyPattern } from '../patterns.ts';

export interface SelectedDatabase {
  readonly line: DatabaseLine;
  /** The database's name on the target. */
  readonly name: string;
  /** Empty: the database as a whole. */
  readonly patterns: readonly OnlyPattern[];
}

/** Throws UsageError ONLY_INVALID, ONLY_MATCHES_NOTHING or TARGET_AMBIGUOUS. */
export function selectDatabases(
  index: SetIndex,
  only: readonly string[],
  targetDatabase: string | undefined,
): SelectedDatabase[] {
  const patterns = only.map(parsed);
  const selected = index.databases
    .map((line) => ({ line, name: line.name, patterns: patternsFor(line, patterns) }))
    .filter((one) => only.length === 0 || one.patterns !== undefined)
    .map((one) => ({ ...one, patterns: one.patterns ?? [] }));
  const useless = patterns.find((pattern) => !index.databases.some(hasPart(index, pattern)));
  if (useless !== undefined) throw matchesNothing(useless, index);
  if (targetDatabase === undefined) return selected;
  const [single, ...others] = selected;
  if (single === undefined || others.length > 0) throw ambiguous(targetDatabase, selected);
  return [{ ...single, name: targetDatabase }];
}

function parsed(text: string): OnlyPattern {
  try {
    return parseOnlyPattern(text);
  } catch (cause) {
    throw new UsageError(`--only ${text}: ${(cause as Error).message}`, {
      code: 'ONLY_INVALID',
      hint: 'quote the pattern for the shell: --only "public.*"',
    });
  }
}

/** Undefined: not selected; empty: whole. */
function patternsFor(
  line: DatabaseLine,
  patterns: readonly OnlyPattern[],
): readonly OnlyPattern[] | undefined {
  const own = patterns.filter((pattern) => pattern.matchesDatabase(line.name));
  if (own.length === 0) return undefined;
  return own.some(({ table }) => table === undefined) ? [] : own;
}

function hasPart(index: SetIndex, pattern: OnlyPattern): (line: DatabaseLine) => boolean {
  return (line) => pattern.matchesDatabase(line.name) && index.databases.includes(line);
}

function matchesNothing(pattern: OnlyPattern, index: SetIndex): UsageError {
  const databases = index.databases.map(({ name }) => name).join(', ');
  return new UsageError(`--only ${pattern.text}: the set has no such database, only ${databases}`, {
    code: 'ONLY_MATCHES_NOTHING',
    hint: 'a table is written schema.table, everything in a schema schema.*',
  });
}

function ambiguous(target: string, selected: readonly SelectedDatabase[]): UsageError {
  const names = selected.map(({ name }) => name).join(', ');
  return new UsageError(`one database, ${target}, cannot take ${selected.length}: ${names}`, {
    code: 'TARGET_AMBIGUOUS',
    hint: 'pick one with --only DATABASE, or name the server alone: --to postgres://user@host:port/',
  });
}

export type RestoreMode =
  /** Beside, then renamed to the name that nobody has. */
  | 'create'
  /** Beside, compared, then swapped with the database of that name. */
  | 'replace'
  /** Straight into an empty database, where no other may be created. */
  | 'fill'
  /** Some schemas or tables into a database that exists, in one transaction. */
  | 'merge';

export interface TargetState {
  readonly state: 'absent' | 'empty' | 'occupied';
  readonly mayCreate: boolean;
  readonly mayReplace: boolean;
}

/** Or why not. */
export function decideMode(
  { state, mayCreate, mayReplace }: TargetState,
  request: { readonly partial: boolean; readonly overwrite: boolean },
): RestoreMode | 'not-empty' | 'may-not-create' | 'may-not-replace' {
  if (state === 'absent') return mayCreate ? 'create' : 'may-not-create';
  if (request.partial) return 'merge';
  if (state === 'empty') return mayReplace ? 'replace' : 'fill';
  if (!request.overwrite) return 'not-empty';
  return mayReplace ? 'replace' : 'may-not-replace';
}
