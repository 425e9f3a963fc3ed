/** One set to one destination: create-only, so that a repeated or interrupted copy goes on. */
import { createHash } from 'node:crypto';
import pLimit from 'p-limit';
import type { BackupId } from '../../core/backup-id.ts';
import type { Limits } from '../../core/config/schema.ts';
import { IntegrityError } from '../../core/errors.ts';
import { layout } from '../../core/layout.ts';
import { manifestObjects, type StoredObject } from '../../core/manifest.ts';
import type { Progress } from '../../core/ports/engine.ts';
import type { ObjectStore, PutOptions } from '../../core/ports/store.ts';
import { setLockUntil, type Vault } from '../vault/index.ts';
import type { CommittedSet } from './stored-sets.ts';

export interface CopyPlace {
  readonly name: string;
  readonly store: ObjectStore;
  readonly lockDays?: number | undefined;
  readonly vault: Vault;
  readonly limits: Limits;
  readonly signal: AbortSignal;
  readonly progress: Progress;
}

export interface CopiedSet {
  /** False where the set was there already: only new keys and statements were added. */
  readonly wasMissing: boolean;
  /** Version ids at the destination, by key. */
  readonly versions: Readonly<Record<string, string>>;
}

/** After `copyVaultDocuments`. Rejects with IntegrityError `COPY_SOURCE_DAMAGED` where the original is not what its manifest says. */
export async function copyMissing(set: CommittedSet, place: CopyPlace): Promise<CopiedSet> {
  const { source, id } = set;
  const options = putOptions(set.id, place);
  const manifest = layout.manifest(source, id);
  const wasMissing = (await place.store.head(manifest)) === undefined;
  const versions: Record<string, string> = {};
  if (wasMissing) {
    for (const object of manifestObjects(set.manifest)) {
      const version = await copyObject(object, place, options);
      if (version !== undefined) versions[object.key] = version;
    }
  }
  await copySmall(layout.keys(source, id), place, options);
  if (wasMissing) await put(manifest, place, options);
  await copySmall(layout.attestations(source, id), place, options);
  return { wasMissing, versions };
}

function putOptions(id: BackupId, { vault, lockDays, store }: CopyPlace): PutOptions {
  const { lockDays: _, ...rest } = vault;
  const until = setLockUntil({ ...rest, ...(lockDays !== undefined && { lockDays }) }, id);
  return { ifAbsent: true, ...(until && store.locks && { lockUntil: until }) };
}

/** What makes a destination a vault that opens with the same keys and trusts the same signers. */
export async function copyVaultDocuments(place: CopyPlace): Promise<void> {
  await put(layout.vault, place, { ifAbsent: true });
  await copySmall(layout.keyChecks, place, { ifAbsent: true });
  await copySmall(layout.signers, place, { ifAbsent: true });
}

async function copySmall(prefix: string, place: CopyPlace, options: PutOptions): Promise<void> {
  const there = new Set<string>();
  for await (const { key } of place.store.list(prefix)) there.add(key);
  for await (const { key } of place.vault.store.list(prefix)) {
    if (!there.has(key)) await put(key, place, options);
  }
}

async function put(
  key: string,
  { vault, store, signal }: CopyPlace,
  options: PutOptions,
): Promise<void> {
  signal.throwIfAborted();
  await store.put(key, await vault.store.get(key, { signal }), { ...options, signal });
}

/** By parts of the original's size, several at once; the whole is hashed in order on its way. */
async function copyObject(
  object: StoredObject,
  place: CopyPlace,
  options: PutOptions,
): Promise<string | undefined> {
  const there = await place.store.head(object.key, place.signal);
  if (there?.sizeBytes === object.sizeBytes && sameChecksum(there.checksum, object)) {
    return there.versionId;
  }
  const { partSizeBytes } = object;
  const upload = await place.store.upload(object.key, { ...options, partSizeBytes });
  try {
    await sendParts(object, place, upload.part);
    return (await upload.complete()).versionId;
  } catch (error) {
    await upload.abort().catch(() => undefined);
    throw error;
  }
}

const sameChecksum = (found: string | undefined, { checksum }: StoredObject): boolean =>
  found !== undefined && checksum !== undefined && found === checksum;

type SendPart = (n: number, bytes: Uint8Array, sha256: Uint8Array) => Promise<void>;

async function sendParts(object: StoredObject, place: CopyPlace, send: SendPart): Promise<void> {
  const { vault, signal, progress, limits } = place;
  const limit = pLimit(limits.concurrency);
  const whole = createHash('sha256');
  const sending: Promise<void>[] = [];
  for (let start = 0; start < object.sizeBytes; start += object.partSizeBytes) {
    signal.throwIfAborted();
    const end = Math.min(start + object.partSizeBytes, object.sizeBytes);
    const bytes = await vault.store.get(object.key, { range: { start, end }, signal });
    whole.update(bytes);
    const n = sending.length;
    const sha256 = createHash('sha256').update(bytes).digest();
    const sent = limit(() => send(n, bytes, sha256));
    sent.catch(() => undefined);
    sending.push(sent);
    progress({ phase: `copy to ${place.name}`, done: end, total: object.sizeBytes, unit: 'bytes' });
    // Bounds the parts in memory: the next is read when the oldest has gone.
    if (n + 1 >= limits.concurrency) await sending[n + 1 - limits.concurrency];
  }
  await Promise.all(sending);
  if (whole.digest('hex') !== object.sha256) throw notTheOriginal(object);
}

function notTheOriginal({ key }: StoredObject): IntegrityError {
  return new IntegrityError(`${key} was not copied: its SHA-256 is not the manifest's`, {
    code: 'COPY_SOURCE_DAMAGED',
    hint: 'The primary is damaged: `holdfast verify --all`, and take a new backup.',
  });
}
