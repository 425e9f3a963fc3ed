/**
 * What the steps of a failover may do with services of ECS: look, or scale exactly those that are configured.
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerservice.html
 */
import { type Activate, type Freeze, scaledBy } from '../../src/core/config/around.ts';
import type { ClusterConfig } from '../../src/core/config/cluster.ts';
import type { StepAccess } from './failover-access.ts';
import { sub, type Value } from './names.ts';
import type { Statement } from './statements.ts';

export function scalingStatements(
  scales: StepAccess['scales'],
  clusters: readonly ClusterConfig[],
): Statement[] {
  if (scales === undefined) return [];
  const steps = clusters.flatMap((cluster) =>
    scales === 'nothing' ? [...cluster.freeze, ...cluster.activate] : cluster[scales],
  );
  const services = servicesOf(steps);
  if (services.length === 0) return [];
  const scaling = scales === 'nothing' ? [] : ['ecs:UpdateService'];
  return [
    {
      Sid: 'ScaleServices',
      Effect: 'Allow',
      Action: ['ecs:DescribeServices', ...scaling],
      Resource: services,
    },
  ];
}

/** Of exactly these distributions: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudfront.html */
export function invalidationStatements(
  scales: StepAccess['scales'],
  clusters: readonly ClusterConfig[],
): Statement[] {
  const ids = clusters.flatMap(({ activate }) =>
    activate.flatMap((each) => ('cloudfront' in each ? [each.cloudfront.distribution] : [])),
  );
  if (scales !== 'activate' || ids.length === 0) return [];
  return [
    {
      Sid: 'InvalidateCaches',
      Effect: 'Allow',
      Action: 'cloudfront:CreateInvalidation',
      Resource: [...new Set(ids)].map((id) =>
        sub(`arn:\${AWS::Partition}:cloudfront::\${AWS::AccountId}:distribution/${id}`),
      ),
    },
  ];
}

function servicesOf(steps: readonly (Freeze | Activate)[]): Value[] {
  const names = steps.flatMap((each) => {
    const workload = scaledBy(each)?.workload;
    if (workload === undefined || !('ecs' in workload)) return [];
    const { cluster, service, region = `\${AWS::Region}` } = workload.ecs;
    return [`${region}:\${AWS::AccountId}:service/${cluster}/${service}`];
  });
  return [...new Set(names)].map((name) => sub(`arn:\${AWS::Partition}:ecs:${name}`));
}
