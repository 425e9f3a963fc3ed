/** Figures about the backups themselves, looked up when Prometheus asks. */
import { Gauge, type Registry } from 'prom-client';
import { backupTime } from '../../core/backup-id.ts';
import { type SourceStatus, sourceStatus } from '../../pipeline/status.ts';
import type { Site } from '../../wiring/site.ts';

/** A scrape every few seconds must not list the vault every time. */
const freshMs = 30_000;

export function backupMetrics(site: () => Site): (registry: Registry) => void {
  const look = remembered(
    () => statusesOf(site()),
    () => site().now(),
  );
  return (registry) => {
    for (const { name, help, value } of figures) {
      new Gauge({
        name,
        help,
        labelNames: ['source'],
        registers: [registry],
        async collect() {
          this.reset();
          for (const status of await look()) {
            const figure = value(status);
            if (figure !== undefined) this.set({ source: status.source }, figure);
          }
        },
      });
    }
  };
}

const seconds = (date: Date | undefined): number | undefined => date && date.getTime() / 1000;

const figures: readonly {
  readonly name: string;
  readonly help: string;
  readonly value: (status: SourceStatus) => number | undefined;
}[] = [
  {
    name: 'holdfast_backup_last_good_timestamp_seconds',
    help: 'Time of the newest backup that is not partial.',
    value: ({ lastGood }) => seconds(lastGood && backupTime(lastGood.id)),
  },
  {
    name: 'holdfast_backup_last_verified_timestamp_seconds',
    help: 'Time of the newest backup that was verified.',
    value: ({ lastVerified }) => seconds(lastVerified && backupTime(lastVerified.id)),
  },
  {
    name: 'holdfast_backup_last_drilled_timestamp_seconds',
    help: 'When a backup was last restored and compared.',
    value: ({ lastDrilled }) => seconds(lastDrilled?.at),
  },
  {
    name: 'holdfast_backup_last_drill_seconds',
    help: 'How long that restore took.',
    value: ({ lastDrilled }) => lastDrilled?.seconds,
  },
  {
    name: 'holdfast_backup_stale',
    help: '1 where no verified backup is as young as the RPO asks.',
    value: ({ rpo }) => Number(rpo.stale),
  },
  { name: 'holdfast_backup_sets', help: 'Committed sets.', value: ({ sets }) => sets },
  { name: 'holdfast_backup_damaged_sets', help: 'Damaged sets.', value: ({ damaged }) => damaged },
  {
    name: 'holdfast_backup_stored_bytes',
    help: 'Bytes of all committed sets.',
    value: ({ storedBytes }) => storedBytes,
  },
];

async function statusesOf(site: Site): Promise<SourceStatus[]> {
  const vault = await site.vaults.openKeyless().catch(() => undefined);
  if (!vault) return [];
  const names = Object.keys(site.config.sources);
  return Promise.all(names.map((name) => sourceStatus(name, { vault, ...site.source(name) })));
}

function remembered<T>(look: () => Promise<T>, now: () => Date): () => Promise<T> {
  let last: { readonly at: number; readonly value: Promise<T> } | undefined;
  return () => {
    const at = now().getTime();
    if (last === undefined || at - last.at > freshMs) last = { at, value: look() };
    last.value.catch(() => {
      last = undefined;
    });
    return last.value;
  };
}
