/** A vault in memory with a committed set, for tests that then damage it. */
import { createHash, randomBytes } from 'node:crypto';
import { type BackupId, mintBackupId } from '../../../src/core/backup-id.ts';
import { layout } from '../../../src/core/layout.ts';
import type { ManifestBody } from '../../../src/core/manifest.ts';
import type { Recipient } from '../../../src/core/ports/keyring.ts';
import type { ObjectStore } from '../../../src/core/ports/store.ts';
import {
  aesRecipient,
  createSetKey,
  ed25519Signer,
  generateSigningKey,
} from '../../../src/pipeline/keys/index.ts';
import {
  attest,
  commitManifest,
  createOrOpenVault,
  type Vault,
  wrapSetKey,
} from '../../../src/pipeline/vault/index.ts';
import { openMemoryStore } from '../../../src/storage/memory/index.ts';

export const signal = new AbortController().signal;
export const newAesRecipient = (): Recipient => aesRecipient(randomBytes(32).toString('base64'));
export const signer = ed25519Signer(generateSigningKey());

export interface Clock {
  now(): Date;
  advance(seconds: number): void;
}

export function clockAt(iso: string): Clock {
  let time = new Date(iso).getTime();
  return {
    now: () => new Date(time),
    advance: (seconds) => {
      time += seconds * 1000;
    },
  };
}

export interface Workplace {
  readonly store: ObjectStore;
  readonly clock: Clock;
  readonly recipient: Recipient;
  readonly vault: Vault;
}

export async function createWorkplace(options: { lockDays?: number } = {}): Promise<Workplace> {
  const clock = clockAt('2026-11-21T02:00:00Z');
  const store = openMemoryStore({ now: clock.now });
  const recipient = newAesRecipient();
  const vault = await createOrOpenVault({
    store,
    recipients: [recipient],
    now: clock.now,
    ...options,
  });
  return { store, clock, recipient, vault };
}

export interface CommittedSet {
  readonly id: BackupId;
  readonly source: string;
  readonly setKey: Uint8Array;
  readonly body: ManifestBody;
  readonly manifestSha256: string;
}

export interface SetOptions {
  readonly source?: string;
  readonly parent?: BackupId;
  readonly policy?: string;
  /** Without: no proof is there. */
  readonly checked?: boolean;
}

/** Key file, two objects of one stream, manifest, `checked` attestation. */
export async function commitSet(vault: Vault, options: SetOptions = {}): Promise<CommittedSet> {
  const { source = 'orders', parent = null, policy = 'daily', checked = true } = options;
  const id = mintBackupId(vault.now(), policy, randomBytes(4).toString('hex'));
  const setKey = createSetKey();
  await wrapSetKey(vault, { source, id }, setKey);
  const objects = await Promise.all([0, 1].map((n) => storeObject(vault, { source, id }, n)));
  const body: ManifestBody = {
    ...emptyBody(vault, id),
    source,
    policy,
    parent,
    streams: [{ name: 'data', role: 'data', compression: 'zstd', objects }],
  };
  const { manifestSha256 } = await commitManifest(vault, body, setKey);
  if (checked) await attestChecked(vault, { source, id, manifestSha256 });
  return { id, source, setKey, body, manifestSha256 };
}

export function attestChecked(
  vault: Vault,
  set: { source: string; id: BackupId; manifestSha256: string },
) {
  const { source, id, manifestSha256 } = set;
  const proof = { passed: true, details: {} };
  return attest(vault, signer, { kind: 'checked', source, backup: id, manifestSha256, ...proof });
}

async function storeObject(vault: Vault, set: { source: string; id: BackupId }, n: number) {
  const bytes = randomBytes(1000 + n);
  const key = layout.object(set, 'data', n);
  const { checksum } = await vault.store.put(key, bytes, { ifAbsent: true });
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  return {
    key,
    sizeBytes: bytes.length,
    sha256,
    checksum,
    partSizeBytes: 8_388_608,
  };
}

function emptyBody(vault: Vault, id: BackupId): ManifestBody {
  const at = vault.now().toISOString();
  return {
    format: 1,
    vault: vault.id,
    id,
    source: 'orders',
    policy: 'daily',
    engine: 'postgres',
    kind: 'database',
    method: 'dump',
    parent: null,
    execution: 'backup-1',
    startedAt: at,
    finishedAt: at,
    server: { version: '15.10', identity: 'orders@db' },
    tool: { name: 'pg_dump', version: '15.10' },
    holdfast: '0.1.0',
    streams: [],
    fingerprint: 'rows',
    positions: {},
    partial: false,
    partialReasons: [],
    totals: { storedBytes: 2001 },
  };
}

/** Every key in the vault, in order. */
export async function keysOf(store: ObjectStore, prefix = ''): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of store.list(prefix)) keys.push(key);
  return keys;
}

/** Rewrites an object in place, as nobody should. */
export async function tamper(
  store: ObjectStore,
  key: string,
  change: (bytes: Buffer) => Uint8Array,
): Promise<void> {
  const bytes = change(Buffer.from(await store.get(key)));
  await store.put(key, bytes, { ifAbsent: false });
}

export const flipBit = (at: number) => (bytes: Buffer) => {
  const changed = Buffer.from(bytes);
  const index = at < 0 ? bytes.length + at : at;
  changed.writeUInt8(changed.readUInt8(index) ^ 1, index);
  return changed;
};
