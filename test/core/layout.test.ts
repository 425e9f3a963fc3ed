import { expect, test } from 'vitest';
import { parseBackupId } from '../../src/core/backup-id.ts';
import { layout } from '../../src/core/layout.ts';

const id = parseBackupId('20261121T020000Z-daily-1a2b3c4d');
const set = { source: 'shop', id };

test('tokens of a lease sort as numbers do', () => {
  const keys = [9, 10, 1, 100].map((token) => layout.lease('source-shop', token));
  expect(keys.toSorted().map((key) => Number(/(\d+)\.json$/.exec(key)?.[1]))).toEqual([
    1, 9, 10, 100,
  ]);
});

test.for([
  [layout.sets, layout.sourceSets('shop')],
  [layout.sourceSets('shop'), layout.set('shop', id)],
  [layout.set('shop', id), layout.manifest('shop', id)],
  [layout.set('shop', id), layout.keys('shop', id)],
  [layout.keys('shop', id), layout.key('shop', id, 3)],
  [layout.set('shop', id), layout.attestations('shop', id)],
  [layout.attestations('shop', id), layout.attestation(set, '20261121T020000123Z', 'checked')],
  [layout.data, layout.sourceData('shop')],
  [layout.sourceData('shop'), layout.setData('shop', id)],
  [layout.setData('shop', id), layout.object(set, 'orders.data', 0)],
  [layout.allRuns, layout.runs('shop', 'daily')],
  [layout.runs('shop', 'daily'), layout.run('shop', 'daily', '20261121T020000Z')],
  [layout.results, layout.result('backup-1', 'dump')],
  [layout.leases('source-shop'), layout.lease('source-shop', 1)],
  [layout.keyChecks, layout.keyCheck(0)],
  [layout.signers, layout.signer('a1')],
  [layout.reports('shop'), layout.drillReports('shop')],
  [layout.drillReports('shop'), layout.drillReport('shop', '20261121T020000000Z', 'md')],
  [layout.alerts, layout.alert('backup.failed:shop')],
] as const)('%s holds %s', ([folder, key]) => {
  expect(key.startsWith(folder)).toBe(true);
  expect(key.length).toBeGreaterThan(folder.length);
});

test('no source lies inside another whose name it begins with', () => {
  expect(layout.set('shop-eu', id).startsWith(layout.sourceSets('shop'))).toBe(false);
  expect(layout.setData('shop-eu', id).startsWith(layout.sourceData('shop'))).toBe(false);
});

test('what is only state never lies beside sets', () => {
  expect([layout.probe('1a'), layout.health].map((key) => key.split('/')[0])).toEqual([
    'state',
    'state',
  ]);
});
