/** The level "checked": everything that can be said about a set without any key. */
import { availableParallelism } from 'node:os';
import pLimit from 'p-limit';
import { uploadChecksum } from '../../core/checksum.ts';
import { IntegrityError } from '../../core/errors.ts';
import { layout } from '../../core/layout.ts';
import { type Manifest, manifestObjects, type StoredObject } from '../../core/manifest.ts';
import type { ObjectInfo, ObjectStore } from '../../core/ports/store.ts';
import type { ColdTier } from '../../core/thaw.ts';
import { hasCode } from './documents.ts';
import { openHashThreads } from './hash-threads.ts';
import { readManifest } from './manifests.ts';
import { readKeyFile } from './set-keys.ts';
import { loadSet, type StoredSet } from './sets.ts';
import type { SetAddress, Vault } from './vault.ts';

export interface SetFinding {
  /** The key of the object in the vault. */
  readonly object: string;
  readonly problem:
    | 'missing'
    | 'size'
    | 'checksum'
    | 'manifest'
    | 'key-file'
    | 'parent'
    | 'attestation';
  readonly detail: string;
}

export interface CheckReport {
  readonly set: StoredSet;
  /** Empty: the set is whole, as far as can be told without its key. */
  readonly findings: readonly SetFinding[];
  readonly objects: number;
  readonly bytes: number;
  /** How contents were compared: by the store's own checksums, or by reading where it keeps none. */
  readonly compared: 'store-checksums' | 'stored-bytes' | 'both';
  /** In which its objects lie, and can be read only after they were brought back. */
  readonly coldTiers: readonly ColdTier[];
}

export interface CheckOptions {
  readonly signal: AbortSignal;
  readonly onProgress?: (bytes: number) => void;
  /** Where the store keeps no checksums, compare sizes alone: a probe, not a proof. */
  readonly sizesOnly?: boolean;
}

/**
 * Compares manifest, attestations, key files, parents and objects. Damage is in the findings, by object;
 * rejects only when the store does. A set without manifest that nobody attested has no findings: see
 * `set.state`.
 */
export async function checkSet(
  vault: Vault,
  { source, id }: SetAddress,
  options: CheckOptions,
): Promise<CheckReport> {
  const set = await loadSet(vault, source, id);
  const report = await checkLoaded(vault, set, options);
  if (!set.manifest || set.state === 'removed') return report;
  const parent = await parentFindings(vault, set.manifest);
  return { ...report, findings: [...report.findings, ...parent] };
}

/** The set itself, and nothing of what it builds on. */
export async function checkLoaded(
  vault: Vault,
  set: StoredSet,
  options: CheckOptions,
): Promise<CheckReport> {
  const findings = statementFindings(set);
  const none = { objects: 0, bytes: 0, compared: 'store-checksums', coldTiers: [] } as const;
  if (!set.manifest || set.state === 'removed') return { set, findings, ...none };
  findings.push(...(await keyFindings(vault, set)));
  const objects = manifestObjects(set.manifest);
  const ways = new Set<CheckReport['compared']>();
  const cold = new Set<ColdTier>();
  for (const object of objects) {
    const { finding, way, coldTier } = await checkObject(vault.store, object, options);
    if (finding) findings.push(finding);
    if (coldTier) cold.add(coldTier);
    ways.add(way);
  }
  const bytes = objects.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  const [only = 'store-checksums'] = ways;
  const compared = ways.size > 1 ? 'both' : only;
  return { set, findings, objects: objects.length, bytes, compared, coldTiers: [...cold] };
}

function statementFindings(set: StoredSet): SetFinding[] {
  const findings: SetFinding[] = [];
  const manifest = layout.manifest(set.source, set.id);
  if (set.problem) {
    findings.push({ object: manifest, problem: 'manifest', detail: set.problem.message });
  }
  for (const damaged of set.damagedAttestations) {
    const object = damaged.message.split(' ')[0] ?? '';
    findings.push({ object, problem: 'attestation', detail: damaged.message });
  }
  for (const { key, verified } of set.attestations) {
    if (verified) continue;
    findings.push({ object: key, problem: 'attestation', detail: 'its signature does not hold' });
  }
  return findings;
}

