/** The second Region of a deployed world: its own secrets and topic, and what its holdfast.yaml says of it. */
import {
  CreateSecretCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { CreateTopicCommand, SNSClient } from '@aws-sdk/client-sns';
import type { PostgresFixture } from '../../servers/postgres.ts';
import { type Cloud, inRegion } from '../lab.ts';

export const recoveryRegion = 'us-west-2';

interface Configured {
  readonly vault: object;
  readonly deploy: object;
}

/** Gives what it makes of a configuration of the first Region alone. */
export async function makeRecoveryPlace(
  cloud: Cloud,
  server: PostgresFixture,
  options: { readonly stage: string; readonly sources: readonly string[] },
): Promise<<T extends Configured>(config: T) => T> {
  const there = inRegion(cloud, recoveryRegion);
  for (const name of options.sources) await makeSecret(there, `${name}-db`, server.urlOf(name));
  const sns = new SNSClient(there.client);
  const { TopicArn: topic } = await sns.send(new CreateTopicCommand({ Name: 'there' }));
  sns.destroy();
  const place = { url: 's3://acme-west', region: recoveryRegion };
  const channels = { bus: { sns: topic }, mirror: { sns: topic } };
  return (config) => ({
    ...config,
    vault: {
      ...config.vault,
      copies: [{ name: 'west', ...place, by: 's3-replication', keep: { last: 3 } }],
    },
    deploy: { ...config.deploy, recovery: { region: recoveryRegion, retention: 'rate(1 minute)' } },
    stages: { [options.stage]: {}, [`${options.stage}-recovery`]: { alerts: { channels } } },
  });
}

export async function makeSecret(cloud: Cloud, Name: string, url: string): Promise<void> {
  const secrets = new SecretsManagerClient(cloud.client);
  await secrets.send(new CreateSecretCommand({ Name, SecretString: JSON.stringify({ url }) }));
  secrets.destroy();
}

export async function changeSecret(cloud: Cloud, SecretId: string, url: string): Promise<void> {
  const secrets = new SecretsManagerClient(cloud.client);
  await secrets.send(
    new PutSecretValueCommand({ SecretId, SecretString: JSON.stringify({ url }) }),
  );
  secrets.destroy();
}
