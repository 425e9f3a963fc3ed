import { expect, test } from 'vitest';
import { readConfig } from '../../../src/core/config/parse.ts';
import { change, good, options } from './example.ts';

const place = 'primary: { url: file:///var/backups }';
const bucket = 's3://acme, region: us-east-1';
const tiered = (tiers: string, at = bucket): string[] =>
  change(place, `primary: { url: ${at}, tiers: ${tiers} }`);

test.for([
  '[{ after: 30d, class: GLACIER_IR }, { after: 120d, class: DEEP_ARCHIVE }]',
  '[{ after: 0d, class: INTELLIGENT_TIERING, archiveAccess: 90d, deepArchiveAccess: 180d }]',
  '[{ after: 5w, class: STANDARD_IA }, { after: 65d, class: INTELLIGENT_TIERING }]',
])('takes %s', (tiers) => {
  expect(tiered(tiers)).toEqual([]);
});

test.for([
  [
    '[{ after: 29d, class: STANDARD_IA }]',
    'tiers[0].after: 29 days; STANDARD_IA takes nothing before 30d',
  ],
  [
    '[{ after: 30d, class: GLACIER }, { after: 120d, class: GLACIER_IR }]',
    'tiers[1].class: GLACIER_IR after GLACIER; S3 moves objects from there to: DEEP_ARCHIVE',
  ],
  [
    '[{ after: 30d, class: DEEP_ARCHIVE }, { after: 300d, class: DEEP_ARCHIVE }]',
    'tiers[1].class: DEEP_ARCHIVE after DEEP_ARCHIVE; S3 moves objects from there to: nothing',
  ],
  [
    '[{ after: 30d, class: ONEZONE_IA }, { after: 90d, class: GLACIER_IR }]',
    'tiers[1].class: GLACIER_IR after ONEZONE_IA; S3 moves objects from there to: GLACIER, DEEP_ARCHIVE',
  ],
  [
    '[{ after: 30d, class: STANDARD_IA }, { after: 59d, class: GLACIER }]',
    'tiers[1].after: 59 days; allowed after STANDARD_IA at 30d: 60d or later',
  ],
  [
    '[{ after: 120d, class: GLACIER }, { after: 120d, class: DEEP_ARCHIVE }]',
    'tiers[1].after: 120 days; allowed after GLACIER at 120d: 121d or later',
  ],
  [
    '[{ after: 1d, class: GLACIER, archiveAccess: 90d }]',
    'tiers[0].archiveAccess: only of INTELLIGENT_TIERING',
  ],
  [
    '[{ after: 0d, class: INTELLIGENT_TIERING, archiveAccess: 89d }]',
    'tiers[0].archiveAccess: 89 days; allowed: 90d to 730d',
  ],
  [
    '[{ after: 0d, class: INTELLIGENT_TIERING, deepArchiveAccess: 731d }]',
    'tiers[0].deepArchiveAccess: 731 days; allowed: 180d to 730d',
  ],
  [
    '[{ after: 0d, class: INTELLIGENT_TIERING, archiveAccess: 200d, deepArchiveAccess: 180d }]',
    'tiers[0].deepArchiveAccess: has to come after `archiveAccess`',
  ],
] as const)('refuses %s', ([tiers, problem]) => {
  const [only = '', ...others] = tiered(tiers);
  expect(others).toEqual([]);
  expect(only).toContain(`vault.primary.${problem}`);
});

test('refuses tiers of a server that is not AWS, of a directory and of the place of leases', () => {
  const one = '[{ after: 30d, class: GLACIER_IR }]';
  expect(tiered(one, 's3://acme, endpoint: http://127.0.0.1:9')).toEqual([
    'holdfast.yaml:2:60 vault.primary.tiers: only for S3 of AWS: `endpoint` names another server',
  ]);
  expect(tiered(one, 'file:///backups')).toEqual([
    'holdfast.yaml:2:36 vault.primary.tiers: only for s3:// destinations; this one is a directory',
  ]);
  const leases = change(place, `${place}\n  leases: { url: s3://acme-leases, tiers: ${one} }`);
  expect(leases.join()).toContain('vault.leases.tiers');
});

test('a time without whole days and a class that S3 does not have are refused', () => {
  expect(tiered('[{ after: 36h, class: GLACIER_IR }]').join()).toContain('expected days or weeks');
  expect(tiered('[{ after: 30d, class: COLD }]').join()).toContain('GLACIER_IR');
});

const warnings = (tiers: string, { copy = false, full = '' } = {}): readonly string[] => {
  const at = copy
    ? `${place}\n  copies: [{ name: west, url: s3://acme, tiers: ${tiers} }]`
    : `primary: { url: s3://acme, tiers: ${tiers} }`;
  const text = good
    .replace(place, at)
    .replace(
      'daily: { keep: { daily: 7 } }',
      `daily: { method: ${full ? `incremental, full: ${full}` : 'full'}, keep: { daily: 7 } }`,
    );
  return readConfig(text, options).warnings.filter(
    (line) => line.includes('.tiers') && !line.includes('retention removes'),
  );
};

test('warns of a class that is left before it has been paid for', () => {
  const found = warnings(
    '[{ after: 30d, class: GLACIER_IR }, { after: 90d, class: DEEP_ARCHIVE }]',
  );
  expect(found).toHaveLength(1);
  expect(found[0]).toContain(
    'tiers[0].class: left for DEEP_ARCHIVE after 60 days; GLACIER_IR is billed for 90 days all the same',
  );
});

