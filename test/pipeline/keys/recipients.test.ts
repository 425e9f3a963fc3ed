import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { canonicalJson } from '../../../src/core/canonical-json.ts';
import { KeyUnreachableError, UsageError, WrongKeyError } from '../../../src/core/errors.ts';
import { aesRecipient, createSetKey, rsaRecipient } from '../../../src/pipeline/keys/index.ts';
import { type KmsClient, kmsRecipient } from '../../../src/pipeline/keys/kms-recipient.ts';

const context = { source: 'orders', backup: '20261121T020000Z-daily-1a2b3c4d', purpose: 'set-key' };
const secret = () => randomBytes(32).toString('base64');
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const privatePem = rsa.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
const publicPem = rsa.publicKey.export({ type: 'spki', format: 'pem' }).toString();

/** The SDK overwrites key bytes when it is done, so copies go in and out. As KMS: data keys under a key that never leaves, bound to the encryption context. */
function fakeKms(failure?: { name: string; message: string }): KmsClient {
  const kept = new Map<string, { key: Uint8Array; context: string }>();
  const answer = <T>(value: T): Promise<T> =>
    failure
      ? Promise.reject(Object.assign(new Error(failure.message), failure))
      : Promise.resolve(value);
  const keep = (key: Uint8Array, context: unknown) => {
    const blob = randomBytes(16);
    kept.set(blob.toString('hex'), { key: Buffer.from(key), context: canonicalJson(context) });
    return blob;
  };
  return {
    generateDataKey: ({ KeyId, EncryptionContext }) => {
      const key = randomBytes(32);
      return answer({ KeyId, Plaintext: key, CiphertextBlob: keep(key, EncryptionContext) });
    },
    encrypt: ({ KeyId, Plaintext, EncryptionContext }) =>
      answer({ KeyId, CiphertextBlob: keep(Plaintext, EncryptionContext) }),
    decrypt: ({ KeyId = '', CiphertextBlob, EncryptionContext }) => {
      const found = kept.get(Buffer.from(CiphertextBlob).toString('hex'));
      if (found?.context !== canonicalJson(EncryptionContext)) {
        const name = 'InvalidCiphertextException';
        return Promise.reject(Object.assign(new Error('no'), { name }));
      }
      return answer({ KeyId, Plaintext: Buffer.from(found.key) });
    },
  };
}

const arn = 'arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab';
const makers = {
  aes: () => aesRecipient(secret()),
  rsa: () => rsaRecipient(privatePem),
  kms: () => {
    const client = fakeKms();
    return kmsRecipient(arn, () => Promise.resolve(client));
  },
};

describe.each(Object.entries(makers))('%s recipient', (_, make) => {
  it('opens what it wrapped, and only under the same context', async () => {
    const recipient = make();
    const key = createSetKey();
    const message = await recipient.wrap(key, context);
    expect(Buffer.from(await recipient.unwrap(message, context))).toEqual(Buffer.from(key));
    const other = { ...context, source: 'billing' };
    await expect(recipient.unwrap(message, other)).rejects.toBeInstanceOf(WrongKeyError);
  });

  it('does not open what another wrapped, nor a changed message', async () => {
    const recipient = make();
    const foreign = await aesRecipient(secret()).wrap(createSetKey(), context);
    await expect(recipient.unwrap(foreign, context)).rejects.toBeInstanceOf(WrongKeyError);
    const mine = Buffer.from(await recipient.wrap(createSetKey(), context));
    mine.writeUInt8(mine.readUInt8(mine.length - 20) ^ 1, mine.length - 20);
    await expect(recipient.unwrap(mine, context)).rejects.toBeInstanceOf(WrongKeyError);
  });
});

