/**
 * What the steps of a failover may ask of Aurora. The looking ones may ask for a promotion only of a cluster that does
 * not exist, so that what forbids it in that Region is seen before the fence; one step alone may promote.
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonrds.html
 */
import type { ClusterConfig, ManagedConfig } from '../../src/core/config/cluster.ts';
import { probedCluster } from '../../src/engines/aurora/permission.ts';
import type { StepAccess } from './failover-access.ts';
import { sub, type Value } from './names.ts';
import type { Statement } from './statements.ts';

type Place = Extract<ManagedConfig, { aurora: unknown }>['aurora'];

export function auroraStatements(
  access: StepAccess['globalDatabase'],
  clusters: readonly ClusterConfig[],
): Statement[] {
  const places = clusters.flatMap(({ nodes }) =>
    Object.values(nodes).flatMap(({ control }) =>
      control !== undefined && 'aurora' in control ? [control.aurora] : [],
    ),
  );
  if (access === undefined || places.length === 0) return [];
  return [...looking(places), ...(more[access]?.(places) ?? [])];
}

const looking = (places: readonly Place[]): Statement[] => [
  {
    Sid: 'ReadGlobalDatabases',
    Effect: 'Allow',
    Action: 'rds:DescribeGlobalClusters',
    Resource: globals(places),
  },
  {
    Sid: 'ReadClusters',
    Effect: 'Allow',
    Action: 'rds:DescribeDBClusters',
    Resource: places.map((place) => clusterArn(place)),
  },
];

const promotion = (Sid: string, resources: readonly Value[]): Statement => ({
  Sid,
  Effect: 'Allow',
  Action: ['rds:SwitchoverGlobalCluster', 'rds:FailoverGlobalCluster'],
  Resource: [...resources],
});

const more: Partial<
  Record<NonNullable<StepAccess['globalDatabase']>, (places: readonly Place[]) => Statement[]>
> = {
  ask: (places) => [
    promotion('AskWhetherToPromote', [
      ...globals(places),
      ...places.map((place) => clusterArn({ ...place, cluster: probedCluster })),
    ]),
  ],
  promote: (places) => [
    promotion('Promote', [...globals(places), ...places.map((place) => clusterArn(place))]),
  ],
  'find-volumes': (places) => [
    {
      Sid: 'FindLostVolumes',
      Effect: 'Allow',
      Action: 'rds:DescribeDBClusterSnapshots',
      Resource: places.flatMap((place) => [clusterArn(place), snapshots(place)]),
    },
  ],
};

/** It is of no Region. */
const globals = (places: readonly Place[]): Value[] =>
  [...new Set(places.map(({ globalCluster }) => globalCluster))].map((name) =>
    sub(`arn:\${AWS::Partition}:rds::\${AWS::AccountId}:global-cluster:${name}`),
  );

const clusterArn = ({ region, cluster }: Place): Value =>
  sub(`arn:\${AWS::Partition}:rds:${region}:\${AWS::AccountId}:cluster:${cluster}`);

const snapshots = ({ region }: Place): Value =>
  sub(`arn:\${AWS::Partition}:rds:${region}:\${AWS::AccountId}:cluster-snapshot:*`);
