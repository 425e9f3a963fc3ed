/** The failover lab with two instances of RDS in two Regions in place of two machines. */
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startBind } from '../servers/bind.ts';
import { type RdsPair, regions, startRdsPair } from '../servers/rds.ts';
import { FailoverLab, type NodeName } from './lab.ts';

export class RdsLab extends FailoverLab {
  protected override readonly engine = 'rds-postgres';
  declare readonly pair: RdsPair;

  static override async start(): Promise<RdsLab> {
    const pair = await startRdsPair();
    const bind = await startBind([`db IN A ${pair.a.address}`]);
    const lab = new RdsLab(pair, bind, await mkdtemp(join(tmpdir(), 'holdfast-rds-')));
    await lab.configure();
    return lab;
  }

  protected override given(): Record<string, string> {
    const { accessKeyId, secretAccessKey } = this.pair.front.credentials;
    const own = { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey };
    return { ...super.given(), ...own };
  }

  /** `changes`: of both nodes, in place of what works. */
  override nodes(changes: object = {}): object {
    const node = (name: NodeName) => ({
      connection: `env:ORDERS_${name.toUpperCase()}`,
      control: { rds: { ...this.pair.control(name), ...changes } },
    });
    return { a: node('a'), b: node('b') };
  }

  /** Its security group lets nobody in, or nobody gets to its Region. */
  override async isFenced(node: NodeName): Promise<boolean> {
    const { instances, isolation, dark } = this.pair;
    if (dark.has(node)) return true;
    const instance = instances.find(regions[node], `orders-${node}`);
    return instance === undefined || instance.groups.join() === isolation[node];
  }

  /** What took effect of one action, on instances that exist. */
  orders(action: string): string[] {
    const known = /^(orders-|arn:.*:orders-)/;
    return this.pair.front.calls.flatMap((call) => {
      const id = call.parameters.get('DBInstanceIdentifier') ?? '';
      return call.action === action && known.test(id) ? [id] : [];
    });
  }
}
