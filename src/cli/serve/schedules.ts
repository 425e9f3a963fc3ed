/** Every schedule of a configuration as runs of the state machines. */
import { backupIdParts } from '../../core/backup-id.ts';
import type { Config } from '../../core/config/schema.ts';
import type { LocalMachineName } from '../../core/contracts/machines.ts';
import type { FailoverMode } from '../../core/failover/plan.ts';
import { parseSchedule, type Schedule } from '../../core/schedule.ts';
import { runName } from '../../core/scheduled-runs.ts';
import type { ExecutionRecord, ScheduledRun } from '../../runner/index.ts';
import type { Site } from '../../wiring/site.ts';
import { clusterOf, sourceOf } from '../executions/watched.ts';

export function schedulesOf(site: Site): ScheduledRun[] {
  const sources = Object.entries(site.config.sources).flatMap(([name, source]) => [
    ...Object.entries(source.policies).flatMap(([policy, { schedule, timezone }]) =>
      schedule === undefined ? [] : [backupRun({ site, name, policy }, schedule, timezone)],
    ),
    ...(source.drill?.schedule === undefined
      ? []
      : [drillRun(name, source.drill.schedule, source.drill.timezone)]),
  ]);
  return [...sources, ...clusterRuns(site.config), healthRun(site.config)];
}

interface Slot {
  readonly site: Site;
  readonly name: string;
  readonly policy: string;
}

const backupRun = (
  { site, name, policy }: Slot,
  schedule: string,
  timezone: string,
): ScheduledRun => ({
  name: runName({ machine: 'backup', source: name, policy }),
  schedule: parseSchedule(schedule, timezone),
  machine: 'backup',
  input: (time) => ({ source: name, policy, scheduledTime: time.toISOString() }),
  overlaps: ({ machine, input }: ExecutionRecord) =>
    machine === 'backup' && sourceOf(input) === name,
  lastRun: () => lastBackup(site, name, policy),
});

/** A lost journal must not make every schedule look new: the vault knows the last run. */
async function lastBackup(site: Site, source: string, policy: string): Promise<Date | undefined> {
  const { listSets } = await import('../../pipeline/vault/index.ts');
  const vault = await site.vaults.openKeyless().catch(() => undefined);
  if (!vault) return undefined;
  let last: Date | undefined;
  for await (const id of listSets(vault, source)) {
    const parts = backupIdParts(id);
    if (parts.policy === policy) last = parts.time;
  }
  return last;
}

const drillRun = (name: string, schedule: string, timezone: string): ScheduledRun => ({
  name: runName({ machine: 'drill', source: name }),
  schedule: parseSchedule(schedule, timezone),
  machine: 'drill',
  input: () => ({ source: name }),
  overlaps: ({ machine, input }: ExecutionRecord) =>
    machine === 'drill' && sourceOf(input) === name,
});

const clusterRuns = ({ clusters }: Config): ScheduledRun[] =>
  Object.entries(clusters).flatMap(([cluster, { drill, readiness }]) => [
    clusterRun('failover-check', { cluster }, parseSchedule(readiness.schedule)),
    ...(drill?.schedule === undefined
      ? []
      : [
          clusterRun(
            'failover-drill',
            { cluster, mode: drill.mode },
            parseSchedule(drill.schedule, drill.timezone),
          ),
        ]),
  ]);

const clusterRun = (
  machine: LocalMachineName,
  input: { readonly cluster: string; readonly mode?: FailoverMode },
  schedule: Schedule,
): ScheduledRun => ({
  name: `${machine}-${input.cluster}`,
  ...{ schedule, machine },
  input: () => ({ ...input }),
  overlaps: (running) => running.machine === machine && clusterOf(running.input) === input.cluster,
});

const healthRun = ({ health }: Config): ScheduledRun => ({
  name: 'health',
  schedule: parseSchedule(health.schedule),
  machine: 'health',
  input: () => ({}),
  overlaps: ({ machine }: ExecutionRecord) => machine === 'health',
});
