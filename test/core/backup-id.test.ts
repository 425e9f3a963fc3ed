import { expect, test } from 'vitest';
import {
  backupIdParts,
  isBackupId,
  mintBackupId,
  parseBackupId,
} from '../../src/core/backup-id.ts';

test('an id says its second in UTC, its policy and its attempt', () => {
  const id = mintBackupId(new Date('2026-11-21T02:00:03.987Z'), 'pre-deploy', '1a2b3c4d');
  expect(id).toBe('20261121T020003Z-pre-deploy-1a2b3c4d');
  expect(backupIdParts(id)).toEqual({
    time: new Date('2026-11-21T02:00:03Z'),
    policy: 'pre-deploy',
    random: '1a2b3c4d',
  });
});

test('ids sort by time', () => {
  const ids = ['2027-01-01T00:00:00Z', '2026-02-28T23:59:59Z', '2026-12-01T00:00:00Z'].map((time) =>
    mintBackupId(new Date(time), 'daily', '00000000'),
  );
  expect(ids.toSorted().map((id) => id.slice(0, 8))).toEqual(['20260228', '20261201', '20270101']);
});

test.for([
  '20260230T020000Z-daily-1a2b3c4d',
  '20261321T020000Z-daily-1a2b3c4d',
  '20261121T250000Z-daily-1a2b3c4d',
  '20261121T020000Z-Daily-1a2b3c4d',
  '20261121T020000Z--1a2b3c4',
  '20261121T020000Z-daily-1a2b3c4g',
  '20261121T020000Z-daily-1a2b3c4d/../x',
  'latest',
])('%s is no backup id', (text) => {
  expect(isBackupId(text)).toBe(false);
  expect(() => parseBackupId(text)).toThrow(`"${text}" is not a backup id`);
});
