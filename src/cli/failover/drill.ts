/** Runs the machine of a drill on this machine, and gives what its task left in the vault. */
import { taskResultSchema } from '../../core/contracts/results.ts';
import { type ErrorReport, UsageError } from '../../core/errors.ts';
import { type FailoverDrill, failoverDrillSchema } from '../../core/failover/drill.ts';
import type { FailoverMode } from '../../core/failover/plan.ts';
import { allowedWords } from '../../core/nearest.ts';
import type { ProgressUpdate } from '../../core/ports/engine.ts';
import type { Site } from '../../wiring/site.ts';
import type { CommandContext } from '../command.ts';
import { runToEnd } from '../executions/local.ts';
import { clusterOf, endOf } from '../executions/watched.ts';
import { openLocalRunner } from '../local-runner.ts';

export interface DrillEnd {
  readonly cluster: string;
  readonly outcome: 'passed' | 'failed';
  readonly execution: string;
  readonly drill?: FailoverDrill;
  readonly error?: ErrorReport;
}

const machine = 'failover-drill';

export async function runDrill(
  site: Site,
  context: CommandContext,
  { cluster, mode }: { readonly cluster: string; readonly mode: FailoverMode | undefined },
): Promise<DrillEnd> {
  const { clusters } = site.config;
  const config = Object.hasOwn(clusters, cluster) ? clusters[cluster] : undefined;
  if (config === undefined) throw unknown(cluster, Object.keys(clusters));
  const { environment, globals, signal, warn, note, progress } = context;
  const said = new Set<string>();
  const onProgress = (update: ProgressUpdate): void => {
    progress.update(cluster, update);
    if (update.unit === 'steps' && !said.has(update.phase)) note(`  ${update.phase}`);
    said.add(update.phase);
  };
  const onLog = (line: string): void => {
    if (globals.verbose) note(site.secrets.mask(line));
  };
  const local = await openLocalRunner({
    ...{ site, environment, onProgress, onLog },
    ...{ stage: globals.stage, onNotice: warn },
  });
  try {
    await local.runner.abortDead(machine, ({ input }) => clusterOf(input) === cluster);
    note(`${cluster}: a drill on scratch servers; production is not touched`);
    const input = { cluster, mode: mode ?? config.drill?.mode ?? 'planned' };
    const record = await runToEnd(local, { machine, input, signal });
    return { cluster, execution: record.id, ...(await endedAs(site, record)) };
  } finally {
    progress.finish(cluster);
    await local.close();
  }
}

async function endedAs(site: Site, record: Parameters<typeof endOf>[0]) {
  const { readResult } = await import('../../pipeline/vault/index.ts');
  const vault = await site.vaults.openKeyless();
  const schema = taskResultSchema(failoverDrillSchema);
  const result = await readResult(vault, record.id, machine, schema);
  if (result !== undefined && 'outcome' in result)
    return { outcome: result.outcome, drill: result };
  const end = endOf(record, result?.error as ErrorReport | undefined);
  return { outcome: 'failed' as const, ...(end.ok ? {} : { error: end.error }) };
}

const unknown = (name: string, known: readonly string[]): UsageError =>
  new UsageError(`There is no cluster "${name}"${allowedWords(name, known)}`, {
    code: 'CLUSTER_UNKNOWN',
    hint: 'Clusters are the keys under `clusters:`.',
  });
