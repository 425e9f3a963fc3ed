/** Restores one chosen set: everything that can be known is checked before anything is touched. */
import type { Limits } from '../core/config/schema.ts';
import type { RestoreResult } from '../core/contracts/results.ts';
import type { RestoreTaskInput } from '../core/contracts/tasks.ts';
import { ComparisonError, TargetError } from '../core/errors.ts';
import type {
  Comparison,
  EngineContext,
  Progress,
  RestorePlan,
  RestoreReport,
  RestoreRequest,
  SetReader,
} from '../core/ports/engine.ts';
import { runHooks } from './hooks.ts';
import { openSetChain } from './sets/set-chain.ts';
import type { SourceAtWork } from './source-at-work.ts';
import type { Vault } from './vault/index.ts';

export interface RestoreOptions {
  /** The primary's vault or a copy's. */
  readonly vault: Vault;
  readonly source: SourceAtWork;
  readonly limits: Limits;
  readonly signal: AbortSignal;
  readonly progress: Progress;
}

const hookMs = 15 * 60_000;

/** What a restore would do and whether it can; nothing is touched. */
export function planRestore(
  input: RestoreTaskInput,
  options: RestoreOptions,
): Promise<RestorePlan> {
  return withSet(input, options, (context, set) =>
    options.source.engine.planRestore(context, requestOf(input), set),
  );
}

/**
 * Rejects with TargetError `RESTORE_NOT_POSSIBLE` when the plan has errors, with ComparisonError when what
 * was restored differs. Hooks run around a restore of the source itself, not of one to another place.
 */
export function restoreSource(
  input: RestoreTaskInput,
  options: RestoreOptions,
): Promise<RestoreResult> {
  const { source, vault } = options;
  return withSet(input, options, async (context, set) => {
    const request = requestOf(input);
    assertPossible(await source.engine.planRestore(context, request, set));
    const startedAt = vault.now();
    const report = await aroundHooks(input, options, () =>
      source.engine.restore(context, request, set),
    );
    assertEqual(source.name, report.comparison);
    return resultOf(set, report, (vault.now().getTime() - startedAt.getTime()) / 1000);
  });
}

function withSet<T>(
  input: RestoreTaskInput,
  { vault, source, limits, signal, progress }: RestoreOptions,
  work: (context: EngineContext, set: SetReader) => Promise<T>,
): Promise<T> {
  return source.use({ signal, progress }, async (context) => {
    const address = { source: input.source, id: input.backupId };
    const set = await openSetChain(vault, address, { limits, signal, onProgress: progress });
    return work(context, set);
  });
}

const requestOf = ({ target, only, overwrite }: RestoreTaskInput): RestoreRequest => ({
  only,
  overwrite,
  ...(target !== null && { target }),
});

async function aroundHooks(
  { target }: RestoreTaskInput,
  { source: { source, log }, signal }: RestoreOptions,
  restore: () => Promise<RestoreReport>,
): Promise<RestoreReport> {
  if (target !== null) return restore();
  await runHooks(source, 'before-restore', { signal, log });
  try {
    return await restore();
  } finally {
    // What was stopped before has to run again, also after a failure or a signal.
    await runHooks(source, 'after-restore', { signal: AbortSignal.timeout(hookMs), log });
  }
}

function assertPossible({ target, findings }: RestorePlan): void {
  const errors = findings.filter(({ level }) => level === 'error');
  if (errors.length === 0) return;
  const seen = errors.map((finding) => sentence(finding, target)).join('; ');
  const fixes = errors.flatMap(({ fix }) => fix ?? []);
  throw new TargetError(`Nothing was restored to ${target}: ${seen}`, {
    code: 'RESTORE_NOT_POSSIBLE',
    ...(fixes.length > 0 && { hint: fixes.join(' ') }),
  });
}

/** The target is named already, and some details name their subject themselves. */
function sentence({ subject, detail }: RestorePlan['findings'][number], target: string): string {
  if (subject !== target) return detail.startsWith(subject) ? detail : `${subject}: ${detail}`;
  return detail.startsWith(`${target} `) ? `it ${detail.slice(target.length + 1)}` : detail;
}

/** Engines say what differs; what that means is the same for all. */
export function assertEqual(source: string, { differences }: Comparison): void {
  if (differences.length === 0) return;
  const named = differences
    .slice(0, 5)
    .map(({ name, expected, found }) => `${name}: expected ${expected}, found ${found}`);
  const more = differences.length > 5 ? `; and ${differences.length - 5} more` : '';
  throw new ComparisonError(`The restored ${source} differs: ${named.join('; ')}${more}`, {
    code: 'RESTORE_DIFFERS',
    hint: 'Do not use what was restored; restore another backup: `holdfast list`.',
  });
}

function resultOf(set: SetReader, report: RestoreReport, seconds: number): RestoreResult {
  const { id, partial } = set.manifest;
  const { level, units, rows } = report.comparison;
  const comparison = { level, units, ...(rows !== undefined && { rows }) };
  const { target, totals, notes } = report;
  return { backupId: id, target, partial, seconds, comparison, totals, notes: [...notes] };
}
