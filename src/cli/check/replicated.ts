/** What the copies that S3 makes lack of the vault, and the command that sends it. */
import type { BackupId } from '../../core/backup-id.ts';
import { bucketLocation } from '../../core/bucket-location.ts';
import type { Copy } from '../../core/config/schema.ts';
import { type CheckLine, look } from '../../pipeline/check.ts';
import { lackingSets } from '../../pipeline/lacking-sets.ts';
import type { Site } from '../../wiring/site.ts';
import { plural } from '../output/figures.ts';

/** One line for each such copy; a copy or vault that cannot be read is told by other lines. */
export async function checkReplicated(site: Site, stage: string): Promise<CheckLine[]> {
  const copies = site.config.vault.copies.filter(({ by }) => by === 's3-replication');
  const lines = copies.map((copy) =>
    look({ area: 'vault', name: copy.name }, async () => {
      const lacking = await lackingAt(copy, site);
      const line = { subject: 'replication' } as const;
      if (lacking.length === 0) {
        return [{ ...line, level: 'ok', detail: 'every set that belongs there is there' }];
      }
      return [{ ...line, level: 'warning', detail: told(lacking), fix: batchJob(site, stage) }];
    }),
  );
  return (await Promise.all(lines)).flat();
}

interface Lacking {
  readonly source: string;
  readonly id: BackupId;
}

async function lackingAt({ name, keep }: Copy, site: Site): Promise<Lacking[]> {
  const { vaults, config, now } = site;
  const [vault, there] = [await vaults.openKeyless(), await vaults.openKeyless(name)];
  const found: Lacking[] = [];
  for (const source of Object.keys(config.sources)) {
    const rules = {
      source: site.source(source).source,
      floor: config.retention.floor,
      now: now(),
    };
    const ids = await lackingSets(source, { vault, there, keep, rules });
    found.push(...ids.map((id) => ({ source, id })));
  }
  return found;
}

function told(lacking: readonly Lacking[]): string {
  const [oldest] = lacking.toSorted((a, b) => (a.id < b.id ? -1 : 1));
  const sources = new Set(lacking.map(({ source }) => source)).size;
  return `${plural(lacking.length, 'set')} of ${plural(sources, 'source')} that it keeps are missing there, the oldest ${oldest?.source}/${oldest?.id}: older than the replication rule, or lost on the way`;
}

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-batch-replication-existing-config.html */
export function batchJob({ config }: Pick<Site, 'config'>, stage: string): string {
  const { url, region } = config.vault.primary;
  const generator = {
    S3JobManifestGenerator: {
      SourceBucket: `arn:aws:s3:::${bucketLocation(url)?.bucket}`,
      EnableManifestOutput: false,
      Filter: { EligibleForReplication: true, ObjectReplicationStatuses: ['NONE', 'FAILED'] },
    },
  };
  return [
    'account=$(aws sts get-caller-identity --query Account --output text);',
    `aws s3control create-job --region ${region} --account-id $account`,
    `--role-arn arn:aws:iam::$account:role/holdfast-${stage}-batch-replication`,
    `--operation '{"S3ReplicateObject":{}}' --report '{"Enabled":false}' --priority 1`,
    `--no-confirmation-required --manifest-generator '${JSON.stringify(generator)}'`,
  ].join(' ');
}
