/** Brings back from an archive tier what a restore has to read: the set and all it builds on. */
import pLimit from 'p-limit';
import type { BackupId } from '../../core/backup-id.ts';
import type { ThawState } from '../../core/contracts/functions.ts';
import { layout } from '../../core/layout.ts';
import type { ObjectInfo } from '../../core/ports/store.ts';
import { type ColdObject, type Retrieval, thawForecast } from '../../core/thaw.ts';
import { readManifest, type Vault } from '../vault/index.ts';

export interface ThawOptions {
  readonly vault: Vault;
  readonly retrieval: Retrieval;
  /** When it was first asked for. */
  readonly since: Date;
  readonly signal: AbortSignal;
}

/** What was thawed stays readable so long: a restore that begins late, and its repetition, find it. */
const readableDays = 3;
const atOnce = 16;

type Address = { readonly source: string; readonly id: BackupId };
type Cold = ObjectInfo & { readonly coldTier: NonNullable<ObjectInfo['coldTier']> };

/**
 * Asks for every object that cannot be read yet; safe to repeat. Rejects with IntegrityError where the
 * chain has no manifest, with StoreError where the bucket refuses.
 */
export async function thawChain(set: Address, options: ThawOptions): Promise<ThawState> {
  const { vault, retrieval, since, signal } = options;
  const limit = pLimit(atOnce);
  const asked = await Promise.all(
    (await coldObjects(set, options)).map((object) =>
      limit(async () => {
        const request = { retrieval, days: readableDays, signal };
        return { object, state: await vault.store.thaw(object.key, request) };
      }),
    ),
  );
  const waiting = asked.filter(({ state }) => state === 'waiting').map(({ object }) => object);
  return thawState(waiting, { retrieval, since });
}

/** What would have to be thawed; nothing is asked for. Undefined: all of it can be read. */
export async function describeCold(
  set: Address,
  options: ThawOptions,
): Promise<string | undefined> {
  const state = thawState(await coldObjects(set, options), options);
  return state.ready ? undefined : state.detail;
}

function thawState(
  objects: readonly Cold[],
  asked: { readonly retrieval: Retrieval; readonly since: Date },
): ThawState {
  const since = asked.since.toISOString();
  const [first, ...others] = objects.map(
    ({ coldTier: tier, sizeBytes }): ColdObject => ({ tier, sizeBytes }),
  );
  if (first === undefined) {
    return { ready: true, since, waitSeconds: 0, detail: 'Every object can be read.' };
  }
  const { lookEverySeconds, text } = thawForecast([first, ...others], asked);
  return { ready: false, since, waitSeconds: lookEverySeconds, detail: `${text}.` };
}

async function coldObjects({ source, id }: Address, options: ThawOptions): Promise<Cold[]> {
  const { vault, signal } = options;
  const cold: Cold[] = [];
  for (let next: BackupId | null = id; next !== null; ) {
    for await (const object of vault.store.list(layout.setData(source, next), { signal })) {
      const seen = object.mayBeCold ? await vault.store.head(object.key, signal) : object;
      if (seen && isCold(seen)) cold.push(seen);
    }
    const { manifest }: { manifest: { parent: BackupId | null } } = await readManifest(
      vault,
      source,
      next,
    );
    next = manifest.parent;
  }
  return cold;
}

const isCold = (object: ObjectInfo): object is Cold => object.coldTier !== undefined;
