/** Services of ECS at an emulator, made and read past the program that scales them. */
import {
  CreateClusterCommand,
  CreateServiceCommand,
  DescribeServicesCommand,
  ECSClient,
  RegisterTaskDefinitionCommand,
} from '@aws-sdk/client-ecs';
import type { S3Server } from './versitygw.ts';

export interface EcsServices {
  /** One more, in the cluster `shop`. */
  make(service: string, desiredCount: number): Promise<void>;
  desired(service: string): Promise<number | undefined>;
  destroy(): void;
}

export async function ecsServices(
  { endpoint, credentials }: S3Server,
  region: string,
): Promise<EcsServices> {
  const client = new ECSClient({ region, endpoint, credentials });
  const cluster = 'shop';
  await client.send(new CreateClusterCommand({ clusterName: cluster }));
  const containerDefinitions = [{ name: 'web', image: 'web', memory: 128 }];
  await client.send(new RegisterTaskDefinitionCommand({ family: 'web', containerDefinitions }));
  return {
    async make(serviceName, desiredCount) {
      const service = { cluster, serviceName, taskDefinition: 'web' };
      await client.send(new CreateServiceCommand({ ...service, desiredCount }));
    },
    async desired(service) {
      const found = await client.send(
        new DescribeServicesCommand({ cluster, services: [service] }),
      );
      return found.services?.[0]?.desiredCount;
    },
    destroy: () => client.destroy(),
  };
}
