/** The drill of a failover: the backup restored, replicated, written to, failed over, measured, signed. */
import { FailoverRefusedError } from '../../core/errors.ts';
import { concludeDrill, type FailoverDrill } from '../../core/failover/drill.ts';
import type { EngineContext } from '../../core/ports/engine.ts';
import type { ScratchPrimary } from '../../core/ports/rehearsal.ts';
import { assertEqual } from '../restore.ts';
import { openSetChain } from '../sets/set-chain.ts';
import {
  type CommittedSet,
  isCommitted,
  isProvenBad,
  lastProof,
  loadSets,
  newestOf,
} from '../sets/stored-sets.ts';
import { type FailoverDrillOptions, phase } from './drill-at-work.ts';
import { earlierDrills, keepDrill } from './drill-reports.ts';
import { underLoad } from './under-load.ts';

/** A drill that failed is kept and signed too; one that could not be held rejects. Nothing of it stays running. */
export async function drillFailover(options: FailoverDrillOptions): Promise<FailoverDrill> {
  const { vault, source, rehearsal, signal, progress, mark, cluster, mode } = options;
  const set = await newestVerified(options);
  const earlier = await earlierDrills(vault.store, cluster.name, mode);
  const drill = await source.use({ signal, progress }, async (context) => {
    phase(options, 'starting scratch servers');
    const { version } = set.manifest.server;
    const primary = await rehearsal.open({ version, signal, mark });
    try {
      const seen = await rehearse(options, { context, set, primary });
      return concludeDrill({ ...seen, earlier });
    } finally {
      phase(options, 'removing scratch servers');
      await primary.close();
    }
  });
  signal.throwIfAborted();
  await keepDrill(options, set, drill);
  return drill;
}

/** Throws FailoverRefusedError `BACKUP_NOT_VERIFIED`. */
async function newestVerified({ vault, source }: FailoverDrillOptions): Promise<CommittedSet> {
  const sets = (await loadSets(vault, source.name)).filter(isCommitted);
  const verified = sets.filter(
    (set) =>
      !set.manifest.partial && !isProvenBad(set) && lastProof(set, ['checked', 'read', 'drilled']),
  );
  const newest = newestOf(verified);
  if (newest !== undefined) return newest;
  throw new FailoverRefusedError(`${source.name} has no verified backup to drill with`, {
    code: 'BACKUP_NOT_VERIFIED',
    hint: `holdfast backup ${source.name}, then \`holdfast verify ${source.name}\`.`,
  });
}

interface Stage {
  readonly context: EngineContext;
  readonly set: CommittedSet;
  readonly primary: ScratchPrimary;
}

async function rehearse(options: FailoverDrillOptions, stage: Stage) {
  const { vault, source, cluster, mode } = options;
  const { context, set, primary } = stage;
  const startedAt = vault.now();
  const comparison = await restoreInto(options, stage);
  const restoreSeconds = (vault.now().getTime() - startedAt.getTime()) / 1000;
  phase(options, 'replicating');
  const scratch = await primary.replicate();
  const seen = await underLoad(options, scratch);
  const writable = seen.writable?.target;
  const assertions = writable ? await source.engine.assert(context, writable) : [];
  return {
    ...{ cluster: cluster.name, mode, at: startedAt.toISOString(), source: source.name },
    ...{ backupId: set.id, server: primary.version, restoreSeconds, config: cluster.config },
    comparison,
    assertions: assertions.map((each) => ({ ...each })),
    ...{ run: seen.report, failure: seen.failure, acknowledged: seen.acknowledged },
    ...{ begunAt: seen.begunAt, survivors: seen.survivors },
  };
}

async function restoreInto(options: FailoverDrillOptions, { context, set, primary }: Stage) {
  const { vault, source, limits, signal, progress } = options;
  const address = { source: source.name, id: set.id };
  const chain = await openSetChain(vault, address, { limits, signal, onProgress: progress });
  const request = { target: primary.target, only: [], overwrite: false };
  const report = await source.engine.restore(context, request, chain);
  assertEqual(source.name, report.comparison);
  const { level, units, rows } = report.comparison;
  return { level, units, ...(rows !== undefined && { rows }) };
}
