/**
 * What the copies that S3 makes still lack. Replication has no order: what is incomplete over there is
 * pending, never damage, and becomes news when its time is past.
 */
import pLimit from 'p-limit';
import {
  type AlertChange,
  cleared,
  copyUnreachable,
  raised,
  replicationLag,
} from '../core/alerts/index.ts';
import { type BackupId, backupTime } from '../core/backup-id.ts';
import { HoldfastError, reportError } from '../core/errors.ts';
import { mostMeasuredSources } from '../core/figures.ts';
import { layout } from '../core/layout.ts';
import type { ObjectStore } from '../core/ports/store.ts';
import { vaultSubject } from './protection.ts';
import { listSets, type SetAddress, type Vault } from './vault/index.ts';

export interface ReplicatedCopy {
  readonly name: string;
  /** Opened here: its Region may not answer. */
  open(): Promise<ObjectStore>;
}

export interface SourceStanding {
  readonly source: string;
  /** `rpoStatus(…).text`. */
  readonly impact: string;
  readonly newest: BackupId | undefined;
}

export interface ReplicationOptions {
  readonly vault: Vault;
  readonly sources: readonly SourceStanding[];
  readonly copies: readonly ReplicatedCopy[];
}

/** S3 promises a quarter of an hour; after twice that somebody is told. */
export const replicationMinutes = 30;

const atOnce = 16;

/** Of each source the newest set that has to be there by now. */
export async function replicationChanges(options: ReplicationOptions): Promise<AlertChange[]> {
  const { copies, sources } = options;
  if (copies.length === 0) return [];
  const limit = pLimit(atOnce);
  const due = await Promise.all(sources.map((source) => limit(() => dueSet(source, options))));
  const sets = due.flatMap((set) => set ?? []);
  const changes = await Promise.all(copies.map((copy) => changesOf(copy, sets, options.vault)));
  return changes.flat();
}

interface DueSet extends SetAddress {
  readonly impact: string;
}

/** Of many sources only the newest set is looked at: listing all of them every few minutes costs. */
async function dueSet(
  { source, impact, newest }: SourceStanding,
  { vault, sources }: ReplicationOptions,
): Promise<DueSet | undefined> {
  const before = dueBefore(vault);
  let id = newest && backupTime(newest) <= before ? newest : undefined;
  if (id === undefined && sources.length <= mostMeasuredSources) {
    for await (const each of listSets(vault, source)) if (backupTime(each) <= before) id = each;
  }
  return id && { source, id, impact };
}

const dueBefore = ({ now }: Vault): Date => new Date(now().getTime() - replicationMinutes * 60_000);

async function changesOf(
  { name, open }: ReplicatedCopy,
  sets: readonly DueSet[],
  vault: Vault,
): Promise<AlertChange[]> {
  const reach = { event: 'replication.lag', source: vaultSubject, part: name } as const;
  try {
    const there = await open();
    const limit = pLimit(atOnce);
    const looks = sets.map((set) => limit(() => changeOf(set, { name, there, vault })));
    const seen = { detail: `The copy ${name} answers.`, impact: 'None.' };
    return [...(await Promise.all(looks)), cleared(reach, seen)];
  } catch (error) {
    if (!(error instanceof HoldfastError)) throw error;
    const report = reportError(error);
    return [raised(copyUnreachable({ source: vaultSubject, destination: name, report }))];
  }
}

interface Ends {
  readonly name: string;
  readonly there: ObjectStore;
  readonly vault: Vault;
}

async function changeOf(set: DueSet, { name, there, vault }: Ends): Promise<AlertChange> {
  const { source, id, impact } = set;
  const lacking = await lackingThere(set, there, vault);
  if (lacking.length > 0) {
    const minutes = replicationMinutes;
    return raised(
      replicationLag({ source, destination: name, backup: id, lacking, minutes, impact }),
    );
  }
  const seen = { detail: `${id} is whole in ${name}.`, impact };
  return cleared({ event: 'replication.lag', source, part: name }, seen);
}

/** Keys that have lain here long enough: a statement of today about a set of last week is young. */
async function lackingThere(
  { source, id }: SetAddress,
  there: ObjectStore,
  vault: Vault,
): Promise<string[]> {
  const lacking: string[] = [];
  const before = dueBefore(vault);
  for (const folder of [layout.set(source, id), layout.setData(source, id)]) {
    const found = new Set<string>();
    for await (const { key } of there.list(folder)) found.add(key);
    for await (const { key, modifiedAt } of vault.store.list(folder)) {
      if (modifiedAt <= before && !found.has(key)) lacking.push(key);
    }
  }
  return lacking;
}
