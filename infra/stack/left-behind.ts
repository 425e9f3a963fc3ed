/** What a recovery stack would look for in the first Region, when that one is dark. */
import type { Config } from '../../src/core/config/schema.ts';
import { place } from './undeployable.ts';

interface Around {
  /** `prod-recovery`. */
  readonly stage: string;
  readonly recovered: Config;
}

export function leftBehind(config: Config, { stage, recovered }: Around): string[] {
  const from = String(recovered.vault.primary.region);
  const to = String(config.vault.primary.region);
  const say = (path: string) => `${path}: is of ${from}; name one of ${to} under stages.${stage}`;
  const { subnets } = config.deploy.network;
  const sameNetwork =
    subnets !== undefined && String(subnets) === String(recovered.deploy.network.subnets);
  return [
    ...arnsOf(config, from, []).map(say),
    ...(sameNetwork ? [say('deploy.network.subnets')] : []),
    ...mountsIn(config, recovered).map(say),
  ];
}

function mountsIn({ sources }: Config, recovered: Config): string[] {
  const idOf = (config: Pick<Config, 'sources'>, name: string) =>
    config.sources[name]?.deploy?.efs?.fileSystem;
  return Object.keys(sources)
    .filter((name) => idOf({ sources }, name) && idOf({ sources }, name) === idOf(recovered, name))
    .map((name) => `sources.${name}.deploy.efs.fileSystem`);
}

/** Paths of ARNs that lie in `region`. */
function arnsOf(value: unknown, region: string, path: readonly (string | number)[]): string[] {
  if (typeof value === 'string') {
    const arn = /(?:^|:)arn:[^:]*:[^:]*:([^:]*):/.exec(value);
    return arn?.[1] === region ? [place(path)] : [];
  }
  if (typeof value !== 'object' || value === null) return [];
  const entries = Array.isArray(value) ? value.entries() : Object.entries(value);
  return [...entries].flatMap(([key, child]) =>
    key === 'stages' && path.length === 0 ? [] : arnsOf(child, region, [...path, key]),
  );
}
