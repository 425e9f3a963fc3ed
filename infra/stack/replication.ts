/** What the vault's bucket sends to the copy of the recovery Region, who does it, and who hears that it lags. */
import { bucketLocation } from '../../src/core/bucket-location.ts';
import { recoveryCopy } from '../../src/core/config/recovery.ts';
import type { Config } from '../../src/core/config/schema.ts';
import { layout } from '../../src/core/layout.ts';
import { arnOf, ref, type Sub, sub, type Value } from './names.ts';
import type { Resource, Resources } from './resource.ts';
import { role } from './roles.ts';
import type { Statement } from './statements.ts';

/**
 * What a restore needs over there. How things stand here (state/, results/, runs/) and what is deployed
 * here (config/) is nobody's there; leases lie in a bucket of their own.
 */
const replicated = [
  layout.vault,
  layout.keyChecks,
  layout.signers,
  layout.data,
  layout.sets,
] as const;

interface Ends {
  readonly from: string;
  readonly to: string;
  readonly prefix: string;
}

function endsOf(config: Config): Ends | undefined {
  const copy = recoveryCopy(config);
  if (copy === undefined || config.deploy.vault !== 'stack') return undefined;
  const { bucket: from = '', prefix = '' } = bucketLocation(config.vault.primary.url) ?? {};
  return { from, prefix, to: bucketLocation(copy.url)?.bucket ?? '' };
}

const ruleName = (key: string): string => key.replace(/[^a-z-]/g, '');

/**
 * `ReplicationConfiguration` of the bucket. A delete marker stays here: each place has its own retention.
 * 15 minutes are the one promise there is:
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication-time-control.html
 */
export function replicationOf(config: Config): object {
  const ends = endsOf(config);
  if (ends === undefined) return ref('AWS::NoValue');
  const within = { Minutes: 15 };
  const Rules = replicated.map((key, index) => ({
    Id: ruleName(key),
    Status: 'Enabled',
    Priority: index + 1,
    Filter: { Prefix: `${ends.prefix}${key}` },
    DeleteMarkerReplication: { Status: 'Disabled' },
    Destination: {
      Bucket: bucketArn(ends.to),
      ReplicationTime: { Status: 'Enabled', Time: within },
      Metrics: { Status: 'Enabled', EventThreshold: within },
    },
  }));
  return { Role: arnOf('ReplicationRole'), Rules };
}

const bucketArn = (path: string): Sub => sub(`arn:\${AWS::Partition}:s3:::${path}`);

export function replicationResources(stage: string, config: Config): Resources {
  const ends = endsOf(config);
  if (ends === undefined) return {};
  return {
    ReplicationRole: replicationRole(stage, ends),
    BatchReplicationRole: batchRole(stage, ends),
    ReplicationLagAlarm: alarm(stage, ends, {
      name: 'replication-lag',
      description: `replication.lag: what was written has not reached ${ends.to} for half an hour. holdfast status --stage ${stage}-recovery tells how old its newest backup is.`,
      metric: 'ReplicationLatency',
      Statistic: 'Maximum',
      limit: 1800,
    }),
    ReplicationFailedAlarm: alarm(stage, ends, {
      name: 'replication-failed',
      description: `replication.lag: objects could not be replicated to ${ends.to}. Look at its policy and versioning; holdfast check --stage ${stage} has the command that sends them again.`,
      metric: 'OperationsFailedReplication',
      Statistic: 'Sum',
      limit: 0,
    }),
  };
}

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/setting-repl-config-perm-overview.html */
function replicationRole(stage: string, { from, to, prefix }: Ends): Resource {
  const statements: Statement[] = [
    {
      Sid: 'ReadRule',
      Effect: 'Allow',
      Action: ['s3:GetReplicationConfiguration', 's3:ListBucket'],
      Resource: bucketArn(from),
    },
    {
      Sid: 'ReadForReplication',
      Effect: 'Allow',
      Action: [
        's3:GetObjectVersionForReplication',
        's3:GetObjectVersionAcl',
        's3:GetObjectVersionTagging',
        's3:GetObjectRetention',
        's3:GetObjectLegalHold',
      ],
      Resource: objectsOf(from, prefix),
    },
    {
      Sid: 'Replicate',
      Effect: 'Allow',
      Action: ['s3:ReplicateObject', 's3:ReplicateTags'],
      Resource: objectsOf(to, prefix),
    },
  ];
  const trust = {
    Effect: 'Allow',
    Principal: { Service: 's3.amazonaws.com' },
    Action: 'sts:AssumeRole',
    Condition: {
      StringEquals: { 'aws:SourceAccount': ref('AWS::AccountId') },
      ArnLike: { 'aws:SourceArn': bucketArn(from) },
    },
  };
  return role(`holdfast-${stage}-replication`, trust, statements);
}

/**
 * Of a job that an operator starts for what is older than the rule; S3 makes the list itself.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-batch-replication-policies.html
 */
function batchRole(stage: string, { from, prefix }: Ends): Resource {
  const statements: Statement[] = [
    {
      Sid: 'InitiateReplication',
      Effect: 'Allow',
      Action: 's3:InitiateReplication',
      Resource: objectsOf(from, prefix),
    },
    {
      Sid: 'ListForReplication',
      Effect: 'Allow',
      Action: ['s3:GetReplicationConfiguration', 's3:PutInventoryConfiguration'],
      Resource: bucketArn(from),
    },
  ];
  const trust = {
    Effect: 'Allow',
    Principal: { Service: 'batchoperations.s3.amazonaws.com' },
    Action: 'sts:AssumeRole',
    Condition: { StringEquals: { 'aws:SourceAccount': ref('AWS::AccountId') } },
  };
  return role(`holdfast-${stage}-batch-replication`, trust, statements);
}

const objectsOf = (bucket: string, prefix: string): Value[] =>
  replicated.map((key) => bucketArn(`${bucket}/${prefix}${key}${key.endsWith('/') ? '*' : ''}`));

interface Planned {
  readonly name: string;
  readonly description: string;
  readonly metric: string;
  readonly Statistic: 'Maximum' | 'Sum';
  readonly limit: number;
}

/** Over all rules: https://docs.aws.amazon.com/AmazonS3/latest/userguide/metrics-dimensions.html */
function alarm(stage: string, { from, to }: Ends, planned: Planned): Resource {
  const { name, description, metric, Statistic, limit } = planned;
  const ofRules = replicated.map((key, index) => ({
    Id: `rule${index}`,
    ReturnData: false,
    MetricStat: {
      Period: 300,
      Stat: Statistic,
      Metric: {
        Namespace: 'AWS/S3',
        MetricName: metric,
        Dimensions: [
          { Name: 'SourceBucket', Value: from },
          { Name: 'DestinationBucket', Value: to },
          { Name: 'RuleId', Value: ruleName(key) },
        ],
      },
    },
  }));
  return {
    Type: 'AWS::CloudWatch::Alarm',
    Properties: {
      AlarmName: `holdfast-${stage}-${name}`,
      AlarmDescription: description,
      Metrics: [{ Id: 'all', Expression: 'MAX(METRICS())', Label: metric }, ...ofRules],
      EvaluationPeriods: 3,
      DatapointsToAlarm: 1,
      Threshold: limit,
      ComparisonOperator: 'GreaterThanThreshold',
      TreatMissingData: 'notBreaching',
      AlarmActions: [ref('AlertTopic')],
      OKActions: [ref('AlertTopic')],
    },
  };
}
