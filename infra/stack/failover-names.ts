/**
 * What the steps of a failover may do in hosted zones: look, or swap exactly the records that are configured.
 * https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/specifying-conditions-route53.html
 */
import type { ClusterConfig, DnsConfig } from '../../src/core/config/cluster.ts';
import { recordNames } from '../../src/dns/dns-name.ts';
import type { StepAccess } from './failover-access.ts';
import { sub } from './names.ts';
import type { Statement } from './statements.ts';

type Hosted = Extract<DnsConfig, { provider: 'route53' }>;

export function nameStatements(
  access: StepAccess['names'],
  clusters: readonly ClusterConfig[],
): Statement[] {
  const records = clusters
    .flatMap(({ dns }) => dns)
    .filter((record): record is Hosted => record.provider === 'route53');
  if (access === undefined || records.length === 0) return [];
  const zones = [...new Set(records.map(({ zoneId }) => zoneId))];
  const reading: Statement = {
    Sid: 'ReadNames',
    Effect: 'Allow',
    Action: ['route53:ListResourceRecordSets', 'route53:GetHostedZone'],
    Resource: zones.map(zoneArn),
  };
  if (access === 'read') return [reading];
  const follow: Statement = {
    Sid: 'FollowChanges',
    Effect: 'Allow',
    Action: 'route53:GetChange',
    Resource: sub(`arn:\${AWS::Partition}:route53:::change/*`),
  };
  return [reading, ...zones.map((zone, index) => change(zone, index, records)), follow];
}

const zoneArn = (zone: string) => sub(`arn:\${AWS::Partition}:route53:::hostedzone/${zone}`);

/** The record and its generation; a batch that names anything else is refused whole. */
function change(zone: string, index: number, records: readonly Hosted[]): Statement {
  const own = records.filter(({ zoneId }) => zoneId === zone);
  const names = own.map(recordNames).flatMap(({ full, generation }) => [full, generation]);
  const every = (key: string, values: readonly string[]) => ({
    [`route53:ChangeResourceRecordSets${key}`]: [...new Set(values)],
  });
  return {
    Sid: `ChangeNames${index === 0 ? '' : index + 1}`,
    Effect: 'Allow',
    Action: 'route53:ChangeResourceRecordSets',
    Resource: zoneArn(zone),
    Condition: {
      'ForAllValues:StringEquals': {
        ...every('NormalizedRecordNames', names),
        ...every('RecordTypes', [...own.map(({ type }) => type), 'TXT']),
        ...every('Actions', ['CREATE', 'DELETE']),
      },
    },
  };
}
