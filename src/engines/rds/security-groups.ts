/** Whether the group that fences lets nobody in, in the network of its instance. */
import { DescribeSecurityGroupsCommand, EC2Client } from '@aws-sdk/client-ec2';
import type { ClusterNode } from '../../core/ports/failover-engine.ts';
import { bounded, clientSettings } from './api.ts';
import { type Instance, isIsolated, rdsOf } from './instance.ts';

export async function isolationProblems(
  node: ClusterNode,
  instance: Instance,
  signal: AbortSignal,
): Promise<string[]> {
  const { isolation, region, ...place } = rdsOf(node);
  if (isIsolated(node, instance)) return [`${node.name} is fenced already, by ${isolation}`];
  const client = new EC2Client(clientSettings({ region, ...place }));
  try {
    const command = new DescribeSecurityGroupsCommand({ GroupIds: [isolation] });
    const asked = { action: `DescribeSecurityGroups of ${isolation}`, signal };
    const { SecurityGroups = [] } = await bounded(region, asked, (options) =>
      client.send(command, options),
    );
    const [group] = SecurityGroups;
    const foreign = instance.vpc !== undefined && group?.VpcId !== instance.vpc;
    return [
      ...(foreign ? [`${isolation} is in ${group?.VpcId}, ${node.name} in ${instance.vpc}`] : []),
      ...(group?.IpPermissions?.length ? [`${isolation} lets somebody in: it is no fence`] : []),
    ];
  } catch (error) {
    signal.throwIfAborted();
    return [`${node.name}: ${error instanceof Error ? error.message : String(error)}`];
  } finally {
    client.destroy();
  }
}
