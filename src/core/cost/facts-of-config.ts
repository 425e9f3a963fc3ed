/** What a configuration alone says about the cost of its deployment. */
import { taskSizeOf } from '../config/deployment.ts';
import type { Config, Copy, Destination } from '../config/schema.ts';
import type { SourceBase } from '../config/source.ts';
import { tiersOf } from '../config/tiers.ts';
import type { CostFacts, DestinationFacts, Distance, SourceFacts } from './facts.ts';
import { prices } from './prices.ts';

/** What the vault adds for a source; nothing before its first backup. */
export interface StoredFacts extends Pick<SourceFacts, 'measured' | 'present' | 'drillSeconds'> {}

export interface ConfigFacts {
  readonly config: Config;
  /** Those that are asked for. */
  readonly names: readonly string[];
  readonly now: Date;
  /** An engine's method where a policy names none. */
  readonly firstMethod: (engine: string) => string | undefined;
  readonly stored: ReadonlyMap<string, StoredFacts>;
  readonly expectedBytes: (source: string) => number | undefined;
  /** Instead of those of the configuration, everywhere. */
  readonly tiers?: DestinationFacts['tiers'] | undefined;
}

/** As serverless.yml sizes every function. */
const functionMemoryMiB = 512;

export function factsOfConfig(given: ConfigFacts): CostFacts {
  const { config, names, now } = given;
  const { network, tasks } = config.deploy;
  const kms = kmsKeysOf(config);
  return {
    now,
    sources: Object.entries(config.sources)
      .filter(([name]) => names.includes(name))
      .map(([name, source]) => sourceFacts(name, source, given)),
    destinations: destinationFacts(given),
    floor: config.retention.floor,
    architecture: tasks.architecture,
    publicIp: network.publicIp ?? !network.endpoints,
    endpoints: network.endpoints,
    functionMemoryMiB,
    healthSchedule: config.health.schedule,
    kmsRecipients: kms.recipients,
    kmsKeys: kms.keys,
    secrets: secretsOf(config),
  };
}

function sourceFacts(name: string, source: SourceBase, given: ConfigFacts): SourceFacts {
  const { config, firstMethod, stored, expectedBytes } = given;
  const policies = Object.entries(source.policies).map(
    ([policy, { method = firstMethod(source.engine), full, keep, schedule }]) =>
      [policy, { full, keep, schedule, incremental: method === 'incremental' }] as const,
  );
  return {
    measured: [],
    present: [],
    ...stored.get(name),
    name,
    engine: source.engine,
    policies: Object.fromEntries(policies),
    drillSchedule: source.drill?.schedule,
    task: taskSizeOf(source.deploy, config.deploy),
    expectedBytes: expectedBytes(name),
  };
}

/** A primary that is no bucket of AWS is taken for one: that is what a deployment would have. */
function destinationFacts({ config, tiers }: ConfigFacts): CostFacts['destinations'] {
  const { primary, copies } = config.vault;
  const common = (destination: Destination | Copy, name: string) => ({
    name,
    lockDays: destination.lock?.days,
    tiers: tiers ?? tiersOf(destination),
  });
  return [
    {
      ...common(primary, 'primary'),
      keep: primary.keep,
      way: 'none',
      distance: 'same',
      onAws: true,
    },
    ...copies.map((copy) => ({
      ...common(copy, copy.name),
      keep: copy.keep,
      way: copy.by,
      distance: distanceOf(primary, copy),
      onAws: isOnAws(copy),
    })),
  ];
}

export const isOnAws = ({ url, endpoint }: Pick<Destination, 'url' | 'endpoint'>): boolean =>
  url.startsWith('s3:') && endpoint === undefined;

const ohio = ['us-east-1', 'us-east-2'];

function distanceOf(primary: Destination, copy: Copy): Distance {
  if (!isOnAws(copy)) return 'internet';
  const [from, to] = [primary.region ?? prices.region, copy.region ?? prices.region];
  if (from === to) return 'same';
  return ohio.includes(from) && ohio.includes(to) ? 'us-east-2' : 'other-region';
}

/** One to open and one to sign where the configuration has none: a stack makes them. */
function kmsKeysOf({ vault }: Config): { recipients: number; keys: number } {
  const recipients = (vault.encryption.recipients ?? []).flatMap((one) =>
    'kms' in one ? [one.kms] : [],
  );
  const signing = vault.signing && 'kms' in vault.signing ? [vault.signing.kms] : [];
  // `stack` to open and `stack` to sign are two keys.
  const keys = new Set(recipients).size + new Set(signing).size;
  return { recipients: Math.max(1, recipients.length), keys: Math.max(2, keys) };
}

function secretsOf(config: Config): number {
  const references = JSON.stringify(config).matchAll(/secretsmanager:([^"#]+)/g);
  return new Set([...references].map(([, id]) => id)).size;
}