test('warns of a vault in one availability zone, not of a copy there', () => {
  const tiers = '[{ after: 30d, class: ONEZONE_IA }]';
  expect(warnings(tiers).join()).toContain('lies in one availability zone');
  expect(warnings(tiers, { copy: true })).toEqual([]);
});

test.for([
  ['[{ after: 3d, class: GLACIER }]', false, 'the next increment becomes a full then'],
  ['[{ after: 3d, class: GLACIER }]', true, 'to restore the newest set from here waits for it'],
  [
    '[{ after: 0d, class: INTELLIGENT_TIERING, archiveAccess: 90d }]',
    false,
    'archived up to 7 days before its last increment',
  ],
  ['[{ after: 60d, class: DEEP_ARCHIVE }]', true, 'GLACIER_IR never waits'],
] as const)(
  'warns of bases that are archived under increments: %s, copy %s',
  ([tiers, copy, words]) => {
    const found = warnings(tiers, { copy, full: 'weekly' });
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(words);
    expect(found[0]).toContain('uploads/daily');
  },
);

test.for(['[{ after: 0d, class: GLACIER_IR }]', '[{ after: 0d, class: INTELLIGENT_TIERING }]'])(
  'says nothing of increments where their base is read at once: %s',
  (tiers) => {
    expect(warnings(tiers, { full: 'weekly' })).toEqual([]);
  },
);

/** Of `orders/daily`, which runs as told and keeps as told; of a bucket with what is told beside its tiers. */
const early = (tiers: string, keep: string, rest: { at?: string; schedule?: string } = {}) => {
  const { at = '', schedule = 'schedule: "cron(0 2 * * ? *)", ' } = rest;
  const text = good
    .replace(place, `primary: { url: s3://acme${at}, tiers: ${tiers} }`)
    .replace('schedule: "cron(0 2 * * ? *)", keep: { daily: 7 }', `${schedule}keep: ${keep}`);
  const { warnings } = readConfig(text, options);
  return warnings.filter((line) => line.includes('retention removes')).join('\n');
};
const glacier = '[{ after: 30d, class: GLACIER_IR }]';

test('warns where retention removes sets before their class has been paid for', () => {
  expect(early(glacier, '{ daily: 30, weekly: 12 }')).toBe(
    'holdfast.yaml:2:59 vault.primary.tiers[0].class: retention removes sets from GLACIER_IR before the 90 days for which it is billed: of orders/daily (weekly 12) after 54 days. `holdfast cost` says what that costs',
  );
});

test.for([
  ['{ daily: 31 }', 'daily 31'],
  ['{ monthly: 2 }', 'monthly 2'],
  ['{ last: 60 }', 'last 60'],
  ['{ within: 60d }', 'within 60d'],
])('%s lets sets go in their first days there', ([keep = '', rule]) => {
  expect(early(glacier, keep)).toContain(`orders/daily (${rule})`);
});

test.for([
  ['before they come there', '{ daily: 30 }'],
  ['after their least days', '{ weekly: 18, yearly: 7 }'],
])('says nothing of sets that go %s', ([, keep = '']) => {
  expect(early(glacier, keep)).toBe('');
});

test('says nothing of what is never removed, nor of what moves on before it is', () => {
  const text = good.replace(', keep: { daily: 7 }', '');
  const tiered = text.replace(place, `primary: { url: s3://acme, tiers: ${glacier} }`);
  expect(readConfig(tiered, options).warnings.join()).not.toContain('retention removes');
  const tiers = '[{ after: 30d, class: GLACIER_IR }, { after: 60d, class: DEEP_ARCHIVE }]';
  expect(early(tiers, '{ daily: 250 }')).toBe('');
});

test('counts by the days that have a set, by locks, and by the keep of the destination', () => {
  const weekly = { schedule: 'schedule: rate(7 days), ' };
  expect(early(glacier, '{ daily: 6 }', weekly)).toContain('(daily 6) after 12 days');
  const hourly = { schedule: 'schedule: rate(1 hour), ' };
  expect(early(glacier, '{ hourly: 960 }', hourly)).toContain('(hourly 960) after 10 days');
  const once = { schedule: 'schedule: "cron(0 2 1 1 ? 2026)", ' };
  expect(early(glacier, '{ daily: 31 }', once)).toContain('(daily 31) after 1 days');
  const never = { schedule: 'schedule: "cron(0 2 1 1 ? 2020)", ' };
  expect(early(glacier, '{ last: 31 }', never)).toBe('');
  expect(early(glacier, '{ last: 31 }', { schedule: '' })).toBe('');
  const lock = { at: ', lock: { mode: governance, days: 50 }' };
  expect(early(glacier, '{ daily: 7 }', lock)).toContain('(daily 7) after 20 days');
  expect(early(glacier, '{ daily: 7 }', { at: ', keep: { weekly: 8 }' })).toContain(
    'uploads/daily (weekly 8) after 26 days',
  );
});

test('names three, and how many more there are', () => {
  const keep = '{ daily: 40, weekly: 12, monthly: 3, last: 50 }';
  expect(early(glacier, keep)).toContain('(monthly 3) after 61 days and 1 more. ');
});
