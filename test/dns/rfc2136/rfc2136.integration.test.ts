import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import type { DnsConfig } from '../../../src/core/config/cluster.ts';
import type { DnsZone } from '../../../src/core/ports/dns.ts';
import { openDnsZone } from '../../../src/dns/index.ts';
import { type Bind, keys, startBind, zoneName } from '../../servers/bind.ts';
import { type DnsFixture, describeDnsZone, inTime, swapTo } from '../conformance.ts';

type Servers = Partial<
  Pick<Extract<DnsConfig, { provider: 'rfc2136' }>, 'secondaries' | 'resolvers'>
>;

const configOf = (server: string, name: string, servers: Servers = {}) => ({
  provider: 'rfc2136' as const,
  server,
  key: 'env:KEY',
  secondaries: [],
  resolvers: [],
  zone: zoneName,
  name,
  type: 'A' as DnsConfig['type'],
  ttl: 5,
  values: {},
  ...servers,
});

const putLines = (name: string, values: readonly string[]) => [
  `update delete ${name}.${zoneName}. A`,
  ...values.map((value) => `update add ${name}.${zoneName}. 5 A ${value}`),
];

async function fixture(): Promise<DnsFixture> {
  const bind = await startBind([]);
  return {
    config: (name, type = 'A') => ({ ...configOf(bind.server, name), type }),
    secret: async () => keys.good,
    put: (name, values) => bind.rewrite(putLines(name, values)),
    stop: () => bind.stop(),
  };
}

describeDnsZone('dynamic updates at BIND', fixture);

describe('a zone on a server of one’s own', () => {
  const started: Bind[] = [];
  const start = async () => {
    const bind = await startBind(['db IN A 192.0.2.1']);
    started.push(bind);
    return bind;
  };
  const open = (config: DnsConfig, key: string = keys.good): DnsZone =>
    openDnsZone(config, { secret: async () => key });

  afterEach(async () => {
    await Promise.all(started.splice(0).map((bind) => bind.stop()));
  });

  it('says what every server says: a secondary before its transfer, a resolver with what it keeps', async () => {
    const bind = await start();
    const [secondary, resolver] = await Promise.all([bind.secondary(), bind.resolver()]);
    const servers = { secondaries: [secondary.server], resolvers: [resolver.server] };
    const zone = open(configOf(bind.server, 'db', servers));
    await zone.answers(inTime());
    secondary.freeze();
    await zone.swap(swapTo(await zone.read(inTime()), '192.0.2.2'));
    const [authority, , cached] = await zone.answers(inTime());
    secondary.thaw();
    expect(authority).toMatchObject({
      kind: 'authoritative',
      values: ['192.0.2.2'],
      ttlSeconds: 5,
    });
    expect(cached).toMatchObject({ kind: 'resolver', server: resolver.server });
    const settled = await untilAll(zone, '192.0.2.2');
    expect(settled.map(({ server }) => server)).toEqual([
      bind.server,
      secondary.server,
      resolver.server,
    ]);
  });

  it('shows the old value of a resolver, and how long that lasts', async () => {
    const bind = await start();
    const resolver = await bind.resolver();
    const zone = open(configOf(bind.server, 'db', { resolvers: [resolver.server] }));
    await zone.answers(inTime());
    await zone.swap(swapTo(await zone.read(inTime()), '192.0.2.2'));
    const [authority, cached] = await zone.answers(inTime());
    expect(authority?.values).toEqual(['192.0.2.2']);
    expect(cached?.values).toEqual(['192.0.2.1']);
    expect(cached?.ttlSeconds).toBeLessThanOrEqual(5);
    await untilAll(zone, '192.0.2.2');
  });

  it('names a server that is silent, beside the answers of the others', async () => {
    const bind = await start();
    const secondary = await bind.secondary();
    await secondary.stop();
    const zone = open(configOf(bind.server, 'db', { secondaries: [secondary.server] }));
    const [authority, silent] = await zone.answers(inTime());
    expect(authority?.values).toEqual(['192.0.2.1']);
    expect(silent).toMatchObject({ values: [], error: expect.stringMatching(/^E[A-Z]+$/) });
  });

  it('can be tried again while the server is away, and then goes on', async () => {
    const bind = await start();
    const zone = open(configOf(bind.server, 'db'));
    const seen = await zone.read(inTime());
    const away = { code: 'DNS_UNREACHABLE', retryable: true };
    bind.freeze();
    await Promise.all([
      expect(zone.swap(swapTo(seen, '192.0.2.2'))).rejects.toMatchObject(away),
      expect(zone.read(inTime())).rejects.toMatchObject(away),
    ]);
    bind.thaw();
    expect(await zone.swap(swapTo(seen, '192.0.2.2'))).toMatchObject({ values: ['192.0.2.2'] });
    await bind.stop();
    await expect(zone.swap(swapTo(seen, '192.0.2.3'))).rejects.toMatchObject(away);
  });

  it.each([
    ['a key that may not update', keys.stranger],
    ['a key that is another', keys.wrong],
    ['a key that is none', 'nonsense'],
  ])('is denied with %s, and does not tell it', async (_, key) => {
    const bind = await start();
    const zone = open(configOf(bind.server, 'db'), key);
    const error = await zone.swap(swapTo(await zone.read(inTime()), '192.0.2.2')).catch((e) => e);
    expect(error).toMatchObject({ code: 'DNS_DENIED', retryable: false });
    expect(error.message).not.toContain(key.split(':').at(-1));
    expect((await zone.read(inTime())).values).toEqual(['192.0.2.1']);
  });

  it('has its key in no argument and no environment of a process', async () => {
    const bind = await start();
    const zone = open(configOf(bind.server, 'db'));
    const seen = await zone.read(inTime());
    bind.freeze();
    const swapping = zone.swap(swapTo(seen, '192.0.2.2'));
    const said = await untilRunning('nsupdate');
    bind.thaw();
    await swapping;
    expect(said).toContain('nsupdate');
    expect(said).not.toContain(keys.good.split(':').at(-1));
  });
});

async function untilAll(zone: DnsZone, value: string) {
  const end = Date.now() + 60_000;
  for (;;) {
    const answers = await zone.answers(inTime());
    if (answers.every(({ values }) => values.join() === value)) return answers;
    if (Date.now() > end) throw new Error(`not everywhere: ${JSON.stringify(answers)}`);
    await sleep(200);
  }
}

/** Arguments and environment of this process's child of that name. */
async function untilRunning(name: string): Promise<string> {
  const end = Date.now() + 20_000;
  while (Date.now() < end) {
    const threads = await readdir(`/proc/${process.pid}/task`);
    const lists = await Promise.all(
      threads.map((id) => readFile(`/proc/${process.pid}/task/${id}/children`, 'utf8')),
    );
    for (const pid of lists.join(' ').split(' ').filter(Boolean)) {
      const parts = ['cmdline', 'environ'].map((part) => readFile(`/proc/${pid}/${part}`, 'utf8'));
      const said = await Promise.all(parts).catch(() => []);
      if (said[0]?.startsWith(name)) return said.join('\0');
    }
    await sleep(20);
  }
  throw new Error(`${name} was not seen`);
}
