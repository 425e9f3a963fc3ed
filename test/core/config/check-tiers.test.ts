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
  return readConfig(text, options).warnings.filter((line) => line.includes('.tiers'));
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
