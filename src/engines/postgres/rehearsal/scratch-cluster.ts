/**
 * Two PostgreSQL servers of our own on two loopback addresses and one port: the first is filled by a restore, the
 * second is a streaming replica made from it by `pg_basebackup`, as in production.
 */
import { randomBytes } from 'node:crypto';
import { appendFile, chmod, chown, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ToolError } from '../../../core/errors.ts';
import type {
  Rehearsal,
  RehearsalOptions,
  ScratchCluster,
  ScratchNode,
  ScratchPrimary,
} from '../../../core/ports/rehearsal.ts';
import { parseConnection } from '../connection.ts';
import { installationFor } from '../installation.ts';
import { folderPrefix, markOwner, sweepScratchServers } from '../scratch-leftovers.ts';
import { serverIdentity } from '../server-identity.ts';
import { withSession } from '../session.ts';
import { freeAddresses } from './addresses.ts';
import { loadDatabase, runIn, type ScratchPlace, scratchNode } from './scratch-node.ts';
import { endServer, killServer } from './server-processes.ts';
import { startWriteLoad } from './write-load.ts';

/** As a production server: durable, with what pg_rewind needs. The restore alone runs without fsync. */
const settings = `
max_connections = 40
max_locks_per_transaction = 1024
wal_level = logical
wal_keep_size = '512MB'
max_wal_size = '4GB'
`;
const access = 'host all,replication all 127.0.0.0/8 scram-sha-256\n';
const streamSeconds = 60;
const pollMilliseconds = 50;

export const postgresRehearsal: Rehearsal = { open };

/** Throws ToolError CLIENT_MISSING, TOOL_FAILED. */
async function open({ version, signal, mark }: RehearsalOptions): Promise<ScratchPrimary> {
  await sweepScratchServers(tmpdir());
  const installation = await installationFor('postgres', Number.parseInt(version, 10));
  const identity = await serverIdentity();
  const folder = await mkdtemp(join(tmpdir(), folderPrefix));
  const password = randomBytes(18).toString('base64url');
  const { port, addresses } = await freeAddresses();
  const place = { installation, identity, folder, password, port, mark, signal };
  const [first, second] = [
    scratchNode(place, 'scratch-a', addresses[0]),
    scratchNode(place, 'scratch-b', addresses[1]),
  ] as const;
  const close = async (): Promise<void> => {
    for (const { control } of [first, second]) await endServer(control.data);
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  };
  try {
    await markOwner(folder);
    await startPrimary(place, first);
  } catch (error) {
    await close();
    throw error;
  }
  const replicate = () => replicateTo(place, [first, second]);
  return { target: first.target, version: installation.version, replicate, close };
}

async function startPrimary(place: ScratchPlace, { control }: ScratchNode): Promise<void> {
  const { folder, identity, password } = place;
  const passwordFile = join(folder, 'password');
  await writeFile(passwordFile, password, { mode: 0o600 });
  await chmod(folder, 0o711);
  if (identity.uid !== undefined && identity.gid !== undefined) {
    for (const path of [folder, passwordFile]) await chown(path, identity.uid, identity.gid);
  }
  const locale = ['-E', 'UTF8', '--locale=C'];
  const login = ['-U', 'postgres', '-A', 'scram-sha-256', `--pwfile=${passwordFile}`];
  const options = [...login, ...locale, '--data-checksums', '--no-sync'];
  await runIn(place, ['initdb', '-D', control.data, ...options]);
  await appendFile(join(control.data, 'postgresql.conf'), settings);
  await appendFile(join(control.data, 'pg_hba.conf'), access);
  await writeFile(join(control.data, 'postgresql.auto.conf'), 'fsync = off\n');
  await runIn(place, control.start);
}

async function replicateTo(
  place: ScratchPlace,
  [primary, replica]: readonly [ScratchNode, ScratchNode],
): Promise<ScratchCluster> {
  const { signal, password } = place;
  const application = `drill_${randomBytes(4).toString('hex')}`;
  await query(`${primary.target}postgres`, signal, [
    'alter system reset fsync',
    'select pg_reload_conf()',
    `create database ${loadDatabase}`,
    `create role ${application} login password '${password}'`,
  ]);
  await query(primary.url, signal, [
    'create table ledger (id bigint primary key, at timestamptz not null default now())',
    `grant all on ledger to ${application}`,
    'checkpoint',
  ]);
  const { host, port } = parseConnection(primary.url);
  const from = `host=${host} port=${port} user=postgres`;
  const copy = ['-D', replica.control.data, '-c', 'fast', '-X', 'stream', '-R', '--no-sync'];
  await runIn(place, ['pg_basebackup', '-d', from, ...copy]);
  await runIn(place, replica.control.start);
  await untilStreaming(primary, signal);
  const asApplication = ({ url }: ScratchNode) =>
    Object.assign(new URL(url), { username: application }).href;
  return {
    ...{ primary, replica, application: asApplication(primary) },
    // One node after the other, as a client with two hosts does.
    startLoad: (urlOf = (turn) => asApplication(turn % 2 === 0 ? primary : replica)) =>
      startWriteLoad(urlOf),
    kill: ({ control }) => killServer(control.data),
    written: async ({ url }) => {
      const rows = await query<{ id: string }>(url, signal, ['select id::text from ledger']);
      return new Set(rows.map(({ id }) => Number(id)));
    },
  };
}

async function untilStreaming({ url }: ScratchNode, signal: AbortSignal): Promise<void> {
  const giveUpAt = performance.now() + streamSeconds * 1000;
  const sql = "select count(*)::int as streams from pg_stat_replication where state = 'streaming'";
  while ((await query<{ streams: number }>(url, signal, [sql]))[0]?.streams !== 1) {
    if (performance.now() > giveUpAt) {
      throw new ToolError(`the scratch replica does not stream after ${streamSeconds} s`, {
        code: 'SCRATCH_SERVER_FAILED',
        hint: 'check free memory and disk',
      });
    }
    await sleep(pollMilliseconds, undefined, { signal });
  }
}

/** What the last statement gives. */
const query = <Row extends object>(
  url: string,
  signal: AbortSignal,
  statements: readonly string[],
): Promise<readonly Row[]> =>
  withSession(parseConnection(url), { side: 'target', signal }, async (session) => {
    let rows: readonly Row[] = [];
    for (const sql of statements) rows = await session.query<Row>(sql);
    return rows;
  });
