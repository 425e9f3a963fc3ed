import { describe, expect, it } from 'vitest';
import { openMemoryStore } from '../../src/storage/memory/index.ts';
import { collect, createOnly, text, textAt } from './conformance/samples.ts';
import { faultyStore, on } from './faulty.ts';

describe('faultyStore', () => {
  it('fails the nth call before it does anything', async () => {
    const store = faultyStore(openMemoryStore(), on('put', { kind: 'fail' }, { nth: 2 }));
    await store.put('a', text('1'), createOnly);
    await expect(store.put('b', text('2'), createOnly)).rejects.toMatchObject({
      code: 'STORE_UNREACHABLE',
    });
    expect((await collect(store.list(''))).map(({ key }) => key)).toEqual(['a']);
    expect(store.calls.map(({ method, nth }) => `${method} ${nth}`)).toEqual([
      'put 1',
      'put 2',
      'list 1',
    ]);
  });

  it('does it and loses the answer', async () => {
    const store = faultyStore(openMemoryStore(), on('put', { kind: 'drop' }, { key: /^a$/ }));
    await expect(store.put('a', text('1'), createOnly)).rejects.toThrow();
    expect(await textAt(store, 'a')).toBe('1');
  });

  it('cuts and flips what is read', async () => {
    const inner = openMemoryStore();
    await inner.put('a', text('abc'), createOnly);
    const cut = faultyStore(inner, on('get', { kind: 'cut', sizeBytes: 2 }));
    expect(await textAt(cut, 'a')).toBe('ab');
    const flipped = faultyStore(inner, on('get', { kind: 'flip', at: 1 }));
    expect(await textAt(flipped, 'a')).toBe('acc');
    expect(await textAt(inner, 'a')).toBe('abc');
  });
});
