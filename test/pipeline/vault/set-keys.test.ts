import { describe, expect, it } from 'vitest';
import { canonicalJson } from '../../../src/core/canonical-json.ts';
import { IntegrityError, KeyUnreachableError } from '../../../src/core/errors.ts';
import { layout } from '../../../src/core/layout.ts';
import type { Recipient } from '../../../src/core/ports/keyring.ts';
import { createSetKey } from '../../../src/pipeline/keys/index.ts';
import {
  addSetKeys,
  openSetKey,
  openVault,
  pendingRecipients,
  rotateKeys,
  testKey,
  wrapSetKey,
} from '../../../src/pipeline/vault/index.ts';
import {
  commitSet,
  createWorkplace,
  flipBit,
  keysOf,
  newAesRecipient,
  signal,
  tamper,
} from './sample-set.ts';

function unreachable(id: string): Recipient {
  const refuse = () =>
    Promise.reject(new KeyUnreachableError('no route', { code: 'KEY_UNREACHABLE' }));
  return { id, kind: 'kms', canUnwrap: true, wrap: refuse, unwrap: refuse };
}

describe('openSetKey', () => {
  it('opens the key that was wrapped', async () => {
    const { vault } = await createWorkplace();
    const set = await commitSet(vault);
    const opened = await openSetKey(vault, set.source, set.id);
    expect(Buffer.from(opened)).toEqual(Buffer.from(set.setKey));
  });

  it('says integrity, not wrong key, when no recipient opens a set', async () => {
    const { vault } = await createWorkplace();
    const set = await commitSet(vault);
    const other = { ...vault, recipients: [newAesRecipient()] };
    const opened = openSetKey(other, set.source, set.id);
    await expect(opened).rejects.toMatchObject({ code: 'SET_KEY_UNREADABLE', exitCode: 13 });
  });

  it.each([0, 30, 300, -5])('rejects a key file with a flipped bit at %i', async (at) => {
    const { vault, store } = await createWorkplace();
    const set = await commitSet(vault);
    await tamper(store, layout.key(set.source, set.id, 1), flipBit(at));
    await expect(openSetKey(vault, set.source, set.id)).rejects.toBeInstanceOf(IntegrityError);
  });

  it('falls back to another file when one is damaged', async () => {
    const { vault, store } = await createWorkplace();
    const set = await commitSet(vault);
    await wrapSetKey(vault, set, set.setKey);
    await tamper(store, layout.key(set.source, set.id, 1), flipBit(10));
    const opened = await openSetKey(vault, set.source, set.id);
    expect(Buffer.from(opened)).toEqual(Buffer.from(set.setKey));
  });

  it("does not take a key file copied from another set, nor a forger's", async () => {
    const { vault, store } = await createWorkplace();
    const [one, two] = [await commitSet(vault), await commitSet(vault)];
    const file = await store.get(layout.key(two.source, two.id, 1));
    await store.put(layout.key(one.source, one.id, 1), file, { ifAbsent: false });
    await expect(openSetKey(vault, one.source, one.id)).rejects.toThrow(/belongs elsewhere/);
    await wrapSetKey(vault, two, createSetKey());
    await store.delete(layout.key(two.source, two.id, 1));
    await expect(openSetKey(vault, two.source, two.id)).rejects.toThrow(/another set's key/);
  });

  it('rejects base64 with a changed padding bit', async () => {
    const { vault, store } = await createWorkplace();
    const set = await commitSet(vault);
    const key = layout.key(set.source, set.id, 1);
    await tamper(store, key, (bytes) => {
      const file = JSON.parse(bytes.toString());
      expect(file.mac).toMatch(/=$/);
      const last = file.mac.at(-2);
      const next = String.fromCharCode(last.charCodeAt(0) + 1);
      return Buffer.from(canonicalJson({ ...file, mac: `${file.mac.slice(0, -2)}${next}=` }));
    });
    await expect(openSetKey(vault, set.source, set.id)).rejects.toThrow(/canonical base64/);
  });
});

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

describe('recipients that cannot be reached', () => {
  it('are pending while another is served, and are added later', async () => {
    const { vault, recipient, store } = await createWorkplace();
    const set = await commitSet(vault);
    const both = { ...vault, recipients: [recipient, unreachable('kms:west')] };
    const first = await addSetKeys(both, set);
    expect(first).toMatchObject({ added: [], error: { code: 'KEY_UNREACHABLE' } });
    expect((await pendingRecipients(both, set)).map(({ id }) => id)).toEqual(['kms:west']);
    const back = { ...newAesRecipient(), id: 'kms:west', kind: 'kms' } as const;
    const reached = { ...vault, recipients: [recipient, back] };
    expect(await addSetKeys(reached, set)).toMatchObject({ added: ['kms:west'], pending: [] });
    expect(await pendingRecipients(reached, set)).toEqual([]);
    expect(await keysOf(store, layout.keys(set.source, set.id))).toHaveLength(2);
  });

  it('fail a new set only when there is no other', async () => {
    const { vault, recipient } = await createWorkplace();
    const set = await commitSet(vault);
    const some = [unreachable('kms:west'), recipient];
    expect(await wrapSetKey(vault, set, set.setKey, some)).toEqual({ pending: ['kms:west'] });
    const none = wrapSetKey(vault, set, set.setKey, [unreachable('kms:west')]);
    await expect(none).rejects.toBeInstanceOf(KeyUnreachableError);
  });
});

describe('rotateKeys', () => {
  it('adds a file beside each set and never touches manifest or data', async () => {
    const { vault, recipient, store, clock } = await createWorkplace();
    const sets = [await commitSet(vault), await commitSet(vault, { source: 'uploads' })];
    const before = new Map<string, string>();
    for (const key of await keysOf(store)) before.set(key, String(await store.get(key)));
    const next = newAesRecipient();
    const rotated = { ...vault, recipients: [recipient, next] };
    for await (const report of rotateKeys(rotated, signal)) expect(report.added).toEqual([next.id]);
    for (const [key, bytes] of before) expect(String(await store.get(key))).toBe(bytes);
    const fresh = await openVault({ store, recipients: [next], now: clock.now });
    for (const set of sets) {
      const opened = await openSetKey(fresh, set.source, set.id);
      expect(Buffer.from(opened)).toEqual(Buffer.from(set.setKey));
    }
  });
});

describe('testKey', () => {
  it('says of each set whether this key alone opens it', async () => {
    const { vault, recipient } = await createWorkplace();
    const old = await commitSet(vault);
    const escrow = newAesRecipient();
    const both = { ...vault, recipients: [recipient, escrow] };
    await expect(collect(testKey(vault, escrow, signal))).rejects.toMatchObject({
      code: 'WRONG_KEY',
    });
    for await (const _ of rotateKeys(both, signal));
    const young = await commitSet(vault);
    const tests = await collect(testKey(both, escrow, signal));
    const opens = new Map(tests.map((test) => [test.id, test.opens]));
    expect(opens).toEqual(
      new Map([
        [old.id, true],
        [young.id, false],
      ]),
    );
  });
});
