import { expect, test } from 'vitest';
import { CloudError } from '../../src/core/errors.ts';
import { stackKey, stackKeyVariables } from '../../src/wiring/stack-keys.ts';

const arn = 'arn:aws:kms:eu-west-3:111122223333:key/1';

test('the environment says which key the stack made', async () => {
  const environment = { HOLDFAST_VAULT_KEY_ARN: arn, HOLDFAST_SIGNING_KEY_ARN: `${arn}2` };
  expect(await stackKey('vault', { environment })).toBe(arn);
  expect(await stackKey('signing', { environment })).toBe(`${arn}2`);
  const there = { HOLDFAST_RECOVERY_KEY_ARN: `${arn}3` };
  expect(await stackKey('recovery', { environment: there })).toBe(`${arn}3`);
  await expect(stackKey('recovery', { environment })).rejects.toThrow('kms: recovery is not known');
});

test('else the stack is asked', async () => {
  const ask = async (name: string) => `${arn}-${name}`;
  expect(await stackKey('signing', { environment: {}, ask })).toBe(`${arn}-signing`);
});

test('where nobody knows, the variable to set is named', async () => {
  const failure = { name: 'SecretError', code: 'STACK_KEY_UNKNOWN', exitCode: 2 };
  const alone = stackKey('vault', { environment: {} });
  await expect(alone).rejects.toMatchObject(failure);
  const gone = new CloudError('AWS does not answer', { code: 'X', retryable: true });
  const refused = stackKey('vault', { environment: {}, ask: () => Promise.reject(gone) });
  await expect(refused).rejects.toMatchObject({ ...failure, retryable: true });
  await expect(refused).rejects.toThrow('kms: stack is not known: AWS does not answer');
  await expect(refused).rejects.toMatchObject({
    hint: expect.stringContaining('export HOLDFAST_VAULT_KEY_ARN='),
  });
});

test('a task is given what it needs, and nothing that nobody knows', async () => {
  const find = (name: string) => (name === 'vault' ? Promise.resolve(arn) : Promise.reject(name));
  const stack = { kms: 'stack' };
  const vault = { primary: { url: 'file:///v' }, copies: [] };
  const both = { ...vault, encryption: { recipients: [stack] }, signing: stack };
  expect(await stackKeyVariables(both, find)).toEqual({ HOLDFAST_VAULT_KEY_ARN: arn });
  const two = { ...vault, encryption: { recipients: [{ kms: 'recovery' }] } };
  const known = async (name: string) => `${arn}-${name}`;
  expect(await stackKeyVariables(two, known)).toEqual({
    HOLDFAST_RECOVERY_KEY_ARN: `${arn}-recovery`,
  });
  const none = { ...vault, encryption: { key: 'env:K' }, signing: { kms: `${arn}2` } };
  expect(await stackKeyVariables(none, find)).toEqual({});
});
