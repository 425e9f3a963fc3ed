/** Level "read": decrypted, decompressed and read to the last byte by the engine's own tool. */
import type { Limits } from '../core/config/schema.ts';
import type { ReadInput } from '../core/contracts/tasks.ts';
import { IntegrityError, reportError } from '../core/errors.ts';
import type { Progress } from '../core/ports/engine.ts';
import type { Signer } from '../core/ports/signer.ts';
import { isEvidence } from './sets/evidence.ts';
import { openSetChain } from './sets/set-chain.ts';
import { isCommitted } from './sets/stored-sets.ts';
import type { SourceAtWork } from './source-at-work.ts';
import { attest, checkSet, loadSet, type SetAddress, type Vault } from './vault/index.ts';

export interface ReadOptions {
  readonly vault: Vault;
  readonly source: SourceAtWork;
  readonly signer: Signer;
  readonly limits: Limits;
  readonly signal: AbortSignal;
  readonly progress: Progress;
}

export interface ReadResult {
  readonly backupId: string;
  readonly notes: readonly string[];
}

/** Rejects with what failed; where that is evidence against the set, it is signed first. */
export async function readBackup(input: ReadInput, options: ReadOptions): Promise<ReadResult> {
  const { signal } = options;
  try {
    const notes = await readThrough(input, options);
    await sign(input, options, { passed: true, details: { notes } });
    return { backupId: input.backupId, notes };
  } catch (error) {
    if (isEvidence(error) && !signal.aborted) {
      const { code, message } = reportError(error);
      await sign(input, options, { passed: false, details: { code, message } });
    }
    throw error;
  }
}

async function readThrough(input: ReadInput, options: ReadOptions): Promise<readonly string[]> {
  const { vault, source, limits, signal, progress } = options;
  const address = { source: input.source, id: input.backupId };
  await demandWhole(vault, address, signal);
  const set = await openSetChain(vault, address, { limits, signal, onProgress: progress });
  const { notes } = await source.use({ signal, progress }, (context) =>
    source.engine.read(context, set),
  );
  return notes;
}

/** What needs no key comes first: statements, key files, parents and sizes. The bytes are read after. */
async function demandWhole(vault: Vault, address: SetAddress, signal: AbortSignal): Promise<void> {
  const { findings } = await checkSet(vault, address, { signal, sizesOnly: true });
  const [first] = findings;
  if (!first) return;
  throw new IntegrityError(findings.map(({ detail }) => detail).join('; '), {
    code: 'SET_DAMAGED',
    hint: `Copy ${first.object} back from a copy of the vault, or back up again.`,
  });
}

async function sign(
  { source, backupId }: ReadInput,
  { vault, signer }: ReadOptions,
  outcome: { readonly passed: boolean; readonly details: Readonly<Record<string, unknown>> },
): Promise<void> {
  const set = await loadSet(vault, source, backupId);
  if (!isCommitted(set)) return;
  const { manifestSha256 } = set;
  await attest(vault, signer, {
    kind: 'read',
    source,
    backup: backupId,
    manifestSha256,
    ...outcome,
  });
}
