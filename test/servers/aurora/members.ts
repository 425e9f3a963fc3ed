/** The two DB clusters: their Regions, their endpoints, and what moto is told of them. */
import {
  CreateDBClusterCommand,
  CreateDBClusterSnapshotCommand,
  CreateDBInstanceCommand,
  CreateGlobalClusterCommand,
  RDSClient,
} from '@aws-sdk/client-rds';
import { type Gate, startGate } from '../gate.ts';
import type { PostgresPair } from '../postgres-pair.ts';
import type { S3Server } from '../versitygw.ts';
import { statusFunction } from './status-function.ts';

export type Name = 'a' | 'b';
export const names: readonly Name[] = ['a', 'b'];
export const otherOf = (name: Name): Name => (name === 'a' ? 'b' : 'a');

export const places = {
  a: { region: 'us-east-1', cluster: 'orders-east', globalCluster: 'orders' },
  b: { region: 'us-west-2', cluster: 'orders-west', globalCluster: 'orders' },
} as const;
export const arnOf = (name: Name) =>
  `arn:aws:rds:${places[name].region}:123456789012:cluster:${places[name].cluster}`;

/** Addresses of their own before each server; that of the writer is inactive in a secondary. */
export interface Endpoints {
  readonly writer: Gate;
  readonly reader: Gate;
  readonly addresses: { readonly writer: string; readonly reader: string };
}

/** 127.0.n.2 → .12 and .22 */
export async function openEndpoints(pair: PostgresPair, name: Name): Promise<Endpoints> {
  const { port } = pair;
  const { address } = pair[name];
  const at = (shift: number) => address.replace(/\d+$/, (last) => String(Number(last) + shift));
  const addresses = { writer: at(10), reader: at(20) };
  const open = (own: string) => startGate({ address: own, port }, { address, port });
  const [writer, reader] = await Promise.all([open(addresses.writer), open(addresses.reader)]);
  return { writer, reader, addresses };
}

/** `admin` is what RDS gives to whoever makes a cluster: no superuser. */
export async function prepareServers({ a, b, application }: PostgresPair): Promise<void> {
  const { password } = new URL(application);
  await a.query(
    `create role admin login createrole password '${password}' in role pg_monitor, pg_signal_backend;
     alter database shop owner to admin`,
  );
  const regions = { [a.address]: places.a.region, [b.address]: places.b.region };
  await a.query(statusFunction(regions));
}

const clientOf = ({ endpoint, credentials }: S3Server, region: string) =>
  new RDSClient({ endpoint, region, credentials });

export async function createInMoto(moto: S3Server): Promise<void> {
  const engine = { Engine: 'aurora-postgresql', EngineVersion: '15.10' };
  const global = { GlobalClusterIdentifier: 'orders', ...engine };
  await clientOf(moto, places.a.region).send(new CreateGlobalClusterCommand(global));
  for (const name of names) {
    const { region, cluster } = places[name];
    const first = name === 'a' && { MasterUsername: 'admin', MasterUserPassword: 'of-moto-only' };
    const client = clientOf(moto, region);
    const asked = { DBClusterIdentifier: cluster, ...global, ...first };
    await client.send(new CreateDBClusterCommand(asked));
    const instance = { DBInstanceIdentifier: `${cluster}-1`, DBInstanceClass: 'db.r6g.large' };
    await client.send(
      new CreateDBInstanceCommand({
        ...{ ...instance, Engine: engine.Engine, DBClusterIdentifier: cluster },
      }),
    );
  }
}

/** What the old primary had at the failover, as Aurora names it. */
export async function keepVolume(moto: S3Server, name: Name): Promise<void> {
  const { region, cluster } = places[name];
  const asked = {
    DBClusterIdentifier: cluster,
    DBClusterSnapshotIdentifier: `rds:unplanned-global-failover-${cluster}-2026-11-28-12-00`,
  };
  await clientOf(moto, region).send(new CreateDBClusterSnapshotCommand(asked));
}
