/** The dump task: from a source to a committed set. Nothing is listed before its manifest is written. */
import { type BackupId, mintBackupId } from '../core/backup-id.ts';
import type { Limits } from '../core/config/schema.ts';
import type { Fingerprint } from '../core/config/source.ts';
import { type DumpResult, dumpResultSchema, taskResultSchema } from '../core/contracts/results.ts';
import type { DumpInput } from '../core/contracts/tasks.ts';
import { HoldfastError, IntegrityError, InterruptedError } from '../core/errors.ts';
import type { ManifestBody } from '../core/manifest.ts';
import type { DumpSink, DumpSummary, ParentSet, Progress } from '../core/ports/engine.ts';
import { openSink } from './data-path/index.ts';
import { dumpResult, manifestBody } from './dump-manifest.ts';
import { runHooks } from './hooks.ts';
import { addPendingKeys } from './sets/pending-keys.ts';
import { openSetChain } from './sets/set-chain.ts';
import type { SourceAtWork } from './source-at-work.ts';
import {
  acquireLease,
  commitManifest,
  createSetKey,
  deleteSetObjects,
  extendSetLock,
  type Lease,
  loadSet,
  readResult,
  type SetAddress,
  setLockUntil,
  sourceLease,
  type Vault,
  wrapSetKey,
} from './vault/index.ts';

export interface DumpOptions {
  readonly vault: Vault;
  readonly source: SourceAtWork;
  readonly execution: string;
  readonly limits: Limits;
  /** Holdfast's own version. */
  readonly version: string;
  /** Eight lower-case hex digits. */
  readonly random: () => string;
  readonly signal: AbortSignal;
  readonly progress: Progress;
}

type OpenSink = ReturnType<typeof openSink>;

const leaseSeconds = 60;
const hookMs = 15 * 60_000;

/** Safe to repeat for an execution: a set that it committed already is its result. */
export async function dumpSource(input: DumpInput, options: DumpOptions): Promise<DumpResult> {
  const { vault, source, signal } = options;
  const earlier = await committedBefore(options);
  if (earlier) return earlier;
  const lease = await acquireLease(vault, sourceLease(source.name), {
    ttlSeconds: leaseSeconds,
    signal,
  });
  try {
    const both = AbortSignal.any([signal, lease.lost]);
    return await attempt(input, { ...options, signal: both, lease });
  } finally {
    await lease.release();
  }
}

async function committedBefore({
  vault,
  source,
  execution,
}: DumpOptions): Promise<DumpResult | undefined> {
  const schema = taskResultSchema(dumpResultSchema);
  const result = await readResult(vault, execution, 'dump', schema);
  if (!result || 'error' in result) return undefined;
  const { state } = await loadSet(vault, source.name, result.backupId);
  return state === 'committed' ? result : undefined;
}

interface Attempt extends DumpOptions {
  readonly lease: Lease;
}

async function attempt(input: DumpInput, options: Attempt): Promise<DumpResult> {
  const { vault, source, limits, signal } = options;
  const startedAt = vault.now();
  const set = { source: source.name, id: mintBackupId(startedAt, input.policy, options.random()) };
  const setKey = createSetKey();
  const lockUntil = setLockUntil(vault, set.id);
  const sink = openSink({
    vault,
    source: set.source,
    backupId: set.id,
    setKey,
    limits,
    signal,
    onProgress: options.progress,
    ...(lockUntil && { lockUntil }),
  });
  try {
    const { pending } = await wrapSetKey(vault, set, setKey);
    const dumped = await runDump(input, sink, options);
    const body = manifestBody({
      ...options,
      ...dumped,
      set,
      input,
      startedAt,
      streams: sink.streams(),
    });
    await options.lease.check();
    await keepParents(body, vault);
    await commitManifest(vault, body, setKey);
    return dumpResult(body, await stillPending(pending, options));
  } catch (error) {
    await abandon(sink, set, options);
    throw signal.aborted ? interrupted(signal, error) : error;
  }
}

interface Dumped {
  readonly summary: DumpSummary;
  readonly fingerprint: Fingerprint;
  readonly parent: BackupId | null;
}

async function runDump(input: DumpInput, sink: DumpSink, options: Attempt): Promise<Dumped> {
  const { source, signal, progress } = options;
  const { engine, log } = source;
  const fingerprint = source.source.fingerprint ?? engine.fingerprints[0];
  return source.use({ signal, progress }, async (context) => {
    const parent = await openParent(input, options);
    await runHooks(source.source, 'before-backup', { signal, log });
    try {
      const request = { method: input.method, fingerprint, ...(parent && { parent }) };
      const summary = await engine.dump(context, request, sink);
      const builtOn = summary.usedParent ? input.parent : null;
      return { summary, fingerprint, parent: builtOn };
    } finally {
      // What the first hook stopped has to run again, also after a failure or a signal.
      await runHooks(source.source, 'after-backup', { signal: AbortSignal.timeout(hookMs), log });
    }
  });
}

/** A base that cannot be opened here is not built upon: the engine takes a full. */
async function openParent(input: DumpInput, options: Attempt): Promise<ParentSet | undefined> {
  if (input.parent === null) return undefined;
  const { vault, source, limits, signal } = options;
  try {
    const address = { source: source.name, id: input.parent };
    const chain = { limits, signal, onProgress: () => undefined };
    const reader = await openSetChain(vault, address, chain);
    return { manifest: reader.manifest, reader };
  } catch (error) {
    if (!(error instanceof HoldfastError) || signal.aborted) throw error;
    source.log(`taking a full: ${input.parent} did not open: ${error.message}`);
    return undefined;
  }
}

/** The set is committed: what cannot be said about the keys of older ones does not undo it. */
async function stillPending(own: readonly string[], { vault, source }: Attempt): Promise<string[]> {
  if (vault.recipients.length < 2) return [...own];
  const others = await addPendingKeys(vault, source.name).catch(() => []);
  return [...new Set([...own, ...others])];
}

/** All that is built upon is still there, and stays locked as long as what builds on it. */
async function keepParents(body: ManifestBody, vault: Vault): Promise<void> {
  const until = setLockUntil(vault, body.id);
  for (let id = body.parent; id !== null; ) {
    const { state, manifest } = await loadSet(vault, body.source, id);
    if (state !== 'committed' || !manifest) throw parentGone(body.source, id, state);
    if (until) await extendSetLock(vault, { source: body.source, id }, until);
    id = manifest.parent;
  }
}

function parentGone(source: string, id: BackupId, state: string): IntegrityError {
  return new IntegrityError(`The base ${source}/${id} is ${state} since this backup began`, {
    code: 'PARENT_GONE',
    hint: 'Run it again: it takes a full.',
    retryable: true,
  });
}

/** Best effort: what stays is removed by the sweep. */
async function abandon(sink: OpenSink, set: SetAddress, { vault }: Attempt): Promise<void> {
  await sink.abort().catch(() => undefined);
  const committed = await loadSet(vault, set.source, set.id).then(
    ({ state }) => state !== 'uncommitted',
    () => true,
  );
  if (committed) return;
  await deleteSetObjects(vault, set, () => Promise.resolve()).catch(() => undefined);
}

/** The abort's own reason where it has one: a lost lease; else that a signal came. */
function interrupted(signal: AbortSignal, cause: unknown): unknown {
  if (signal.reason instanceof HoldfastError) return signal.reason;
  return new InterruptedError('The backup was interrupted: nothing was committed', {
    code: 'INTERRUPTED',
    hint: 'Run it again; what was written is removed.',
    cause,
  });
}
