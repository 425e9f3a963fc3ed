/** Where tasks run: the stack's own small network, or subnets of the account's. */
import type { Config } from '../../src/core/config/schema.ts';
import { ref, type Value } from './names.ts';

export interface Network {
  /** The file of infra/ that makes it. */
  readonly file: 'own' | 'own-closed' | 'given';
  readonly subnets: readonly [Value, Value];
  readonly securityGroup: Value;
  readonly publicIp: boolean;
}

export function networkOf({ deploy }: Config): Network {
  const { subnets, securityGroups, publicIp, endpoints } = deploy.network;
  if (subnets !== undefined) {
    const [securityGroup] = securityGroups ?? [''];
    return { file: 'given', subnets, securityGroup, publicIp: publicIp ?? false };
  }
  return {
    file: endpoints ? 'own-closed' : 'own',
    subnets: [ref('SubnetA'), ref('SubnetB')],
    securityGroup: ref('TaskSecurityGroup'),
    publicIp: !endpoints,
  };
}
