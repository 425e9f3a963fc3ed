import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { SecretError } from '../../src/core/errors.ts';
import { openRecipients } from '../../src/wiring/recipients.ts';

const { publicKey, privateKey } = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
});
const encryption = { recipients: [{ aes: 'env:LOST' }, { kms: 'stack' }, { rsa: publicKey }] };
const secret = () => Promise.reject(new SecretError('LOST is not set', { code: 'SECRET_MISSING' }));

const stackKey = () => Promise.reject(new SecretError('no stack', { code: 'STACK_KEY_UNKNOWN' }));

test('an escrow key opens alone when the other key is lost', async () => {
  const baseDir = await mkdtemp(join(tmpdir(), 'holdfast-test-'));
  onTestFinished(() => rm(baseDir, { recursive: true }));
  await writeFile(join(baseDir, 'escrow.pem'), privateKey);
  const opened = await openRecipients(encryption, {
    ...{ secret, baseDir, stackKey, privateKeys: ['escrow.pem'] },
  });
  expect(opened.map(({ kind }) => kind)).toEqual(['rsa']);
});

test('without one, a secret that is not there is named', async () => {
  const lost = { recipients: [{ aes: 'env:LOST' }] };
  const opening = openRecipients(lost, {
    ...{ secret, stackKey, baseDir: '.', privateKeys: [] },
  });
  await expect(opening).rejects.toThrow('LOST is not set');
});
