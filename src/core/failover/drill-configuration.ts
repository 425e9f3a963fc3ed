/**
 * The configuration that a drill's executor is given: made only of the scratch servers. Nothing of production can be
 * reached from it: no connection, no name, no command and no webhook of the cluster is copied.
 */
import type { ClusterConfig } from '../config/cluster.ts';
import type { ScratchCluster, ScratchNode } from '../ports/rehearsal.ts';
import type { FailoverMode } from './plan.ts';

/** How the executor finds its secrets. */
export const drillVariables = {
  primary: 'HOLDFAST_DRILL_PRIMARY',
  replica: 'HOLDFAST_DRILL_REPLICA',
  application: 'HOLDFAST_DRILL_APPLICATION',
  key: 'HOLDFAST_DRILL_KEY',
} as const;

export interface DrillConfigurationFacts {
  readonly cluster: string;
  readonly mode: FailoverMode;
  readonly config: Pick<ClusterConfig, 'engine' | 'objectives' | 'budget'>;
  readonly scratch: Pick<ScratchCluster, 'primary' | 'replica'>;
  /** The folder of the drill's own vault. */
  readonly vault: string;
}

export function drillConfiguration(facts: DrillConfigurationFacts): object {
  const { cluster, mode, config, scratch, vault } = facts;
  const { engine, objectives, budget } = config;
  const node = ({ control }: ScratchNode, variable: string) => ({
    connection: `env:${variable}`,
    control: { local: control },
  });
  return {
    vault: {
      primary: { url: `file://${vault}` },
      encryption: { key: `env:${drillVariables.key}` },
    },
    sources: {},
    clusters: {
      [cluster]: {
        engine,
        nodes: {
          [scratch.primary.name]: node(scratch.primary, drillVariables.primary),
          [scratch.replica.name]: node(scratch.replica, drillVariables.replica),
        },
        application: `env:${drillVariables.application}`,
        objectives,
        // What a forced drill would lose is measured and compared afterwards; stopping there would measure nothing.
        budget: mode === 'planned' ? budget : { bytes: Number.MAX_SAFE_INTEGER },
      },
    },
  };
}

export const drillSecrets = (
  { primary, replica, application }: ScratchCluster,
  key: string,
): Readonly<Record<string, string>> => ({
  [drillVariables.primary]: primary.url,
  [drillVariables.replica]: replica.url,
  [drillVariables.application]: application,
  [drillVariables.key]: key,
});
