/** What one machine can have and the deployed form cannot: each by its path, with what to write instead. */
import { mountOf } from '../../src/core/config/mount.ts';
import type { Config } from '../../src/core/config/schema.ts';
import { mostMounts, mountsOf } from './mounts.ts';
import { clusterProblems } from './undeployable-clusters.ts';

export function undeployable(config: Config): string[] {
  return [
    ...localReferences(config, []),
    ...vaultProblems(config),
    ...directoryProblems(config),
    ...mountProblems(config),
    ...clusterProblems(config),
  ];
}

/** Functions and tasks have neither this machine's environment nor its files. */
function localReferences(value: unknown, path: readonly (string | number)[]): string[] {
  if (typeof value === 'string') {
    const kind = /^(env|file):/.exec(value)?.[1];
    if (kind === undefined) return [];
    if (value.startsWith('file://')) return [`${place(path)}: a directory; expected s3://bucket`];
    return [
      `${place(path)}: ${kind}: is of one machine; expected ssm:/path or secretsmanager:id#field`,
    ];
  }
  if (typeof value !== 'object' || value === null) return [];
  const entries = Array.isArray(value) ? value.entries() : Object.entries(value);
  return [...entries].flatMap(([key, child]) =>
    key === 'stages' && path.length === 0 ? [] : localReferences(child, [...path, key]),
  );
}

export const place = (path: readonly (string | number)[]): string =>
  path
    .map((key) => (typeof key === 'number' ? `[${key}]` : `.${key}`))
    .join('')
    .slice(1);

const expectedMount =
  'deploy: { efs: { fileSystem: fs-…, accessPoint: fsap-… } }, or s3://bucket/prefix';

/** A task has no directories but those that it mounts. */
function directoryProblems({ sources }: Config): string[] {
  return Object.entries(sources).flatMap(([name, source]) => {
    const { path } = source as { readonly path?: string };
    const local = source.engine === 'files' && path?.startsWith('/') && !mountOf(source);
    const drills = source.drill?.server.startsWith('/');
    return [
      ...(local
        ? [`sources.${name}.path: a directory of one machine; expected ${expectedMount}`]
        : []),
      ...(drills
        ? [`sources.${name}.drill.server: a directory of one machine; expected scratch`]
        : []),
    ];
  });
}

/** Mount targets lie in the file system's own network: docs.aws.amazon.com/efs/latest/ug/how-it-works.html */
function mountProblems(config: Config): string[] {
  const mounts = mountsOf(config);
  const { subnets } = config.deploy.network;
  return [
    ...(mounts.length > 0 && subnets === undefined
      ? ['deploy.network.subnets: missing; the tasks have to be where the mount targets of EFS are']
      : []),
    ...(mounts.length > mostMounts
      ? [
          `sources: ${mounts.length} mounts, at most ${mostMounts}; give sources of one file system one access point and mount`,
        ]
      : []),
  ];
}

function vaultProblems({ vault }: Config): string[] {
  const { primary, leases, encryption, signing } = vault;
  const bucket = primary.url.startsWith('s3://');
  const name = /^s3:\/\/([^/]+)/.exec(primary.url)?.[1];
  return [
    ...(bucket && !primary.region
      ? ['vault.primary.region: missing; the Region of the stack']
      : []),
    ...(leases === undefined
      ? [`vault.leases: missing; expected a bucket of their own: { url: s3://${name}-leases }`]
      : []),
    ...(leases && leases.url === primary.url
      ? ['vault.leases.url: the vault itself; expected a bucket without lock']
      : []),
    ...(encryption.recipients?.some((one) => 'kms' in one)
      ? []
      : ['vault.encryption.recipients: no KMS key; expected at least { kms: stack }']),
    ...(signing && 'kms' in signing
      ? []
      : ['vault.signing: expected { kms: stack }, or the ARN of a key']),
  ];
}
