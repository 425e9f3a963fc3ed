import { describe, expect, it } from 'vitest';
import {
  aesKeyId,
  computeMac,
  createSetKey,
  macMatches,
} from '../../../src/pipeline/keys/key-derivation.ts';

const key = Buffer.alloc(32, 7);

describe('key derivation', () => {
  it('stays as documented: these values are part of the format', () => {
    expect(computeMac(key, 'manifest', '{}')).toBe('nyWy8x/aKq7QZ+R/lVmDoOJsXuHbdpg7kHBasyFVZsA=');
    expect(computeMac(key, 'keyFile', '{}')).toBe('sTeBTDot1wt+qQ2T5WF07Aad3sQhDL4xUiF9lfDec0w=');
    expect(aesKeyId(key)).toBe('ab306750bf3d1fb2');
  });

  it('gives another MAC for another purpose, key or text', () => {
    const macs = [
      computeMac(key, 'manifest', 'a'),
      computeMac(key, 'keyFile', 'a'),
      computeMac(key, 'keyCheck', 'a'),
      computeMac(key, 'manifest', 'b'),
      computeMac(createSetKey(), 'manifest', 'a'),
    ];
    expect(new Set(macs).size).toBe(macs.length);
  });

  it('compares MACs of any length without throwing', () => {
    expect(macMatches('abc', 'abc')).toBe(true);
    expect(macMatches('abc', 'abd')).toBe(false);
    expect(macMatches('abc', 'abcd')).toBe(false);
  });
});
