/** Which set a person means by `--at latest`, a time or a backup id. */
import { type BackupId, backupTime, isBackupId } from './backup-id.ts';
import { IntegrityError, UsageError } from './errors.ts';

export interface SetCandidate {
  readonly id: BackupId;
  /** A manifest exists and reads well. */
  readonly committed: boolean;
  readonly partial: boolean;
  /** It was committed once, and its manifest is gone or damaged. */
  readonly problem?: IntegrityError | undefined;
}

export interface ChosenSet {
  readonly id: BackupId;
  readonly partial: boolean;
}

/**
 * `latest`: the newest committed set that is not partial. A time: the newest such set not after it.
 * A backup id: that set, partial too. Throws UsageError `BACKUP_NOT_FOUND`, `TIME_INVALID`, and
 * IntegrityError `SET_DAMAGED` rather than falling back behind a damaged set: an older state of the
 * data is chosen by a person, never by a fault.
 */
export function chooseSet(
  source: string,
  candidates: readonly SetCandidate[],
  at: string,
): ChosenSet {
  if (isBackupId(at)) return byId(source, candidates, at);
  const limit = at === 'latest' ? undefined : parseTime(at);
  const [newest] = candidates
    .filter(({ id }) => limit === undefined || backupTime(id) <= limit)
    .filter(({ committed, partial, problem }) => problem || (committed && !partial))
    .toSorted((a, b) => (a.id < b.id ? 1 : -1));
  if (newest?.problem) throw damaged(source, newest.problem);
  if (newest) return { id: newest.id, partial: false };
  throw notFound(source, describe(at, candidates));
}

function byId(source: string, candidates: readonly SetCandidate[], id: BackupId): ChosenSet {
  const found = candidates.find((candidate) => candidate.id === id);
  if (found?.problem) throw damaged(source, found.problem);
  if (found?.committed) return { id, partial: found.partial };
  throw notFound(source, found ? `${id} was never committed` : `there is no ${id}`);
}

function damaged(source: string, problem: IntegrityError): IntegrityError {
  return new IntegrityError(problem.message, {
    code: 'SET_DAMAGED',
    hint: `Take another by its id (\`holdfast list ${source}\`), or one from a copy (\`--from\`).`,
    cause: problem,
  });
}

/** ISO 8601; a date alone is its last instant in UTC, a time without zone is UTC. */
function parseTime(at: string): Date {
  const dateOnly = /^\d{4}-\d{2}-\d{2}$/.test(at);
  const zoned = /(Z|[+-]\d{2}:?\d{2})$/i.test(at);
  const time = new Date(dateOnly ? `${at}T23:59:59.999Z` : zoned ? at : `${at.replace(' ', 'T')}Z`);
  if (/^\d{4}-/.test(at) && !Number.isNaN(time.getTime())) return time;
  throw new UsageError(`"${at}" is neither "latest", nor a time, nor a backup id`, {
    code: 'TIME_INVALID',
    hint: 'Times look like 2026-11-21T02:00:00Z; backup ids are shown by `holdfast list`.',
  });
}

function describe(at: string, candidates: readonly SetCandidate[]): string {
  const partial = candidates.filter((candidate) => candidate.committed && candidate.partial).length;
  const seen = at === 'latest' ? 'no whole set' : `no whole set as old as ${at}`;
  return partial === 0 ? seen : `${seen}, ${partial} partial`;
}

function notFound(source: string, seen: string): UsageError {
  return new UsageError(`No backup of ${source} fits: ${seen}`, {
    code: 'BACKUP_NOT_FOUND',
    hint: `See \`holdfast list ${source}\`; a partial set is restored by its id.`,
  });
}
