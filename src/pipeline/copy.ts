/** Copies made by Holdfast: every set a destination lacks and wants, parents first, manifests last. */
import type { Copy, Limits } from '../core/config/schema.ts';
import type { SourceBase } from '../core/config/source.ts';
import type { CopyReport } from '../core/contracts/results.ts';
import { HoldfastError, IntegrityError, reportError, StoreError } from '../core/errors.ts';
import { layout } from '../core/layout.ts';
import type { Progress } from '../core/ports/engine.ts';
import type { Signer } from '../core/ports/signer.ts';
import type { ObjectStore } from '../core/ports/store.ts';
import {
  type CopiedSet,
  type CopyPlace,
  copyMissing,
  copyVaultDocuments,
} from './sets/copy-set.ts';
import { decideRetention, retainedSet } from './sets/retention-plan.ts';
import { type CommittedSet, isCommitted, isProvenBad, loadSets } from './sets/stored-sets.ts';
import { attest, type Vault, withOneListing, writeResult } from './vault/index.ts';

export interface CopyTarget {
  readonly copy: Pick<Copy, 'name' | 'keep' | 'lock'>;
  /** Opened here, so that one that cannot be reached fails alone. */
  open(): Promise<ObjectStore>;
}

export interface CopyOptions {
  readonly vault: Vault;
  readonly source: SourceBase;
  readonly floor: number;
  readonly targets: readonly CopyTarget[];
  readonly signer: Signer;
  readonly limits: Limits;
  readonly execution: string;
  readonly signal: AbortSignal;
  readonly progress: Progress;
}

type CopyOutcome = CopyReport['destinations'][number];

/**
 * Catches up whatever earlier runs could not copy. The report lies at `results/<execution>/copies.json`;
 * rejects with StoreError `COPY_FAILED` once all others are done.
 */
export async function copySource(name: string, options: CopyOptions): Promise<CopyReport> {
  const { vault, signal, execution } = options;
  const sets = (await loadSets(vault, name)).filter(isCommitted);
  const destinations: CopyOutcome[] = [];
  for (const target of options.targets) {
    destinations.push(await copyTo(target, sets, options));
    signal.throwIfAborted();
  }
  await writeResult(vault, execution, 'copies', { destinations });
  const failed = destinations.filter(({ error }) => error !== undefined);
  if (failed.length === 0) return { destinations };
  throw copyFailed(failed);
}

async function copyTo(
  target: CopyTarget,
  sets: readonly CommittedSet[],
  options: CopyOptions,
): Promise<CopyOutcome> {
  const { name } = target.copy;
  const copied: string[] = [];
  const damaged: HoldfastError[] = [];
  try {
    const place = await openPlace(target, sets, options);
    const sent = await wanted(sets, target, options);
    if (sent.length > 0) await copyVaultDocuments(place);
    for (const set of sent) {
      const copy = await copyUndamaged(set, place, damaged);
      if (copy?.wasMissing !== true) continue;
      copied.push(set.id);
      await attestCopy(set, { name, versions: copy.versions, options });
    }
    return { name, copied, ...(damaged[0] && { error: reportError(damaged[0]) }) };
  } catch (error) {
    if (!(error instanceof HoldfastError) || options.signal.aborted) throw error;
    return { name, copied, error: reportError(error) };
  }
}

/** What lies at both ends is listed once, however many sets are there already. */
async function openPlace(
  { copy: { name, lock }, open }: CopyTarget,
  sets: readonly CommittedSet[],
  options: CopyOptions,
): Promise<CopyPlace> {
  const store = await open();
  const place = { ...options, name, store, lockDays: lock?.days };
  const source = sets[0]?.source;
  if (source === undefined) return place;
  const vault = await withOneListing(options.vault, source);
  const there = await withOneListing({ ...options.vault, store }, source);
  return { ...place, vault, store: there.store };
}

/** One damaged original holds up only what builds on it: the others are good and go. */
async function copyUndamaged(
  set: CommittedSet,
  place: CopyPlace,
  damaged: HoldfastError[],
): Promise<CopiedSet | undefined> {
  if (!(await findsItsBase(set, place))) return undefined;
  try {
    return await copyMissing(set, place);
  } catch (error) {
    if (!isDamage(error) || place.signal.aborted) throw error;
    damaged.push(error);
    return undefined;
  }
}

/** Manifests are copied last and parents first: a base whose manifest is not there will not be. */
async function findsItsBase(
  { source, id, manifest: { parent } }: CommittedSet,
  { store, signal }: CopyPlace,
): Promise<boolean> {
  if (parent === null) return true;
  if ((await store.head(layout.manifest(source, parent), signal)) !== undefined) return true;
  return (await store.head(layout.manifest(source, id), signal)) !== undefined;
}

const isDamage = (error: unknown): error is HoldfastError =>
  error instanceof IntegrityError ||
  (error instanceof StoreError && ['OBJECT_MISSING', 'STORE_CORRUPT'].includes(error.code));

/** What the destination's own retention would remove again is not sent. Oldest first: parents too. */
async function wanted(
  sets: readonly CommittedSet[],
  { copy }: CopyTarget,
  { vault, source, floor }: CopyOptions,
): Promise<CommittedSet[]> {
  const retained = await Promise.all(sets.map((set) => retainedSet(vault, set, source)));
  const rules = { source, floor, now: vault.now() };
  const plan = decideRetention(retained, copy.keep, rules);
  const kept = new Set(plan.keep.map(({ id }) => id));
  return sets
    .filter((set) => kept.has(set.id) && !isProvenBad(set))
    .toSorted((a, b) => (a.id < b.id ? -1 : 1));
}

async function attestCopy(
  { source, id, manifestSha256 }: CommittedSet,
  copy: {
    readonly name: string;
    readonly versions: Readonly<Record<string, string>>;
    readonly options: CopyOptions;
  },
): Promise<void> {
  const { vault, signer } = copy.options;
  const details = { destination: copy.name, versions: copy.versions };
  const statement = { source, backup: id, manifestSha256, passed: true, details };
  await attest(vault, signer, { kind: 'copied', ...statement });
}

function copyFailed(failed: readonly CopyOutcome[]): StoreError {
  const seen = failed.map(({ name, error }) => `${name}: ${error?.message}`).join('; ');
  return new StoreError(`The backup is good, but was not copied to ${seen}`, {
    code: 'COPY_FAILED',
    hint: 'The next run copies what is missing.',
    retryable: failed.every(({ error }) => error?.retryable),
  });
}
