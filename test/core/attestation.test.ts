import { expect, test } from 'vitest';
import { attestationSchema } from '../../src/core/attestation.ts';

const attestation = {
  format: 1,
  kind: 'checked',
  source: 'shop',
  backup: '20261121T020000Z-daily-1a2b3c4d',
  manifestSha256: 'a'.repeat(64),
  at: '2026-11-21T02:05:00Z',
  passed: false,
  details: { missing: ['data/shop/x'] },
  signer: 'a1',
  signature: 'c2ln',
};

test('a proof that failed is a statement too', () => {
  expect(attestationSchema.parse(attestation)).toEqual(attestation);
});

test.for([
  ['of a kind that is not known', { kind: 'guessed' }],
  ['about no backup', { backup: 'latest' }],
  ['without signature', { signature: undefined }],
  ['that says more than its format allows', { extra: 1 }],
] as const)('a statement %s is refused', ([, change]) => {
  expect(attestationSchema.safeParse({ ...attestation, ...change }).success).toBe(false);
});
