import { CreateKeyCommand, KMSClient, ScheduleKeyDeletionCommand } from '@aws-sdk/client-kms';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import type { Config } from '../../src/core/config/schema.ts';
import { kmsKeyStates } from '../../src/wiring/kms-key-states.ts';
import { startMinistack } from '../servers/ministack.ts';
import type { S3Server } from '../servers/versitygw.ts';

let server: S3Server;
let client: KMSClient;

beforeAll(async () => {
  server = await startMinistack();
  const { endpoint, credentials } = server;
  client = new KMSClient({ region: 'us-east-1', endpoint, credentials });
});
beforeEach(() => {
  vi.stubEnv('AWS_ENDPOINT_URL', server.endpoint);
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'test');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test');
});
afterAll(async () => {
  client.destroy();
  await server.stop();
});

async function createKey(): Promise<string> {
  const { KeyMetadata } = await client.send(new CreateKeyCommand({}));
  return String(KeyMetadata?.Arn);
}

test('says what KMS says of each key, of the stack too, and nothing of one that does not answer', async () => {
  const [enabled, ofStack] = [await createKey(), await createKey()];
  await client.send(new ScheduleKeyDeletionCommand({ KeyId: ofStack, PendingWindowInDays: 7 }));
  const gone = `${enabled.slice(0, -4)}0000`;
  const log = vi.fn();
  const vault = {
    encryption: {
      recipients: [{ kms: 'stack' }, { kms: enabled }, { kms: gone }, { rsa: 'a.pem' }],
    },
    signing: { kms: enabled },
  };
  const states = await kmsKeyStates({
    config: { vault } as unknown as Config,
    stackKeys: async () => ({ HOLDFAST_VAULT_KEY_ARN: ofStack }),
    log,
  });
  expect(states).toEqual([
    { arn: enabled, state: 'Enabled' },
    { arn: ofStack, state: 'PendingDeletion' },
  ]);
  expect(log).toHaveBeenCalledExactlyOnceWith(expect.stringContaining(gone));
});
