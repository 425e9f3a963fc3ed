/**
 * What the steps of a failover may ask and order of RDS: of the instances that are configured, and of none beside.
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonrds.html
 */
import type { ClusterConfig } from '../../src/core/config/cluster.ts';
import { probePrefix } from '../../src/engines/rds/probe-name.ts';
import type { StepAccess } from './failover-access.ts';
import { sub, type Value } from './names.ts';
import type { Statement } from './statements.ts';

interface Place {
  readonly region: string;
  readonly instance: string;
}

/** By what a step does to a database: docs/engines/rds-failover.md names why. */
const orders: Readonly<Record<NonNullable<StepAccess['databases']>, readonly string[]>> = {
  ask: [],
  prove: [],
  fence: ['AddTagsToResource', 'ModifyDBInstance', 'RebootDBInstance'],
  unfence: ['ModifyDBInstance', 'RemoveTagsFromResource'],
  promote: ['AddTagsToResource', 'PromoteReadReplica', 'RemoveTagsFromResource'],
  rebuild: ['AddTagsToResource', 'ModifyDBInstance', 'CreateDBInstanceReadReplica'],
};

/** Given to nobody, to hear whether they would be obeyed: permissions.ts of the engine. */
const proved = [...new Set(Object.values(orders).flat())].sort();

export function databaseStatements(
  access: StepAccess['databases'],
  clusters: readonly ClusterConfig[],
): Statement[] {
  const places = clusters.flatMap(({ nodes }) =>
    Object.values(nodes).flatMap(({ control }) =>
      control !== undefined && 'rds' in control ? [control.rds] : [],
    ),
  );
  if (access === undefined || places.length === 0) return [];
  const own = places.map(({ instance, region }) => arnOf('db', { instance, region }));
  const regions = [...new Set(places.map(({ region }) => region))];
  return [
    { Sid: 'AskDatabases', Effect: 'Allow', Action: 'rds:DescribeDBInstances', Resource: own },
    ...(access === 'prove' ? proofs(regions) : []),
    ...(access === 'rebuild' ? rebuilding(places, regions) : []),
    ...(orders[access].length > 0
      ? [
          {
            Sid: 'OrderDatabases',
            Effect: 'Allow',
            Action: rds(orders[access]),
            Resource: own,
          } as const,
        ]
      : []),
  ];
}

const rds = (actions: readonly string[]): string[] => actions.map((action) => `rds:${action}`);

const arnOf = (kind: 'db' | 'pg' | 'og' | 'subgrp', { region, instance }: Place): Value =>
  sub(`arn:\${AWS::Partition}:rds:${region}:\${AWS::AccountId}:${kind}:${instance}`);

/** Security groups are described without a resource. */
function proofs(regions: readonly string[]): Statement[] {
  const nobody = regions.map((region) => arnOf('db', { region, instance: `${probePrefix}*` }));
  return [
    { Sid: 'OrderNobody', Effect: 'Allow', Action: rds(proved), Resource: nobody },
    {
      Sid: 'ReadSecurityGroups',
      Effect: 'Allow',
      Action: 'ec2:DescribeSecurityGroups',
      Resource: '*',
      Condition: { StringEquals: { 'aws:RequestedRegion': [...regions] } },
    },
  ];
}

/** The old instance goes on under another identifier; the new one names its network and its parameters. */
function rebuilding(places: readonly Place[], regions: readonly string[]): Statement[] {
  const aside = places.map(({ instance, region }) =>
    arnOf('db', { region, instance: `${instance}-before-*` }),
  );
  const beside = regions.flatMap((region) =>
    (['pg', 'og', 'subgrp'] as const).map((kind) => arnOf(kind, { region, instance: '*' })),
  );
  return [
    {
      Sid: 'FindDatabasesSetAside',
      Effect: 'Allow',
      Action: 'rds:DescribeDBInstances',
      Resource: regions.map((region) => arnOf('db', { region, instance: '*' })),
    },
    { Sid: 'SetDatabasesAside', Effect: 'Allow', Action: 'rds:ModifyDBInstance', Resource: aside },
    {
      Sid: 'CreateReplicas',
      Effect: 'Allow',
      Action: 'rds:CreateDBInstanceReadReplica',
      Resource: beside,
    },
  ];
}
