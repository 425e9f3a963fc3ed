/** What every provider of DNS keeps to: the contract of src/core/ports/dns.ts. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DnsConfig } from '../../src/core/config/cluster.ts';
import type { DnsState, DnsZone, SwapRequest } from '../../src/core/ports/dns.ts';
import { openDnsZone } from '../../src/dns/index.ts';

export interface DnsFixture {
  config(name: string, type?: DnsConfig['type']): DnsConfig;
  secret(reference: string): Promise<string>;
  /** Somebody else's hand: sets the A records of a name, blindly, with a TTL of five seconds. */
  put(name: string, values: readonly string[]): Promise<void>;
  stop(): Promise<void>;
}

const [first, second, third] = ['192.0.2.1', '192.0.2.2', '192.0.2.3'] as const;
export const inTime = (): AbortSignal => AbortSignal.timeout(60_000);

export const swapTo = (
  from: DnsState,
  value: string,
  generation = from.generation + 1,
): SwapRequest => ({ from, value, ttlSeconds: 5, generation, signal: inTime() });

export function describeDnsZone(title: string, start: () => Promise<DnsFixture>): void {
  describe(title, () => {
    let fixture: DnsFixture;
    const opened: DnsZone[] = [];
    const open = (name: string, type?: DnsConfig['type']): DnsZone => {
      const zone = openDnsZone(fixture.config(name, type), { ...fixture, pollMs: 20 });
      opened.push(zone);
      return zone;
    };

    beforeAll(async () => {
      fixture = await start();
    });
    afterAll(async () => {
      await Promise.all(opened.map((zone) => zone.close()));
      await fixture?.stop();
    });

    it('reads every value, sorted, and generation 0 before the first swap', async () => {
      await fixture.put('many', [second, first]);
      const seen = await open('many').read(inTime());
      expect(seen).toEqual({ values: [first, second], ttlSeconds: 5, generation: 0 });
    });

    it('reads nothing where there is no such record', async () => {
      const seen = await open('nobody').read(inTime());
      expect(seen).toEqual({ values: [], ttlSeconds: 0, generation: 0 });
    });

    it('replaces all values and writes the generation beside them', async () => {
      await fixture.put('all', [first, second]);
      const zone = open('all');
      const wanted = { values: [third], ttlSeconds: 5, generation: 7 };
      const now = await zone.swap(swapTo(await zone.read(inTime()), third, 7));
      expect(now).toEqual(wanted);
      expect(await open('all').read(inTime())).toEqual(wanted);
    });

    it('makes the record where there was none', async () => {
      const zone = open('new');
      await zone.swap(swapTo(await zone.read(inTime()), first));
      expect(await zone.read(inTime())).toMatchObject({ values: [first], generation: 1 });
    });

    it.each([
      ['AAAA', 'wide', '2001:db8:0:0::1', '2001:db8::1'],
      ['CNAME', 'alias', 'Node-A.Example.test.', 'node-a.example.test'],
    ] as const)('swaps a %s', async (type, name, value, spelled) => {
      const zone = open(name, type);
      await zone.swap(swapTo(await zone.read(inTime()), value));
      const seen = await zone.read(inTime());
      expect(seen).toMatchObject({ values: [spelled], generation: 1 });
      await zone.swap(swapTo(seen, type === 'AAAA' ? '2001:db8::2' : 'node-b.example.test'));
      expect(await zone.read(inTime())).toMatchObject({ generation: 2 });
    });

    it('calls a repeated swap a success, and the same asked for after a new read', async () => {
      await fixture.put('again', [first]);
      const zone = open('again');
      const request = swapTo(await zone.read(inTime()), second, 3);
      await zone.swap(request);
      const wanted = { values: [second], generation: 3 };
      expect(await zone.swap({ ...request, signal: inTime() })).toMatchObject(wanted);
      const later = swapTo(await zone.read(inTime()), second, 3);
      expect(await zone.swap(later)).toMatchObject(wanted);
    });

    it('refuses a stale generation, although the value is the one that it saw', async () => {
      await fixture.put('stale', [first]);
      const zone = open('stale');
      const old = await zone.read(inTime());
      const there = await zone.swap(swapTo(old, second, 5));
      const back = await zone.swap(swapTo(there, first, 6));
      await expect(zone.swap(swapTo(old, third, 4))).rejects.toMatchObject({
        name: 'DnsError',
        code: 'DNS_CHANGED',
        retryable: false,
      });
      await expect(zone.swap(swapTo(back, third, 6))).rejects.toMatchObject({
        code: 'DNS_REFUSED',
      });
      expect(await zone.read(inTime())).toMatchObject({ values: [first], generation: 6 });
    });

    it('changes nothing where somebody rewrote the record in between', async () => {
      await fixture.put('rewritten', [first]);
      const zone = open('rewritten');
      const seen = await zone.read(inTime());
      await fixture.put('rewritten', [third]);
      await expect(zone.swap(swapTo(seen, second))).rejects.toMatchObject({
        code: 'DNS_CHANGED',
        message: expect.stringContaining(third),
      });
      expect(await zone.read(inTime())).toMatchObject({ values: [third], generation: 0 });
    });

    it('lets exactly one of two rivals win', async () => {
      await fixture.put('rivals', [first]);
      const zones = [open('rivals'), open('rivals')];
      const seen = await open('rivals').read(inTime());
      const values = [second, third] as const;
      const ends = await Promise.allSettled(
        zones.map((zone, index) => zone.swap(swapTo(seen, values[index] ?? ''))),
      );
      const won = ends.flatMap((end) => (end.status === 'fulfilled' ? [end.value] : []));
      const lost = ends.flatMap((end) => (end.status === 'rejected' ? [end.reason] : []));
      expect(won).toHaveLength(1);
      expect(lost).toMatchObject([{ code: 'DNS_CHANGED' }]);
      expect((await open('rivals').read(inTime())).values).toEqual(won[0]?.values);
    });

    it('never is without an answer during fifty swaps', async () => {
      await fixture.put('steady', [first]);
      const zone = open('steady');
      const watch = open('steady');
      let state = await zone.read(inTime());
      let swapping = true;
      const seen: string[] = [];
      const watching = (async () => {
        while (swapping) seen.push((await watch.read(inTime())).values.join());
      })();
      for (let round = 0; round < 50; round += 1) {
        state = await zone.swap(swapTo(state, round % 2 === 0 ? second : first));
      }
      swapping = false;
      await watching;
      expect(state).toMatchObject({ values: [first], generation: 50 });
      expect(seen.length).toBeGreaterThan(20);
      expect([...new Set(seen)].sort()).toEqual([first, second]);
    });

    it('changes nothing once it is told to stop', async () => {
      await fixture.put('stopped', [first]);
      const zone = open('stopped');
      const request = swapTo(await zone.read(inTime()), second);
      const stopped = AbortSignal.abort(new Error('told to stop'));
      await expect(zone.swap({ ...request, signal: stopped })).rejects.toThrow('told to stop');
      expect(await zone.read(inTime())).toMatchObject({ values: [first], generation: 0 });
    });

    it.each([
      ['a value of another type', '2001:db8::1'],
      ['a value with a line of its own', '192.0.2.9\nupdate delete x'],
    ])('refuses %s before anything is sent', async (_, value) => {
      await fixture.put('values', [first]);
      const zone = open('values');
      const request = swapTo(await zone.read(inTime()), value);
      await expect(zone.swap(request)).rejects.toMatchObject({ code: 'DNS_REFUSED' });
      expect(await zone.read(inTime())).toMatchObject({ values: [first] });
    });

    it('is not opened for a name that is none', () => {
      expect(() => open('db\nsend')).toThrow(expect.objectContaining({ code: 'DNS_REFUSED' }));
    });
  });
}
