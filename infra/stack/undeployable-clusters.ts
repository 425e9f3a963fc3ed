/** What a cluster can have on one machine, and its functions in a stack cannot. */
import type { ClusterConfig } from '../../src/core/config/cluster.ts';
import type { Config } from '../../src/core/config/schema.ts';

export function clusterProblems({ clusters, deploy }: Config): string[] {
  if (Object.keys(clusters).length === 0) return [];
  const { network } = deploy;
  return [
    ...(network.endpoints
      ? [
          'deploy.network.endpoints: functions of clusters ask Route 53 and Systems Manager, which that network does not lead to; expected deploy.network.subnets with a way out',
        ]
      : []),
    ...(network.subnets !== undefined && network.publicIp
      ? [
          'deploy.network.publicIp: functions of clusters get no public address; expected subnets that reach AWS by a NAT gateway or endpoints',
        ]
      : []),
    ...Object.entries(clusters).flatMap(([name, cluster]) =>
      problemsOf(`clusters.${name}`, cluster),
    ),
  ];
}

/** A function has neither the programs of a machine nor its keys. */
function problemsOf(path: string, cluster: ClusterConfig): string[] {
  const { nodes, dns, freeze, activate, drill } = cluster;
  return [
    ...(drill === undefined
      ? []
      : [`${path}.drill: drills of failovers run on one machine; nothing here would start them`]),
    ...Object.entries(nodes).flatMap(([name, { control }]) =>
      control === undefined || !('local' in control || 'ssh' in control)
        ? []
        : [`${path}.nodes.${name}.control: of one machine; expected ssm: { instance: i-…, … }`],
    ),
    ...dns.flatMap(({ provider }, index) =>
      provider === 'route53'
        ? []
        : [
            `${path}.dns[${index}].provider: ${provider} needs programs of one machine; expected route53`,
          ],
    ),
    ...Object.entries({ freeze, activate }).flatMap(([step, list]) =>
      list.flatMap((each, index) =>
        ['command', 'kubernetes']
          .filter((key) => key in each)
          .map((key) => `${path}.${step}[${index}].${key}: of one machine; expected webhook`),
      ),
    ),
  ];
}
