/** The dead-man check: looks at every source, whether or not anything ran. */
import { z } from 'zod';
import {
  type AlertChange,
  backupStale,
  cleared,
  type DigestLine,
  raised,
} from '../core/alerts/index.ts';
import { backupTime } from '../core/backup-id.ts';
import type { Config } from '../core/config/schema.ts';
import type { SourceBase } from '../core/config/source.ts';
import { layout } from '../core/layout.ts';
import { missedRun } from '../core/objectives.ts';
import { parseSchedule } from '../core/schedule.ts';
import { type Notifier, notify, openAlerts, sendDigest, tendAlerts } from './notify/index.ts';
import { type KeyState, protectionChanges, vaultSubject } from './protection.ts';
import { type ReplicatedCopy, replicationChanges } from './replication.ts';
import { type Standing, standings } from './standing.ts';
import type { Vault } from './vault/index.ts';

export interface HealthOptions {
  readonly vault: Vault;
  readonly config: Pick<Config, 'sources' | 'alerts' | 'clusters'>;
  readonly notifier: Notifier;
  /** Of the vault's KMS keys, as far as they are known. */
  readonly keys?: readonly KeyState[];
  /** Those that S3 makes. */
  readonly copies?: readonly ReplicatedCopy[];
}

export interface HealthReport {
  readonly sources: number;
  readonly stale: readonly string[];
  readonly statuses: readonly Standing[];
}

/** Raises and clears `backup.stale` and `replication.lag`, escalates, sends again what no channel took, sends the digest. */
export async function checkHealth({
  vault,
  config,
  notifier,
  keys = [],
  copies = [],
}: HealthOptions): Promise<HealthReport> {
  const names = Object.keys(config.sources);
  const firstSeen = await rememberSources(vault, names);
  const changes: AlertChange[] = [];
  const stale: string[] = [];
  const statuses = await standings(config.sources, vault);
  for (const status of statuses) {
    const name = status.source;
    const source = config.sources[name];
    if (!source) continue;
    const since = new Date(firstSeen[name] ?? vault.now());
    const change = staleness(status, { source, since, now: vault.now() });
    if (change.kind === 'raised') stale.push(name);
    changes.push(change);
  }
  const newest = statuses.flatMap(({ source, lastGood }) =>
    lastGood ? [{ source, id: lastGood.id }] : [],
  );
  changes.push(...(await protectionChanges({ vault, newest, keys })));
  const sources = statuses.map(({ source, rpo, lastGood }) => ({
    source,
    impact: rpo.text,
    newest: lastGood?.id,
  }));
  changes.push(...(await replicationChanges({ vault, sources, copies })));
  await notify(changes, notifier);
  await tendAlerts(notifier, new Set([...names, ...Object.keys(config.clusters), vaultSubject]));
  if (config.alerts.digest) {
    await sendDigest(config.alerts.digest, () => digestLines(statuses, notifier), notifier);
  }
  return { sources: names.length, stale, statuses };
}

function staleness(
  { source: name, rpo, lastGood }: Standing,
  { source, since, now }: { readonly source: SourceBase; readonly since: Date; readonly now: Date },
): AlertChange {
  const schedules = Object.values(source.policies).flatMap(({ schedule, timezone }) =>
    schedule === undefined ? [] : [parseSchedule(schedule, timezone)],
  );
  const newestAt = lastGood && backupTime(lastGood.id);
  const missed = missedRun({ schedules, newestAt, since, now });
  if (rpo.stale || missed) return raised(backupStale({ source: name, impact: rpo.text, missed }));
  const detail = lastGood ? `${lastGood.id} is recent enough.` : 'No run was due yet.';
  return cleared({ event: 'backup.stale', source: name }, { detail, impact: rpo.text });
}

async function digestLines(
  statuses: readonly Standing[],
  notifier: Notifier,
): Promise<DigestLine[]> {
  const open = await openAlerts(notifier);
  return statuses.map((status) => ({
    source: status.source,
    rpo: status.rpo,
    sets: status.sets,
    storedBytes: status.storedBytes,
    newestDrillAt: status.lastDrilled?.at,
    problems: open
      .filter(({ problem }) => problem.source === status.source)
      .map(({ problem }) => problem.title),
  }));
}

const seenSchema = z.record(z.string(), z.iso.datetime());

/** Since when each source is known here: a run before that was nobody's to do. */
async function rememberSources(
  { store, now }: Vault,
  names: readonly string[],
): Promise<Record<string, string>> {
  const known = (await store.head(layout.health))
    ? seenSchema.parse(JSON.parse(Buffer.from(await store.get(layout.health)).toString('utf8')))
    : {};
  const at = now().toISOString();
  const seen = Object.fromEntries(names.map((name) => [name, known[name] ?? at]));
  if (names.some((name) => known[name] === undefined)) {
    await store.put(layout.health, Buffer.from(JSON.stringify(seen)), { ifAbsent: false });
  }
  return seen;
}
