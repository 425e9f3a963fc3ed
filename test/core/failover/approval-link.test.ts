import { describe, expect, it } from 'vitest';
import { readLink, signLink } from '../../../src/core/failover/approval-link.ts';

const key = 'k'.repeat(32);
const link = { cluster: 'orders', epoch: 7, planHash: '0123456789abcdef', expires: 1_800_000_000 };
const early = new Date(1_799_999_999_000);

describe('a link that approves', () => {
  it('says what it was made of', () => {
    expect(readLink(signLink(link, key), key, early)).toEqual({ good: true, link });
  });

  it.each([
    ['another cluster', (query: string) => query.replace('orders', 'payroll')],
    ['another run', (query: string) => query.replace('epoch=7', 'epoch=8')],
    ['another plan', (query: string) => query.replace('0123', '3210')],
    ['a later end', (query: string) => query.replace('1800000000', '1900000000')],
    ['a shorter signature', (query: string) => query.slice(0, -2)],
    ['nothing', () => ''],
  ])('is forged with %s', (_what, change) => {
    const query = signLink(link, key);
    const verdict = readLink(change(query), key, early);
    expect(verdict).toEqual({ good: false, because: 'forged' });
  });

  it('is forged under another key, and asks for a long one', () => {
    const query = signLink(link, 'x'.repeat(32));
    expect(readLink(query, key, early)).toEqual({ good: false, because: 'forged' });
    expect(() => signLink(link, 'short')).toThrow('has 5 characters; at least 32');
  });

  it('is over at its time', () => {
    const late = new Date(1_800_000_000_000);
    expect(readLink(signLink(link, key), key, late)).toEqual({ good: false, because: 'expired' });
  });
});
