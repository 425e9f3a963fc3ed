/** What the vault's bucket is told about the layout: what is never replaced, and what grows old. */
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
];

export const createOnlyArns = (prefix: string): Value[] =>
  createOnly.map((key) =>
    sub(`\${VaultBucket.Arn}/${prefix}${key}${key.endsWith('/') ? '*' : ''}`),
  );

/** Days that what somebody deleted or replaced can be brought back. */
const undoDays = 30;

export function lifecycleRules(prefix: string): object[] {
  const enabled = { Status: 'Enabled' };
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
  ];
}
