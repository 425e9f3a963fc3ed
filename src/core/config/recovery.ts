/** `deploy.recovery`: what the stack of the other Region works with, and what the first one does for it. */
import type { Config, Copy, RecipientConfig } from './schema.ts';

type Recovering = Pick<Config, 'vault' | 'deploy'>;

/** The copy that is the vault over there. */
export const recoveryCopy = ({ vault, deploy: { recovery } }: Recovering): Copy | undefined =>
  recovery &&
  vault.copies.find(({ by, region }) => by === 's3-replication' && region === recovery.region);

const recoveryKey: RecipientConfig = { kms: 'recovery' };
const isRecoveryKey = (entry: RecipientConfig): boolean =>
  'kms' in entry && entry.kms === 'recovery';

/** Every set is made for the key of the recovery Region too, said or not. */
export function withRecoveryKey(config: Config): Config {
  const { recipients } = config.vault.encryption;
  if (config.deploy.recovery === undefined || recipients === undefined) return config;
  if (recipients.some(isRecoveryKey)) return config;
  const encryption = { ...config.vault.encryption, recipients: [...recipients, recoveryKey] };
  return { ...config, vault: { ...config.vault, encryption } };
}

/**
 * The configuration of the recovery Region: the copy is its vault, with the copy's own `keep`, and nothing
 * of it lies in the first Region. Its lock is the first one's: objects are replicated with theirs.
 */
export function recoveryConfig(config: Config): Config {
  const { vault, deploy } = config;
  const copy = recoveryCopy(config);
  const { recovery, ...rest } = deploy;
  if (copy === undefined || recovery === undefined) return config;
  const { name: _name, by: _by, lock: _lock, ...place } = copy;
  const bucket = /^s3:\/\/([^/]+)/.exec(copy.url)?.[1];
  const { region: _region, ...standby } = recovery;
  return {
    ...config,
    vault: {
      ...vault,
      primary: { ...place, ...(vault.primary.lock && { lock: vault.primary.lock }) },
      copies: [],
      leases: { url: `s3://${bucket}-leases`, region: copy.region },
      encryption: { recipients: recipientsThere(vault) },
      signing: { kms: 'stack' },
    },
    deploy: {
      ...rest,
      images: imagesThere(deploy, vault.primary.region, copy.region),
      standby,
    },
  };
}

/** Its own key is asked first; one of the first Region may not answer at all. */
function recipientsThere({ primary, encryption }: Config['vault']): RecipientConfig[] {
  const others = (encryption.recipients ?? []).filter((entry) => {
    if (!('kms' in entry)) return true;
    return entry.kms.startsWith('arn:') && entry.kms.split(':')[3] !== primary.region;
  });
  return [recoveryKey, ...others];
}

/** A registry is of a Region; its replication keeps names, tags and digests. */
function imagesThere(
  { images }: Config['deploy'],
  from: string | undefined,
  to: string | undefined,
): Config['deploy']['images'] {
  const there = (image: string) => image.replace(`.dkr.ecr.${from}.`, `.dkr.ecr.${to}.`);
  const { dump, drill } = images;
  return {
    ...(dump !== undefined && { dump: there(dump) }),
    ...(drill !== undefined && { drill: there(drill) }),
  };
}
