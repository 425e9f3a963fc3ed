/** A memory vault, a source with the fake engine and a clock that stands until it is told. */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SourceBase } from '../../src/core/config/source.ts';
import type { DumpResult } from '../../src/core/contracts/results.ts';
import type { DumpInput } from '../../src/core/contracts/tasks.ts';
import type { ObjectStore } from '../../src/core/ports/store.ts';
import { type DumpOptions, dumpSource } from '../../src/pipeline/dump.ts';
import { aesRecipient, ed25519Signer, generateSigningKey } from '../../src/pipeline/keys/index.ts';
import { planBackup } from '../../src/pipeline/plan.ts';
import type { SourceAtWork } from '../../src/pipeline/source-at-work.ts';
import { createOrOpenVault, type Vault } from '../../src/pipeline/vault/index.ts';
import { checkBackup } from '../../src/pipeline/verify.ts';
import { openMemoryStore } from '../../src/storage/memory/index.ts';
import { fakeEngine, fakeWorld } from './fake-engine.ts';

export const limits = { concurrency: 2, memoryMiB: 64 };

export interface WorkshopOptions {
  readonly store?: ObjectStore;
  readonly source?: Partial<SourceBase>;
}

export async function openWorkshop({
  store = openMemoryStore(),
  source = {},
}: WorkshopOptions = {}) {
  const clock = { time: new Date('2026-11-02T02:00:00Z') };
  const now = () => clock.time;
  const recipients = [aesRecipient(randomBytes(32).toString('base64'))];
  const vault = await createOrOpenVault({ store, recipients, now });
  const signer = ed25519Signer(generateSigningKey());
  const world = fakeWorld();
  const configured: SourceBase = {
    engine: 'fake',
    after: [],
    policies: { daily: { timezone: 'UTC', keep: { last: 2 } } },
    ...source,
  };
  const logged: string[] = [];
  const atWork: SourceAtWork = {
    name: 'shop',
    source: configured,
    engine: fakeEngine(world),
    log: (line) => logged.push(line),
    async use(scope, work) {
      const scratchDir = await mkdtemp(join(tmpdir(), 'holdfast-test-'));
      const context = {
        ...scope,
        name: 'shop',
        source: configured,
        scratchDir,
        now,
        log: () => undefined,
        secret: (reference: string) => Promise.resolve(reference),
        helper: () => ['false'] as const,
        limits,
      };
      return work(context).finally(() => rm(scratchDir, { recursive: true }));
    },
  };
  let runs = 0;
  const dumpOptions = (options: Partial<DumpOptions> = {}): DumpOptions => ({
    vault,
    source: atWork,
    execution: `run-${++runs}`,
    limits,
    version: '1.2.3',
    random: () => randomBytes(4).toString('hex'),
    signal: new AbortController().signal,
    progress: () => undefined,
    ...options,
  });
  const dump = (input: Partial<DumpInput> = {}, options: Partial<DumpOptions> = {}) =>
    dumpSource(
      { source: 'shop', policy: 'daily', method: 'full', parent: null, ...input },
      dumpOptions(options),
    );
  /** As the machine does: planned, dumped, checked; then a day passes. */
  const backUp = async (policy?: string): Promise<DumpResult> => {
    const execution = `run-${++runs}`;
    const signal = new AbortController().signal;
    const plan = await planBackup(
      { source: 'shop', ...(policy !== undefined && { policy }) },
      { vault, source: atWork, execution, copies: false, signal },
    );
    const result = await dumpSource(plan.dump, dumpOptions({ execution }));
    await checkBackup({ source: 'shop', id: result.backupId }, { vault, signer, signal });
    pass(1);
    return result;
  };
  const pass = (days: number): void => {
    clock.time = new Date(clock.time.getTime() + days * 86_400_000);
  };
  return {
    vault,
    store,
    signer,
    recipients,
    world,
    source: atWork,
    logged,
    clock,
    now,
    dump,
    backUp,
    pass,
  };
}
export type Workshop = Awaited<ReturnType<typeof openWorkshop>>;

export async function keysOf(store: ObjectStore, prefix: string): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of store.list(prefix)) keys.push(key);
  return keys;
}

/** Changes one byte of a stored object behind the vault's back. */
export async function flip(vault: Vault, key: string): Promise<void> {
  const bytes = Buffer.from(await vault.store.get(key));
  const middle = bytes.length >> 1;
  bytes[middle] = (bytes[middle] ?? 0) ^ 1;
  await vault.store.put(key, bytes, { ifAbsent: false });
}

export const scope = () => ({
  limits,
  signal: new AbortController().signal,
  progress: () => undefined,
});
