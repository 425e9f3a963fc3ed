/**
 * One run at a time, by number: the claim of an epoch is create-only, the highest counts, and each step asks
 * whether it still does. An executor that slept through a newer run finds out before it acts.
 */
import { z } from 'zod';
import type { ClusterConfig } from '../../core/config/cluster.ts';
import { FailoverError, LeaseHeldError } from '../../core/errors.ts';
import { layout } from '../../core/layout.ts';
import type { ObjectStore } from '../../core/ports/store.ts';
import { encodeDocument, findDocument, hasCode } from '../vault/documents.ts';
import { leaseTokens } from '../vault/lease-file.ts';
import { leaseOwnerSchema, localLeaseHost } from '../vault/lease-owner.ts';
import type { ClusterAtWork } from './at-work.ts';

const claimSchema = z.strictObject({
  format: z.literal(1),
  cluster: z.string(),
  epoch: z.number().int().positive(),
  execution: z.string(),
  owner: leaseOwnerSchema,
  expiresAt: z.iso.datetime(),
  /** Asked for by a person; honoured between steps. */
  abort: z.boolean(),
  /** How it ended; null while it runs. */
  ended: z.string().nullable(),
});
export type Claim = z.infer<typeof claimSchema>;

type Surroundings = Pick<ClusterAtWork, 'name' | 'leaseStore' | 'host' | 'now'>;

/** Longer than any step but the wait for an approval. */
const ttlSeconds = 3600;

const leaseName = (cluster: string): string => `failover-${cluster}`;
const keyOf = ({ cluster, epoch }: Pick<Claim, 'cluster' | 'epoch'>): string =>
  layout.lease(leaseName(cluster), epoch);

export async function newestClaim(store: ObjectStore, cluster: string): Promise<Claim | undefined> {
  const epoch = (await leaseTokens(store, leaseName(cluster))).at(-1);
  if (epoch === undefined) return undefined;
  return (await findDocument(store, keyOf({ cluster, epoch }), claimSchema))?.value;
}

/** Newest first; `before` absent: all. */
export async function* claimsBefore(
  { leaseStore, name: cluster }: Pick<Surroundings, 'leaseStore' | 'name'>,
  before = Number.POSITIVE_INFINITY,
): AsyncGenerator<Claim> {
  const epochs = await leaseTokens(leaseStore, leaseName(cluster));
  for (const epoch of epochs.filter((each) => each < before).reverse()) {
    const found = await findDocument(leaseStore, keyOf({ cluster, epoch }), claimSchema);
    if (found !== undefined) yield found.value;
  }
}

/** Rejects with LeaseHeldError FAILOVER_RUNNING, which names the execution that runs. */
export async function claimEpoch(cluster: Surroundings, execution: string): Promise<Claim> {
  const newest = await newestClaim(cluster.leaseStore, cluster.name);
  if (newest?.execution === execution && newest.ended === null) {
    return rewrite(cluster, { ...newest, owner: cluster.host.self });
  }
  if (newest !== undefined && isHeld(newest, cluster)) throw failoverRuns(newest);
  const claim = makeClaim(cluster, { epoch: (newest?.epoch ?? 0) + 1, execution });
  try {
    await cluster.leaseStore.put(keyOf(claim), encodeDocument(claim), { ifAbsent: true });
  } catch (error) {
    if (!hasCode(error, 'OBJECT_EXISTS')) throw error;
    throw failoverRuns((await newestClaim(cluster.leaseStore, cluster.name)) ?? claim);
  }
  return claim;
}

function makeClaim(
  cluster: Surroundings,
  { epoch, execution }: Pick<Claim, 'epoch' | 'execution'>,
): Claim {
  const { name, host } = cluster;
  const run = { format: 1, cluster: name, epoch, execution, owner: host.self } as const;
  return { ...run, expiresAt: later(cluster, ttlSeconds), abort: false, ended: null };
}

const later = ({ now }: Surroundings, seconds: number): string =>
  new Date(now().getTime() + seconds * 1000).toISOString();

/** A run is under way that a living executor drives, and that did not expire. */
export async function isUnderWay(cluster: Surroundings): Promise<boolean> {
  const claim = await newestClaim(cluster.leaseStore, cluster.name);
  return claim !== undefined && isHeld(claim, cluster);
}

