/** BIND: an authority that takes signed updates, and on demand a secondary and a resolver that caches. */
import { type ChildProcess, spawn } from 'node:child_process';
import { Resolver } from 'node:dns/promises';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort, stop } from './process.ts';

const secret = Buffer.from('a key of the tests, 32 bytes long').toString('base64');

export const zoneName = 'example.test';
export const keys = {
  /** May update. */
  good: `hmac-sha256:holdfast:${secret}`,
  /** Known to the server, but not allowed to update. */
  stranger: `hmac-sha256:stranger:${secret}`,
  /** The right name with another secret. */
  wrong: `hmac-sha256:holdfast:${Buffer.from('not that key').toString('base64')}`,
} as const;

export interface NameServer {
  /** `127.0.0.1:port`. */
  readonly server: string;
  readonly pid: number;
  /** SIGSTOP and SIGCONT: it keeps its sockets and says nothing. */
  freeze(): void;
  thaw(): void;
  stop(): Promise<void>;
}

export interface Bind extends NameServer {
  /** Transfers the zone, but is not notified of changes: it asks every two seconds. */
  secondary(): Promise<NameServer>;
  /** Forwards to the authority and keeps answers for their TTL. */
  resolver(): Promise<NameServer>;
  /** Whoever else may change the zone: no prerequisites. */
  rewrite(lines: readonly string[]): Promise<void>;
  /** The same for a shell. */
  rewriteCommand(lines: readonly string[]): string;
}

const keyStatements = ['holdfast', 'stranger']
  .map((name) => `key ${name} { algorithm hmac-sha256; secret "${secret}"; };`)
  .join('\n');

/** `records`: lines of the zone file; their TTL is five seconds. */
export async function startBind(records: readonly string[]): Promise<Bind> {
  const port = await freePort();
  const head = [
    '$TTL 5',
    '@ IN SOA ns hostmaster 1 2 2 86400 5',
    '@ IN NS ns',
    'ns IN A 127.0.0.1',
  ];
  const zone = `type primary; file "zone"; notify no; allow-update { key holdfast; }; allow-transfer { key holdfast; };`;
  const primary = await launch(port, {
    statements: `recursion no;`,
    zone: `${keyStatements}\nzone "${zoneName}" { ${zone} };`,
    file: [...head, ...records, ''].join('\n'),
  });
  const others: NameServer[] = [];
  const begin = async (options: LaunchOptions) => {
    const other = await launch(await freePort(), options);
    others.push(other);
    return other;
  };
  const from = `primaries { 127.0.0.1 port ${port} key holdfast; };`;
  return {
    ...primary,
    secondary: () =>
      begin({
        statements: 'recursion no;',
        zone: `${keyStatements}\nzone "${zoneName}" { type secondary; file "copy"; ${from} min-refresh-time 2; max-refresh-time 2; };`,
      }),
    resolver: () =>
      begin({
        statements: `recursion yes; dnssec-validation no; forward only; forwarders { 127.0.0.1 port ${port}; };`,
        zone: '',
      }),
    async rewrite(lines) {
      const child = spawn('nsupdate', ['-v'], { stdio: ['pipe', 'ignore', 'inherit'] });
      child.stdin.end(updateOf(port, lines));
      const [code] = await once(child, 'close');
      if (code !== 0) throw new Error(`nsupdate ended with ${code}`);
    },
    rewriteCommand: (lines) => `nsupdate -v <<'END'\n${updateOf(port, lines)}END`,
    async stop() {
      await Promise.all([primary, ...others].map((server) => server.stop()));
    },
  };
}

function updateOf(port: number, lines: readonly string[]): string {
  const key = `key hmac-sha256:holdfast ${secret}`;
  const start = [`server 127.0.0.1 ${port}`, `zone ${zoneName}.`, key];
  return [...start, ...lines, 'send', ''].join('\n');
}

interface LaunchOptions {
  readonly statements: string;
  readonly zone: string;
  readonly file?: string;
}

async function launch(
  port: number,
  { statements, zone, file }: LaunchOptions,
): Promise<NameServer> {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-bind-'));
  const common = `directory "${folder}"; pid-file "${folder}/pid"; session-keyfile "${folder}/session"; listen-on port ${port} { 127.0.0.1; }; listen-on-v6 { none; }; allow-query { any; };`;
  const config = `options { ${common} ${statements} };\ncontrols { };\n${zone}\n`;
  await writeFile(join(folder, 'conf'), config);
  if (file !== undefined) await writeFile(join(folder, 'zone'), file);
  const child = spawn('named', ['-g', '-n', '1', '-c', join(folder, 'conf')], {
    stdio: 'ignore',
    env: { PATH: `${process.env['PATH']}:/usr/sbin` },
  });
  await untilAnswering(child, port);
  return {
    server: `127.0.0.1:${port}`,
    pid: Number(child.pid),
    freeze: () => void child.kill('SIGSTOP'),
    thaw: () => void child.kill('SIGCONT'),
    async stop() {
      child.kill('SIGCONT');
      await stop(child);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function untilAnswering(child: ChildProcess, port: number): Promise<void> {
  const end = Date.now() + 60_000;
  while (Date.now() < end) {
    if (child.exitCode !== null) throw new Error(`named ended with ${child.exitCode}`);
    const resolver = new Resolver({ timeout: 500, tries: 1 });
    resolver.setServers([`127.0.0.1:${port}`]);
    const answered = await resolver.resolveNs(zoneName).then(
      () => true,
      () => false,
    );
    if (answered) return;
    await sleep(100);
  }
  await stop(child);
  throw new Error('named did not serve its zone within 60 s');
}