describe('a KMS key that is known by an alias', () => {
  const alias = 'arn:aws:kms:us-east-1:111122223333:alias/holdfast-prod-recovery-vault';
  /** KMS answers with the key's own ARN. */
  const behindAlias = (keyArn: string): KmsClient => {
    const client = fakeKms();
    const named = <T extends { KeyId: string }>(request: T) => ({ ...request, KeyId: keyArn });
    return {
      ...client,
      generateDataKey: (request) => client.generateDataKey(named(request)),
      encrypt: (request) => client.encrypt(named(request)),
    };
  };

  it('opens what was wrapped by the alias, whose message names the key', async () => {
    const client = behindAlias(arn);
    const recipient = kmsRecipient(alias, () => Promise.resolve(client));
    const key = createSetKey();
    const message = await recipient.wrap(key, context);
    expect(Buffer.from(message).includes(arn)).toBe(true);
    expect(Buffer.from(await recipient.unwrap(message, context))).toEqual(Buffer.from(key));
  });

  it.each(['us-east-1:999999999999', 'us-west-2:111122223333'])(
    'asks no key of elsewhere: %s',
    async (place) => {
      const elsewhere = arn.replace('us-east-1:111122223333', place);
      const client = behindAlias(elsewhere);
      const other = kmsRecipient(elsewhere, () => Promise.resolve(client));
      const message = await other.wrap(createSetKey(), context);
      const recipient = kmsRecipient(alias, () => Promise.resolve(client));
      await expect(recipient.unwrap(message, context)).rejects.toBeInstanceOf(WrongKeyError);
    },
  );
});

describe('ids of recipients', () => {
  it('are equal for equal keys and never show the AES key', () => {
    const key = secret();
    const { id } = aesRecipient(key);
    expect(aesRecipient(`${key}\n`).id).toBe(id);
    expect(id).toMatch(/^aes:[0-9a-f]{16}$/);
    expect(Buffer.from(key, 'base64').toString('hex')).not.toContain(id.slice(4));
  });

  it('are the same for a private key and its public half', () => {
    expect(rsaRecipient(publicPem).id).toBe(rsaRecipient(privatePem).id);
  });
});

describe('rsaRecipient', () => {
  it('wraps with a public key alone and says that the private one is needed to open', async () => {
    const escrow = rsaRecipient(publicPem);
    expect(escrow.canUnwrap).toBe(false);
    const key = createSetKey();
    const message = await escrow.wrap(key, context);
    await expect(escrow.unwrap(message, context)).rejects.toThrow(/public half/);
    const opened = await rsaRecipient(privatePem).unwrap(message, context);
    expect(Buffer.from(opened)).toEqual(Buffer.from(key));
  });
});

describe('unusable keys', () => {
  const small = generateKeyPairSync('rsa', { modulusLength: 1024 });
  it.each([
    ['a short AES key', () => aesRecipient(randomBytes(16).toString('base64'))],
    ['an AES key that is not base64', () => aesRecipient(`${secret().slice(0, -1)}!`)],
    ['a PEM that is not one', () => rsaRecipient('-----BEGIN PUBLIC KEY-----\nnope')],
    [
      'a small RSA key',
      () => rsaRecipient(small.publicKey.export({ type: 'spki', format: 'pem' }).toString()),
    ],
  ])('refuses %s as a usage error', (_, make) => {
    expect(make).toThrow(UsageError);
  });

  it('never repeats the secret in the message', () => {
    const key = randomBytes(31).toString('base64');
    expect(() => aesRecipient(key)).not.toThrow(key);
  });
});

describe('kmsRecipient', () => {
  it('connects at first use only', async () => {
    let connected = 0;
    const recipient = kmsRecipient(arn, () => {
      connected += 1;
      return Promise.resolve(fakeKms());
    });
    expect(connected).toBe(0);
    await recipient.wrap(createSetKey(), context);
    await recipient.wrap(createSetKey(), context);
    expect(connected).toBe(1);
  });

  it('tells a key that cannot be asked from a wrong one', async () => {
    const denied = { name: 'AccessDeniedException', message: 'not authorized' };
    const recipient = kmsRecipient(arn, () => Promise.resolve(fakeKms(denied)));
    const error = await recipient.wrap(createSetKey(), context).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(KeyUnreachableError);
    expect(error).toMatchObject({ code: 'KEY_UNREACHABLE', retryable: true });
    expect(String(error)).toContain('AccessDeniedException');
  });
});
