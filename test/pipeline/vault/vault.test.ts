import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { IntegrityError, VaultMissingError, WrongKeyError } from '../../../src/core/errors.ts';
import { layout } from '../../../src/core/layout.ts';
import { rsaRecipient } from '../../../src/pipeline/keys/index.ts';
import {
  createOrOpenVault,
  openVault,
  openVaultWithoutKeys,
  setLockUntil,
} from '../../../src/pipeline/vault/index.ts';
import { openMemoryStore } from '../../../src/storage/memory/index.ts';
import {
  commitSet,
  createWorkplace,
  flipBit,
  keysOf,
  newAesRecipient,
  tamper,
} from './sample-set.ts';

const now = () => new Date('2026-11-21T02:00:00Z');

describe('openVault', () => {
  it('answers that there is no vault and creates none', async () => {
    const store = openMemoryStore();
    const opened = openVault({ store, recipients: [newAesRecipient()], now });
    await expect(opened).rejects.toBeInstanceOf(VaultMissingError);
    expect(await keysOf(store)).toEqual([]);
  });

  it('opens what a backup created', async () => {
    const { store, recipient, vault } = await createWorkplace();
    const opened = await openVault({ store, recipients: [recipient], now });
    expect(opened.id).toBe(vault.id);
  });

  it('says wrong key only when the key check does not open', async () => {
    const { store } = await createWorkplace();
    const opened = openVault({ store, recipients: [newAesRecipient()], now });
    await expect(opened).rejects.toBeInstanceOf(WrongKeyError);
  });

  it.each([0, 40, 200, -3])('calls a flipped bit at %i of the key check damage', async (at) => {
    const { store, recipient } = await createWorkplace();
    await tamper(store, layout.keyCheck(1), flipBit(at));
    const opened = openVault({ store, recipients: [recipient], now });
    await expect(opened).rejects.toBeInstanceOf(IntegrityError);
  });

  it('calls a vault.json that is gone from beside its sets damage, and creates no other', async () => {
    const { store, recipient, vault } = await createWorkplace();
    await commitSet(vault);
    await store.delete(layout.vault);
    const options = { store, recipients: [recipient], now };
    await expect(openVault(options)).rejects.toMatchObject({ code: 'VAULT_DOCUMENT_MISSING' });
    await expect(createOrOpenVault(options)).rejects.toBeInstanceOf(IntegrityError);
    expect(await keysOf(store)).not.toContain(layout.vault);
  });

  it('names a vault of a later format instead of calling it damaged', async () => {
    const { store, recipient } = await createWorkplace();
    await tamper(store, layout.vault, (bytes) =>
      Buffer.from(bytes.toString().replace('"format":1', '"format":2')),
    );
    const opened = openVault({ store, recipients: [recipient], now });
    await expect(opened).rejects.toMatchObject({ code: 'FORMAT_UNKNOWN' });
  });

  it('lets a host that holds only a known public key write', async () => {
    const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const escrow = rsaRecipient(publicKey.export({ type: 'spki', format: 'pem' }).toString());
    const store = openMemoryStore();
    await createOrOpenVault({ store, recipients: [escrow, newAesRecipient()], now });
    const opened = await openVault({ store, recipients: [escrow], now });
    expect(opened.recipients).toEqual([escrow]);
  });

  it('opens to an escrow key that was rotated out, and not to an everyday key that was', async () => {
    const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const escrow = rsaRecipient(publicKey.export({ type: 'spki', format: 'pem' }).toString());
    const opener = rsaRecipient(privateKey.export({ type: 'pkcs8', format: 'pem' }).toString());
    const store = openMemoryStore();
    const [old, current] = [newAesRecipient(), newAesRecipient()];
    await createOrOpenVault({ store, recipients: [escrow, old], now });
    await createOrOpenVault({ store, recipients: [old, current], now });
    await createOrOpenVault({ store, recipients: [current], now });
    await expect(openVault({ store, recipients: [opener], now })).resolves.toBeDefined();
    const opened = openVault({ store, recipients: [old], now });
    await expect(opened).rejects.toBeInstanceOf(WrongKeyError);
  });

  it('opens without any key for work on stored bytes', async () => {
    const { store, vault } = await createWorkplace();
    expect((await openVaultWithoutKeys({ store, now })).id).toBe(vault.id);
  });
});

describe('createOrOpenVault', () => {
  it('is content with the same recipients and notes new ones', async () => {
    const { store, recipient } = await createWorkplace();
    await createOrOpenVault({ store, recipients: [recipient], now });
    expect(await keysOf(store, layout.keyChecks)).toHaveLength(1);
    const second = newAesRecipient();
    await createOrOpenVault({ store, recipients: [recipient, second], now });
    expect(await keysOf(store, layout.keyChecks)).toHaveLength(2);
    await expect(openVault({ store, recipients: [second], now })).resolves.toBeDefined();
  });

  it('refuses a place where somebody else keeps things, and adds nothing', async () => {
    const store = openMemoryStore();
    await store.put('photos/holiday.jpg', Buffer.from('x'), { ifAbsent: true });
    const created = createOrOpenVault({ store, recipients: [newAesRecipient()], now });
    await expect(created).rejects.toMatchObject({ code: 'VAULT_NOT_EMPTY', exitCode: 2 });
    expect(await keysOf(store)).toEqual(['photos/holiday.jpg']);
  });

  it('is not stopped by what an earlier attempt left of its own', async () => {
    const store = openMemoryStore();
    await store.put('results/backup-1/dump.json', Buffer.from('{}'), { ifAbsent: true });
    await expect(
      createOrOpenVault({ store, recipients: [newAesRecipient()], now }),
    ).resolves.toBeDefined();
  });

  it('gives two first backups at once the same vault', async () => {
    const store = openMemoryStore();
    const recipients = [newAesRecipient()];
    const [one, two] = await Promise.all([
      createOrOpenVault({ store, recipients, now }),
      createOrOpenVault({ store, recipients, now }),
    ]);
    expect(one.id).toBe(two.id);
  });

  it('finishes a creation that ended before the key check', async () => {
    const { store, recipient } = await createWorkplace();
    await store.delete(layout.keyCheck(1));
    await createOrOpenVault({ store, recipients: [recipient], now });
    expect(await keysOf(store, layout.keyChecks)).toEqual([layout.keyCheck(1)]);
  });
});

describe('setLockUntil', () => {
  it('counts from the time of the set, and is over when that has passed', async () => {
    const { vault, clock } = await createWorkplace({ lockDays: 7 });
    const { id } = await commitSet(vault);
    expect(setLockUntil(vault, id)?.toISOString()).toBe('2026-11-28T02:00:00.000Z');
    clock.advance(8 * 86_400);
    expect(setLockUntil(vault, id)).toBeUndefined();
  });
});