function isHeld(claim: Claim, { host, now }: Pick<Surroundings, 'host' | 'now'>): boolean {
  if (claim.ended !== null || host.look(claim.owner) === 'dead') return false;
  return new Date(claim.expiresAt) > now();
}

/**
 * The first thing in each step. Rejects with FailoverError EPOCH_STALE (a newer run), EPOCH_EXPIRED,
 * FAILOVER_ABORTED where `honoursAbort`.
 */
export async function enterStep(
  cluster: Surroundings,
  run: { readonly epoch: number; readonly execution: string },
  { honoursAbort, leaseSeconds = ttlSeconds }: { honoursAbort: boolean; leaseSeconds?: number },
): Promise<void> {
  const newest = await newestClaim(cluster.leaseStore, cluster.name);
  if (newest?.epoch !== run.epoch || newest.execution !== run.execution || newest.ended !== null)
    throw stale(run.epoch, newest);
  if (new Date(newest.expiresAt) < cluster.now()) throw expired(newest);
  if (newest.abort && honoursAbort) throw aborted(cluster.name);
  const renewed = { owner: cluster.host.self, expiresAt: later(cluster, leaseSeconds) };
  await rewrite(cluster, { ...newest, ...renewed });
}

/** `false`: there is a newer run. */
export async function endClaim(
  cluster: Surroundings,
  epoch: number,
  outcome: string,
): Promise<boolean> {
  const newest = await newestClaim(cluster.leaseStore, cluster.name);
  if (newest?.epoch !== epoch) return false;
  await rewrite(cluster, { ...newest, ended: outcome });
  return true;
}

/** Of all clusters that silence this source, the run under way. */
export async function freezingRun(
  clusters: Readonly<Record<string, Pick<ClusterConfig, 'freeze'>>>,
  source: string,
  cluster: Pick<Surroundings, 'leaseStore' | 'now'>,
): Promise<Claim | undefined> {
  const host = localLeaseHost();
  for (const [name, { freeze }] of Object.entries(clusters)) {
    if (!freeze.some((each) => 'source' in each && each.source === source)) continue;
    const claim = await newestClaim(cluster.leaseStore, name);
    if (claim !== undefined && isHeld(claim, { ...cluster, host })) return claim;
  }
  return undefined;
}

/** `false`: nothing runs. */
export async function requestAbort(cluster: Surroundings): Promise<boolean> {
  const newest = await newestClaim(cluster.leaseStore, cluster.name);
  if (newest === undefined || newest.ended !== null) return false;
  await rewrite(cluster, { ...newest, abort: true });
  return true;
}

async function rewrite({ leaseStore }: Surroundings, claim: Claim): Promise<Claim> {
  await leaseStore.put(keyOf(claim), encodeDocument(claim), { ifAbsent: false });
  return claim;
}

export const failoverRuns = ({ cluster, execution, epoch }: Claim): LeaseHeldError =>
  new LeaseHeldError(`a failover of ${cluster} runs already: ${execution} (epoch ${epoch})`, {
    code: 'FAILOVER_RUNNING',
    hint: `holdfast failover status ${cluster} shows it; holdfast failover abort ${cluster} ends it.`,
  });

const stale = (epoch: number, newest: Claim | undefined): FailoverError =>
  new FailoverError(
    `epoch ${epoch} does not count any more: ${newest === undefined ? 'there is no claim' : `${newest.execution} has epoch ${newest.epoch}${newest.ended === null ? '' : `, ended as ${newest.ended}`}`}`,
    { code: 'EPOCH_STALE', hint: 'Nothing was done by this step; look at the newer run.' },
  );

const expired = ({ epoch, expiresAt }: Claim): FailoverError =>
  new FailoverError(`the claim of epoch ${epoch} expired at ${expiresAt}`, {
    code: 'EPOCH_EXPIRED',
    hint: 'Nothing was done by this step; start anew: the next run reads the world again.',
  });

const aborted = (cluster: string): FailoverError =>
  new FailoverError(`the failover of ${cluster} was aborted by a person`, {
    code: 'FAILOVER_ABORTED',
    hint: 'What was done until then is undone where it can be; the report says what.',
  });
