/** Whether the bucket moves data as `tiers` says, and nothing else. Reads alone. */
import {
  GetBucketLifecycleConfigurationCommand,
  type IntelligentTieringConfiguration,
  ListBucketIntelligentTieringConfigurationsCommand,
} from '@aws-sdk/client-s3';
import { archiveTierings } from '../../core/config/tiers.ts';
import { HoldfastError } from '../../core/errors.ts';
import { layout } from '../../core/layout.ts';
import {
  type BucketRule,
  compareLifecycle,
  moveText,
  type VaultPlace,
  withTierRule,
} from '../../core/lifecycle.ts';
import type { ProbeFinding } from '../../core/ports/store.ts';
import { failedFinding } from '../probe-object.ts';
import { ask, type Bucket } from './bucket.ts';
import { nameOf } from './failures.ts';

/** Another server than AWS has classes of its own, and nothing is said of them. */
export async function tierFindings(bucket: Bucket): Promise<ProbeFinding[]> {
  if (bucket.endpoint !== undefined) return [];
  const place = {
    prefix: bucket.prefix,
    dataPrefix: `${bucket.prefix}${layout.data}`,
    tiers: bucket.tiers,
  };
  try {
    const lifecycle = lifecycleFinding(await readRules(bucket), place, bucket);
    return [lifecycle, ...(await archiveFindings(bucket, place))];
  } catch (error) {
    const isDenied = error instanceof HoldfastError && error.code === 'STORE_DENIED';
    if (isDenied && bucket.tiers.length === 0) return [];
    return [{ ...failedFinding('tiers', error), level: 'warning' }];
  }
}

const needs = ['s3:GetLifecycleConfiguration'];

async function readRules(bucket: Bucket): Promise<BucketRule[]> {
  const command = new GetBucketLifecycleConfigurationCommand({ Bucket: bucket.name });
  try {
    const question = { action: 'Reading the lifecycle', needs };
    const answer = await ask(bucket, question, (http) => bucket.client.send(command, http));
    return answer.Rules ?? [];
  } catch (error) {
    if (nameOf(error) === 'NoSuchLifecycleConfiguration') return [];
    throw error;
  }
}

function lifecycleFinding(
  rules: readonly BucketRule[],
  place: VaultPlace,
  bucket: Bucket,
): ProbeFinding {
  const subject = 'tiers';
  const { missing, unknown, strays } = compareLifecycle(rules, place);
  const wrong = [
    ...missing.map((tier) => `data/ should move to ${moveText(tier)}, and no rule says so`),
    ...unknown.map((move) => `data/ moves to ${move}, which \`tiers\` does not say`),
    ...strays.map(({ rule }) => `the rule ${rule} moves more than data/: manifests and keys too`),
  ];
  if (wrong.length === 0) {
    const moves = place.tiers.map(moveText).join(', ');
    return { subject, level: 'ok', detail: moves === '' ? 'data/ stays where it is' : moves };
  }
  const level = strays.some(({ archives }) => archives) ? 'error' : 'warning';
  return { subject, level, detail: wrong.join('; '), fix: lifecycleFix(rules, place, bucket) };
}

/** The command replaces all rules, so it brings the others along; what contradicts is for people to remove. */
function lifecycleFix(rules: readonly BucketRule[], place: VaultPlace, { name }: Bucket): string {
  const { missing } = compareLifecycle(rules, place);
  if (missing.length === 0) return 'say it in `tiers`, or remove it from the lifecycle';
  const Rules = withTierRule(rules, place);
  return `aws s3api put-bucket-lifecycle-configuration --bucket ${name} --lifecycle-configuration ${quoted({ Rules })}`;
}

const quoted = (value: unknown): string => `'${JSON.stringify(value).replaceAll("'", "'\\''")}'`;

/** Without such a configuration INTELLIGENT_TIERING archives nothing. */
async function archiveFindings(
  bucket: Bucket,
  { dataPrefix, tiers }: VaultPlace,
): Promise<ProbeFinding[]> {
  const wanted = archiveTierings(tiers);
  if (wanted.length === 0) return [];
  const there = (await readTierings(bucket))
    .filter(({ Status }) => Status === 'Enabled')
    .filter(({ Filter }) => dataPrefix.startsWith(Filter?.Prefix ?? ''))
    .flatMap(({ Tierings = [] }) => Tierings);
  const missing = wanted.filter(
    ({ tier, days }) => !there.some(({ AccessTier, Days }) => AccessTier === tier && Days === days),
  );
  const subject = 'archive tiers';
  if (missing.length === 0) {
    const detail = wanted.map(({ tier, days }) => `${tier} after ${days} days`).join(', ');
    return [{ subject, level: 'ok', detail }];
  }
  const configuration = {
    Id: 'archive-of-data',
    Status: 'Enabled',
    Filter: { Prefix: dataPrefix },
    Tierings: wanted.map(({ tier, days }) => ({ AccessTier: tier, Days: days })),
  };
  const names = missing.map(({ tier }) => tier).join(' and ');
  return [
    {
      subject,
      level: 'warning',
      detail: `INTELLIGENT_TIERING does not use ${names} as configured`,
      fix: `aws s3api put-bucket-intelligent-tiering-configuration --bucket ${bucket.name} --id ${configuration.Id} --intelligent-tiering-configuration ${quoted(configuration)}`,
    },
  ];
}

async function readTierings(bucket: Bucket): Promise<IntelligentTieringConfiguration[]> {
  const question = {
    action: 'Reading the archive tiers',
    needs: ['s3:GetIntelligentTieringConfiguration'],
  };
  const command = new ListBucketIntelligentTieringConfigurationsCommand({ Bucket: bucket.name });
  const answer = await ask(bucket, question, (http) => bucket.client.send(command, http));
  return answer.IntelligentTieringConfigurationList ?? [];
}