async function keyFindings(vault: Vault, set: StoredSet): Promise<SetFinding[]> {
  const findings: SetFinding[] = [];
  for (let number = 1; number <= Math.max(1, ...set.keyFiles); number += 1) {
    if (set.keyFiles.includes(number)) continue;
    const object = layout.key(set.source, set.id, number);
    findings.push({ object, problem: 'missing', detail: `${object} is missing` });
  }
  for (const number of set.keyFiles) {
    const object = layout.key(set.source, set.id, number);
    const problem = await problemOf(readKeyFile(vault, set, number));
    if (problem) findings.push({ object, problem: 'key-file', detail: problem });
  }
  return findings;
}

async function parentFindings(vault: Vault, { source, parent }: Manifest): Promise<SetFinding[]> {
  if (parent === null) return [];
  const object = layout.manifest(source, parent);
  const problem = await problemOf(readManifest(vault, source, parent));
  return problem ? [{ object, problem: 'parent', detail: problem }] : [];
}

async function problemOf(work: Promise<unknown>): Promise<string | undefined> {
  try {
    await work;
    return undefined;
  } catch (error) {
    if (error instanceof IntegrityError) return error.message;
    throw error;
  }
}

interface Looked {
  readonly finding?: SetFinding;
  readonly way: 'store-checksums' | 'stored-bytes';
  readonly coldTier?: ColdTier;
}

async function checkObject(
  store: ObjectStore,
  object: StoredObject,
  options: CheckOptions,
): Promise<Looked> {
  const info = await store.head(object.key, options.signal);
  const looked = await compareObject(store, { object, info }, options);
  return info?.coldTier === undefined ? looked : { ...looked, coldTier: info.coldTier };
}

interface Found {
  readonly object: StoredObject;
  readonly info: ObjectInfo | undefined;
}

async function compareObject(
  store: ObjectStore,
  { object, info }: Found,
  options: CheckOptions,
): Promise<Looked> {
  const way = 'store-checksums';
  const found = (problem: SetFinding['problem'], detail: string) =>
    ({
      finding: { object: object.key, problem, detail },
      way,
    }) as const;
  if (!info) return found('missing', `${object.key} is missing`);
  if (info.sizeBytes !== object.sizeBytes) {
    const detail = `${object.key} has ${info.sizeBytes} bytes, not ${object.sizeBytes}`;
    return found('size', detail);
  }
  const kept = info.checksum !== undefined;
  if (!kept && options.sizesOnly) return { way };
  const checksum = info.checksum ?? (await checksumOfBytes(store, object, options));
  if (checksum === object.checksum) return { way: kept ? way : 'stored-bytes' };
  const seen = checksum === undefined ? 'is unreadable' : `has the checksum ${checksum}`;
  return found('checksum', `${object.key} ${seen}, not ${object.checksum}`);
}

/** Parts in memory, and as many processors at work where there are. */
const [mostParts, mostBytes] = [4, 64 * 1024 * 1024];

/** As the store would keep it; `undefined` where the object cannot be read. */
async function checksumOfBytes(
  store: ObjectStore,
  { key, sizeBytes, partSizeBytes }: StoredObject,
  { signal, onProgress }: CheckOptions,
): Promise<string | undefined> {
  const fitting = Math.floor(mostBytes / partSizeBytes);
  const atOnce = Math.min(Math.max(1, fitting), mostParts);
  const limit = pLimit(atOnce);
  const threads = openHashThreads(Math.min(atOnce, availableParallelism()));
  const parts = Array.from({ length: Math.ceil(sizeBytes / partSizeBytes) }, (_, n) => n);
  const digests = await limit
    .map(parts, async (n) => {
      signal.throwIfAborted();
      const start = n * partSizeBytes;
      const end = Math.min(start + partSizeBytes, sizeBytes);
      const bytes = await readRange(store, key, { start, end }, signal);
      if (!bytes) return undefined;
      onProgress?.(bytes.length);
      return threads.digest(bytes);
    })
    .finally(() => {
      limit.clearQueue();
      return threads.close();
    });
  const read = digests.filter((digest) => digest !== undefined);
  if (read.length < parts.length) return undefined;
  return uploadChecksum(read, { sizeBytes, partSizeBytes });
}

async function readRange(
  store: ObjectStore,
  key: string,
  range: { start: number; end: number },
  signal: AbortSignal,
): Promise<Uint8Array | undefined> {
  try {
    return await store.get(key, { range, signal });
  } catch (error) {
    if (hasCode(error, 'STORE_CORRUPT') || hasCode(error, 'OBJECT_MISSING')) return undefined;
    throw error;
  }
}
