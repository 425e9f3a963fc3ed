/** Two real name servers (BIND): the authority of a zone that takes signed updates, and a resolver that caches. */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { Resolver } from 'node:dns/promises';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ToolError } from '../../../core/errors.ts';
import { freePort } from '../../../engines/postgres/scratch-server.ts';

export interface NameServers {
  readonly zone: string;
  /** `127.0.0.1:port` of each. */
  readonly authority: string;
  readonly resolver: string;
  /** `algorithm:name:base64`: signs updates. */
  readonly key: string;
  stop(): Promise<void>;
}

const zone = 'example.test';
const startMilliseconds = 30_000;
const pollMilliseconds = 50;

/** Of the answers, in seconds: a resolver keeps what it was told so long. */
export const ttlSeconds = 1;

/** `name` leads to `address` in the beginning. Throws ToolError TOOL_MISSING, NAME_SERVER_FAILED. */
export async function startNameServers(
  folder: string,
  record: { readonly name: string; readonly address: string },
): Promise<NameServers> {
  const secret = randomBytes(32).toString('base64');
  const [port, cache] = [await freePort(), await freePort()];
  const lines = ['@ IN SOA ns hostmaster 1 2 2 86400 1', '@ IN NS ns', 'ns IN A 127.0.0.1'];
  const records = [`$TTL ${ttlSeconds}`, ...lines, `${record.name} IN A ${record.address}`, ''];
  const authority = await launch(join(folder, 'authority'), port, {
    options: 'recursion no;',
    zone: `key demo { algorithm hmac-sha256; secret "${secret}"; };\nzone "${zone}" { type primary; file "zone"; notify no; allow-update { key demo; }; };`,
    records: records.join('\n'),
  });
  const resolver = await launch(join(folder, 'resolver'), cache, {
    options: `recursion yes; dnssec-validation no; forward only; forwarders { 127.0.0.1 port ${port}; };`,
    zone: '',
  });
  return {
    ...{ zone, authority: `127.0.0.1:${port}`, resolver: `127.0.0.1:${cache}` },
    key: `hmac-sha256:demo:${secret}`,
    async stop() {
      await Promise.all([authority, resolver].map(end));
    },
  };
}

interface Settings {
  readonly options: string;
  readonly zone: string;
  readonly records?: string;
}

async function launch(
  folder: string,
  port: number,
  { options, zone: statements, records }: Settings,
): Promise<ChildProcess> {
  await mkdir(folder, { recursive: true });
  const place = `directory "${folder}"; pid-file none; session-keyfile "${folder}/session"; listen-on port ${port} { 127.0.0.1; }; listen-on-v6 { none; };`;
  const text = `options { ${place} allow-query { any; }; ${options} };\ncontrols { };\n${statements}\n`;
  await writeFile(join(folder, 'conf'), text, { mode: 0o600 });
  if (records !== undefined) await writeFile(join(folder, 'zone'), records);
  // Ends with this process, however that ends.
  const argv = ['--pdeathsig=KILL', 'named', '-g', '-n', '1', '-c', join(folder, 'conf')];
  const child = spawn('setpriv', argv, {
    stdio: 'ignore',
    env: { PATH: `${process.env['PATH']}:/usr/sbin` },
  });
  child.on('error', () => undefined);
  await untilAnswering(child, port);
  return child;
}

async function untilAnswering(child: ChildProcess, port: number): Promise<void> {
  const giveUpAt = performance.now() + startMilliseconds;
  const resolver = resolverAt(`127.0.0.1:${port}`);
  while (performance.now() < giveUpAt && child.exitCode === null && child.pid !== undefined) {
    if (
      await resolver.resolveNs(zone).then(
        () => true,
        () => false,
      )
    )
      return;
    await sleep(pollMilliseconds);
  }
  await end(child);
  throw new ToolError('the name server does not answer', {
    code: 'NAME_SERVER_FAILED',
    hint: 'The demonstration needs BIND: apt-get install bind9.',
  });
}

export function resolverAt(server: string): Resolver {
  const resolver = new Resolver({ timeout: 500, tries: 1 });
  resolver.setServers([server]);
  return resolver;
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await ended;
}
