/** A quick look at what a set builds on: is all of it there, and did nobody prove it damaged? */
import pLimit from 'p-limit';
import type { BackupId } from '../../core/backup-id.ts';
import { layout } from '../../core/layout.ts';
import type { ColdTier } from '../../core/thaw.ts';
import {
  checkLoaded,
  loadSet,
  type SetFinding,
  type StoredSet,
  type Vault,
  withOneListing,
} from '../vault/index.ts';
import { isCommitted, lastVerdict, tellsVerdict } from './stored-sets.ts';

export interface ProbeOptions {
  readonly vault: Vault;
  readonly source: string;
  readonly signal: AbortSignal;
}

export interface ChainProbe {
  readonly findings: readonly SetFinding[];
  /** Where what would have to be brought back before it is read lies. */
  readonly coldTiers: readonly ColdTier[];
}

const atOnce = 8;

/**
 * From `id` back to the base of its chain. Sizes and the store's own checksums are compared, and a proof
 * that failed is believed until one passes: reading all bytes of the base before each increment would
 * cost as much as a full.
 */
export async function probeChain(
  id: BackupId | null,
  { vault, source, signal }: ProbeOptions,
): Promise<ChainProbe> {
  if (id === null) return { findings: [], coldTiers: [] };
  const listed = await withOneListing(vault, source);
  const links = await loadChain(id, { vault: listed, source });
  const limit = pLimit(atOnce);
  const check = async (set: StoredSet): Promise<ChainProbe> => {
    signal.throwIfAborted();
    const { findings, coldTiers } = await checkLoaded(listed, set, { signal, sizesOnly: true });
    const wrong = whatIsWrong(set);
    return { findings: wrong ? [...findings, broken(set, wrong)] : findings, coldTiers };
  };
  const probes = await limit.map(links, check).finally(() => limit.clearQueue());
  return {
    findings: probes.flatMap(({ findings }) => findings),
    coldTiers: [...new Set(probes.flatMap(({ coldTiers }) => coldTiers))],
  };
}

function whatIsWrong(set: StoredSet): string | undefined {
  if (!isCommitted(set)) return `it is ${set.state}`;
  return lastVerdict(set) === 'failed' ? 'its last proof failed' : undefined;
}

/** Ends with the base, or with the first link that is none. */
async function loadChain(
  id: BackupId,
  { vault, source }: Pick<ProbeOptions, 'vault' | 'source'>,
): Promise<StoredSet[]> {
  const links: StoredSet[] = [];
  for (let next: BackupId | null = id; next !== null; ) {
    const set: StoredSet = await loadSet(vault, source, next, tellsVerdict);
    links.push(set);
    next = isCommitted(set) ? set.manifest.parent : null;
  }
  return links;
}

const broken = ({ source, id }: StoredSet, seen: string): SetFinding => ({
  object: layout.manifest(source, id),
  problem: 'parent',
  detail: `${source}/${id}, that it builds on, is not good: ${seen}`,
});
