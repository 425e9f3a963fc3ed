/** A quick look at what a set builds on: is all of it there, and did nobody prove it damaged? */
import type { BackupId } from '../../core/backup-id.ts';
import { layout } from '../../core/layout.ts';
import { checkSet, type SetFinding, type Vault } from '../vault/index.ts';
import { isCommitted, lastVerdict } from './stored-sets.ts';

export interface ProbeOptions {
  readonly vault: Vault;
  readonly source: string;
  readonly signal: AbortSignal;
}

/**
 * From `id` back to the base of its chain. Sizes and the store's own checksums are compared, and a proof
 * that failed is believed until one passes: reading all bytes of the base before each increment would
 * cost as much as a full.
 */
export async function probeChain(
  id: BackupId | null,
  { vault, source, signal }: ProbeOptions,
): Promise<SetFinding[]> {
  const findings: SetFinding[] = [];
  for (let next = id; next !== null; ) {
    const address = { source, id: next };
    const { set, findings: own } = await checkSet(vault, address, { signal, sizesOnly: true });
    findings.push(...own);
    if (!isCommitted(set)) return [...findings, broken(source, next, `it is ${set.state}`)];
    if (lastVerdict(set) === 'failed') {
      findings.push(broken(source, next, 'its last proof failed'));
    }
    next = set.manifest.parent;
  }
  return findings;
}

const broken = (source: string, id: BackupId, seen: string): SetFinding => ({
  object: layout.manifest(source, id),
  problem: 'parent',
  detail: `${source}/${id}, that it builds on, is not good: ${seen}`,
});
