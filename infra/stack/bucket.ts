/** What the vault's bucket is told about the layout: what is never replaced, and what grows old. */
import { bucketLocation } from '../../src/core/bucket-location.ts';
import type { Destination } from '../../src/core/config/schema.ts';
import { archiveTierings, tieredPrefix, tiersOf } from '../../src/core/config/tiers.ts';
import { layout } from '../../src/core/layout.ts';
import { sub, type Value } from './names.ts';

/** Everything but state/ and results/, which say how things stand and are rewritten. */
const createOnly = [
  layout.vault,
  layout.keyChecks,
  layout.sets,
  layout.data,
  layout.allRuns,
  layout.signers,
  layout.configs,
  layout.allReports,
];

export const createOnlyArns = (prefix: string): Value[] =>
  createOnly.map((key) =>
    sub(`\${VaultBucket.Arn}/${prefix}${key}${key.endsWith('/') ? '*' : ''}`),
  );

/** Days that what somebody deleted or replaced can be brought back. */
const undoDays = 30;

const enabled = { Status: 'Enabled' };

export function lifecycleRules(destination: Pick<Destination, 'url' | 'tiers'>): object[] {
  const { prefix = '' } = bucketLocation(destination.url) ?? {};
  const rewritten = ['state/', layout.results].map((folder) => ({
    ...enabled,
    Id: `old-versions-of-${folder.replace('/', '')}`,
    Prefix: `${prefix}${folder}`,
    NoncurrentVersionExpiration: { NoncurrentDays: 1 },
  }));
  return [
    {
      ...enabled,
      Id: 'unfinished-uploads',
      AbortIncompleteMultipartUpload: { DaysAfterInitiation: 7 },
    },
    ...rewritten,
    ...[layout.sets, layout.data].map((folder) => ({
      ...enabled,
      Id: `deleted-${folder.replace('/', '')}`,
      Prefix: `${prefix}${folder}`,
      NoncurrentVersionExpiration: { NoncurrentDays: undoDays },
      ExpiredObjectDeleteMarker: true,
    })),
    ...tierRules(destination),
  ];
}

/** Manifests, keys and attestations stay where they are read at once. */
function tierRules(destination: Pick<Destination, 'url' | 'tiers'>): object[] {
  const tiers = tiersOf(destination);
  if (tiers.length === 0) return [];
  const Transitions = tiers.map(({ storageClass, afterDays }) => ({
    StorageClass: storageClass,
    TransitionInDays: afterDays,
  }));
  return [{ ...enabled, Id: 'tiers-of-data', Prefix: tieredPrefix(destination.url), Transitions }];
}

/** Which archive tiers INTELLIGENT_TIERING may use: without it, none. */
export function intelligentTiering(
  destination: Pick<Destination, 'url' | 'tiers'>,
): object[] | Value {
  const Tierings = archiveTierings(tiersOf(destination)).map(({ tier, days }) => ({
    AccessTier: tier,
    Days: days,
  }));
  if (Tierings.length === 0) return { Ref: 'AWS::NoValue' };
  return [{ ...enabled, Id: 'archive-of-data', Prefix: tieredPrefix(destination.url), Tierings }];
}
