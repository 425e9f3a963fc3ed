/** A set with all it builds on, opened for reading: keys unwrapped, tags checked. */
import type { BackupId } from '../../core/backup-id.ts';
import type { Limits } from '../../core/config/schema.ts';
import type { ProgressUpdate, SetReader } from '../../core/ports/engine.ts';
import { openReader } from '../data-path/index.ts';
import { checkTag, openSetKey, readManifest, type Vault } from '../vault/index.ts';

export interface ChainOptions {
  readonly limits: Limits;
  readonly signal: AbortSignal;
  readonly onProgress: (update: ProgressUpdate) => void;
}

/** Rejects with IntegrityError for whatever is missing, changed or not authentic in the chain. */
export async function openSetChain(
  vault: Vault,
  { source, id }: { readonly source: string; readonly id: BackupId },
  options: ChainOptions,
): Promise<SetReader> {
  const { manifest } = await readManifest(vault, source, id);
  const setKey = await openSetKey(vault, source, id);
  checkTag(manifest, setKey);
  const parent =
    manifest.parent === null
      ? undefined
      : await openSetChain(vault, { source, id: manifest.parent }, options);
  return openReader({ vault, manifest, setKey, ...options, ...(parent && { parent }) });
}
