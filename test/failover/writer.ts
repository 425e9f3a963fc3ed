/**
 * A program of its own, the oracle of the failover tests: writes without pause through the application's path, and
 * appends a line for each write whose COMMIT was answered. It knows nothing of Holdfast.
 * Arguments: a file for the lines, the application's URL, the lanes as JSON; it ends by SIGTERM.
 */
import { Resolver } from 'node:dns/promises';
import { createWriteStream } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';

/** Where one client finds its server, asked anew for each connection. */
type Lane =
  | {
      readonly name: string;
      readonly nameServer: string;
      readonly first: number;
      readonly pause: number;
    }
  | { readonly address: string; readonly first: number }
  /** One after the other, as a client with several hosts does. */
  | { readonly addresses: readonly string[]; readonly first: number; readonly pause: number };

const [file = '', url = '', lanes = '[]'] = process.argv.slice(2);
const lines = createWriteStream(file, { flags: 'a' });
let running = true;
process.once('SIGTERM', () => {
  running = false;
});

let turn = 0;

async function addressOf(lane: Lane): Promise<string> {
  if ('addresses' in lane) return lane.addresses[turn++ % lane.addresses.length] ?? '';
  if ('address' in lane) return lane.address;
  const resolver = new Resolver({ timeout: 300, tries: 1 });
  resolver.setServers([lane.nameServer]);
  try {
    return (await resolver.resolve4(lane.name))[0] ?? '';
  } catch (error) {
    const { code } = error as { code?: string };
    // The server answered, and the answer was nothing: a name may never be empty.
    if (code === 'ENODATA' || code === 'ENOTFOUND')
      lines.write(`${JSON.stringify({ empty: code })}\n`);
    return '';
  }
}

async function write(lane: Lane): Promise<void> {
  const ids = { next: lane.first };
  const pause = 'address' in lane ? 20 : lane.pause;
  while (running) {
    const address = await addressOf(lane);
    if (address !== '') await writeAt(address, ids, pause).catch(() => undefined);
    await sleep(Math.max(3, pause));
  }
}

async function writeAt(address: string, ids: { next: number }, pause: number): Promise<void> {
  const target = new URL(url);
  target.hostname = address;
  const client = new Client({
    connectionString: target.href,
    connectionTimeoutMillis: 300,
    query_timeout: 1000,
    application_name: 'writer',
  });
  client.on('error', () => undefined);
  try {
    await client.connect();
    while (running) {
      await writeOne(client, address, ids.next++);
      await sleep(pause);
    }
  } finally {
    client.end().catch(() => undefined);
  }
}

async function writeOne(client: Client, address: string, id: number): Promise<void> {
  const started = performance.timeOrigin + performance.now();
  const { rows } = await client.query(
    'insert into ledger (id) values ($1) returning pg_current_xact_id()::text as xid',
    [id],
  );
  const ended = performance.timeOrigin + performance.now();
  lines.write(`${JSON.stringify({ id, address, xid: rows[0].xid, started, ended })}\n`);
}

await Promise.all((JSON.parse(lanes) as Lane[]).map(write));
lines.end();
