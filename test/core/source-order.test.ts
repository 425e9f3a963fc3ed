import fc from 'fast-check';
import { expect, test } from 'vitest';
import { sourceOrder } from '../../src/core/source-order.ts';

test('each source comes after those it names, otherwise as configured', () => {
  const sources = {
    web: { after: ['db', 'files'] },
    files: { after: ['db'] },
    db: { after: [] },
    logs: { after: [] },
  };
  expect(sourceOrder(sources)).toEqual(['db', 'files', 'web', 'logs']);
});

test('a name that is no source is passed over', () => {
  expect(sourceOrder({ web: { after: ['gone'] } })).toEqual(['web']);
});

test('a circle is named', () => {
  const sources = { a: { after: ['b'] }, b: { after: ['c'] }, c: { after: ['b'] } };
  expect(() => sourceOrder(sources)).toThrow('b → c → b');
});

test('whatever the sources, all of them come, each after its own', () => {
  const graphs = fc
    .array(fc.array(fc.nat({ max: 9 }), { maxLength: 4 }), { maxLength: 10 })
    .map((rows) =>
      Object.fromEntries(
        rows.map((row, n) => [`s${n}`, { after: row.filter((m) => m < n).map((m) => `s${m}`) }]),
      ),
    );
  fc.assert(
    fc.property(graphs, (sources) => {
      const order = sourceOrder(sources);
      expect(order.toSorted()).toEqual(Object.keys(sources).toSorted());
      for (const [name, { after }] of Object.entries(sources)) {
        for (const earlier of after)
          expect(order.indexOf(earlier)).toBeLessThan(order.indexOf(name));
      }
    }),
  );
});
