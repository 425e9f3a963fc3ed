/** Destinations that contradict themselves or each other. */
import { bucketLocation } from '../bucket-location.ts';
import { type Finding, finding } from './finding.ts';
import type { Path } from './place.ts';
import { type Config, type Destination, destinations } from './schema.ts';

export function checkVault(config: Config): Finding[] {
  const { vault } = config;
  const places: { path: Path; place: Destination }[] = [
    { path: ['vault', 'primary'], place: vault.primary },
    ...vault.copies.map((place, index) => ({ path: ['vault', 'copies', index], place })),
    ...(vault.leases === undefined ? [] : [{ path: ['vault', 'leases'], place: vault.leases }]),
  ];
  return [
    ...places.flatMap(({ path, place }) => checkDirectory(path, place)),
    ...checkCopies(config),
  ];
}

const bucketOnly = ['lock', 'tiers', 'region', 'endpoint', 'pathStyle', 'ca'] as const;

function checkDirectory(path: Path, place: Destination): Finding[] {
  if (!place.url.startsWith('file:')) return [];
  const misplaced = bucketOnly
    .filter((key) => place[key] !== undefined)
    .map((key) =>
      finding([...path, key], 'only for s3:// destinations; this one is a directory', 'key'),
    );
  return isOfTheSystem(place.url) ? [...misplaced, finding([...path, 'url'], noDisk)] : misplaced;
}

const noDisk = '/proc, /sys and /dev hold no files of yours: name a directory on a disk';

/** The kernel's own trees: there, making a directory fails in ways that no program expects. */
function isOfTheSystem(url: string): boolean {
  const path = new URL(url).pathname.replace(/%([2-7][0-9a-f])/gi, (_, code) =>
    String.fromCharCode(Number.parseInt(code, 16)),
  );
  return /^\/+(proc|sys|dev)(\/|$)/.test(path) && !/^\/+dev\/+shm(\/|$)/.test(path);
}

function checkCopies(config: Config): Finding[] {
  const all = destinations(config);
  return config.vault.copies.flatMap((copy, index) => {
    const path = ['vault', 'copies', index];
    const before = all.slice(0, index + 1);
    const sameName = before.some(({ name }) => name === copy.name);
    const samePlace = before.find(
      ({ destination }) => destination.url === copy.url && destination.endpoint === copy.endpoint,
    );
    return [
      ...(sameName ? [finding([...path, 'name'], `"${copy.name}" names another copy too`)] : []),
      ...(samePlace ? [finding([...path, 'url'], `the same place as "${samePlace.name}"`)] : []),
      ...(copy.by === 's3-replication' ? checkReplicated(path, copy, config) : []),
    ];
  });
}

/** S3 keeps an object's key: whatever stands before it is the same at both ends. */
function checkReplicated(path: Path, copy: Destination, { vault }: Config): Finding[] {
  const there = bucketLocation(copy.url);
  if (there === undefined) {
    return [finding([...path, 'by'], 's3-replication needs an s3:// copy; allowed here: holdfast')];
  }
  const prefix = bucketLocation(vault.primary.url)?.prefix;
  if (prefix === undefined || prefix === there.prefix) return [];
  const expected = `s3://${there.bucket}/${prefix}`;
  return [
    finding([...path, 'url'], `replication keeps the keys of the vault; expected ${expected}`),
  ];
}
