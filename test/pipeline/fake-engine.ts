/** An engine whose source is a map in memory: what the pipeline does shows, without any server. */
import { z } from 'zod';
import { sourceShape } from '../../src/core/config/source.ts';
import { SourceError } from '../../src/core/errors.ts';
import type {
  Comparison,
  DumpSink,
  Engine,
  EngineContext,
  SetReader,
} from '../../src/core/ports/engine.ts';

export interface FakeWorld {
  /** What is backed up. */
  data: Map<string, string>;
  /** Where restores go, by target. */
  readonly targets: Map<string, Map<string, string>>;
  partialReasons: string[];
  failDump: Error | undefined;
  failRead: Error | undefined;
  findings: { subject: string; level: 'ok' | 'warning' | 'error'; detail: string; fix?: string }[];
  /** Makes a restored copy differ. */
  corruptRestore: boolean;
  assertions: { name: string; passed: boolean; detail: string }[];
  openScratches: number;
  /** Called in the middle of a dump. */
  duringDump: (context: EngineContext, sink: DumpSink) => Promise<void>;
}

export const fakeWorld = (): FakeWorld => ({
  data: new Map([['a', 'one']]),
  targets: new Map(),
  partialReasons: [],
  failDump: undefined,
  failRead: undefined,
  findings: [],
  corruptRestore: false,
  assertions: [],
  openScratches: 0,
  duringDump: () => Promise.resolve(),
});

const bytesOf = (entries: Iterable<readonly [string, string]>) => [
  Buffer.from(JSON.stringify([...entries])),
];

export function fakeEngine(world: FakeWorld): Engine {
  return {
    name: 'fake',
    kind: 'files',
    methods: ['full', 'incremental'],
    fingerprints: ['rows', 'checksum', 'none'],
    schema: z.strictObject({ engine: z.literal('fake'), ...sourceShape(['full', 'incremental']) }),
    check: () => Promise.resolve([]),
    async dump(context, request, sink) {
      const before = request.parent ? await restored(request.parent.reader) : new Map();
      const changed = [...world.data].filter(([key, value]) => before.get(key) !== value);
      await sink.bytes({ name: 'data', role: 'data' }, bytesOf(changed));
      await world.duringDump(context, sink);
      if (world.failDump) throw world.failDump;
      await sink.bytes({ name: 'index', role: 'index' }, bytesOf(world.data));
      return {
        method: request.parent ? 'incremental' : 'full',
        usedParent: request.parent !== undefined,
        server: { version: '1', identity: 'fake' },
        tool: { name: 'fake', version: '1' },
        positions: {},
        totals: { rows: world.data.size },
        partialReasons: world.partialReasons,
      };
    },
    async read(_context, set) {
      if (world.failRead) throw world.failRead;
      await restored(set);
      return { notes: ['read'] };
    },
    planRestore: (_context, { target = 'source' }) =>
      Promise.resolve({ target, findings: world.findings, actions: ['copy'] }),
    async restore(_context, { target = 'source' }, set) {
      const data = await restored(set);
      if (world.corruptRestore) data.set('a', 'changed');
      world.targets.set(target, data);
      const { fingerprint } = set.manifest;
      const comparison = await compare(set, data);
      return {
        target,
        comparison: {
          ...comparison,
          level: fingerprint,
          ...(fingerprint === 'none' && { units: 0 }),
        },
        totals: { rows: data.size },
        notes: [],
      };
    },
    openScratch() {
      world.openScratches += 1;
      return Promise.resolve({
        target: 'scratch',
        version: 'fake 1',
        close: () => {
          world.openScratches -= 1;
          world.targets.delete('scratch');
          return Promise.resolve();
        },
      });
    },
    assert(_context, target) {
      if (!world.targets.has(target)) throw new SourceError('not there', { code: 'GONE' });
      return Promise.resolve(world.assertions);
    },
  };
}

async function restored(set: SetReader): Promise<Map<string, string>> {
  const base = set.parent ? await restored(set.parent) : new Map<string, string>();
  const merged = new Map([...base, ...(await entries(set, 'data'))]);
  const index = new Map(await entries(set, 'index'));
  return new Map([...merged].filter(([key]) => index.has(key)));
}

async function entries(set: SetReader, stream: string): Promise<[string, string][]> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of set.open(stream)) chunks.push(chunk);
  return JSON.parse(Buffer.concat(chunks).toString('utf8')) as [string, string][];
}

async function compare(set: SetReader, found: Map<string, string>): Promise<Comparison> {
  const expected = await entries(set, 'index');
  const differences = expected
    .filter(([name, value]) => found.get(name) !== value)
    .map(([name, value]) => ({ name, expected: value, found: String(found.get(name)) }));
  return { level: 'checksum', units: expected.length, differences };
}
