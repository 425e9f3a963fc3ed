import { FailoverRefusedError, UsageError } from '../src/core/errors.ts';
import { failoverDrillInputSchema } from '../src/core/failover/drill.ts';
import { drillFailover } from '../src/pipeline/failover/drill.ts';
import { executeDrill, openRehearsal } from '../src/wiring/drill-executor.ts';
import type { Site } from '../src/wiring/site.ts';
import type { TaskWork } from './task-work.ts';

export const failoverDrillTask: TaskWork = async (given, { site, ...context }) => {
  const { cluster: name, mode } = failoverDrillInputSchema.parse(given);
  const config = clusterOf(site, name);
  const rehearsal = await openRehearsal(config.engine);
  if (rehearsal === undefined) throw noRehearsal(config.engine);
  if (config.source === undefined) throw noSource(name);
  const surroundings = {
    ...{ ...context, mode, mark: ownMark(), cluster: { name, config } },
    ...{ tempDir: site.tempDir, environment: process.env },
  };
  return drillFailover({
    ...{ ...surroundings, rehearsal },
    vault: await site.vaults.open(),
    source: site.source(config.source),
    signer: await site.signer(),
    limits: site.config.limits,
    execute: (scratch) => executeDrill(surroundings, scratch),
  });
};

/** What the launcher looks for when it ends what a task has left. */
function ownMark(): Record<string, string> {
  const mark = process.env['HOLDFAST_TASK'];
  return mark === undefined ? {} : { HOLDFAST_TASK: mark };
}

function clusterOf({ config: { clusters } }: Site, name: string) {
  const found = Object.hasOwn(clusters, name) ? clusters[name] : undefined;
  if (found !== undefined) return found;
  throw new UsageError(`There is no cluster "${name}"`, {
    code: 'CLUSTER_UNKNOWN',
    hint: 'Clusters are the keys under `clusters:`.',
  });
}

const noRehearsal = (engine: string): FailoverRefusedError =>
  new FailoverRefusedError(`a failover of ${engine} cannot be drilled`, {
    code: 'DRILL_UNKNOWN',
    hint: 'Nothing was changed.',
  });

const noSource = (cluster: string): FailoverRefusedError =>
  new FailoverRefusedError(`${cluster} names no source whose backup a drill could restore`, {
    code: 'DRILL_SOURCE_MISSING',
    hint: `Write \`source:\` under \`clusters.${cluster}\`.`,
  });
