/** Holdfast's own buckets: what is backed up, and what is restored to, stays out of them. */
import { bucketLocation, isWithin } from '../../../core/bucket-location.ts';
import { SourceError } from '../../../core/errors.ts';
import type { Obstacle } from '../obstacles.ts';
import type { FilesContext } from '../tools.ts';

/** Prefixes of Holdfast's own below `url`, relative to it. Throws SourceError `SOURCE_IS_OWN` where it is one. */
export function ownPrefixesIn({ ownBuckets = [] }: FilesContext, url: string): string[] {
  const place = bucketLocation(url);
  return ownBuckets.flatMap((one) => {
    const own = bucketLocation(one);
    if (place === undefined || own === undefined) return [];
    if (isWithin(place, own)) throw isOwn(url, one);
    return isWithin(own, place) ? [own.prefix.slice(place.prefix.length)] : [];
  });
}

export function ownObstacle(context: FilesContext, url: string): Obstacle[] {
  let inside = ['.'];
  try {
    inside = ownPrefixesIn(context, url);
  } catch (error) {
    if (!(error instanceof SourceError)) throw error;
  }
  if (inside.length === 0) return [];
  return [
    {
      code: 'TARGET_HOLDS_VAULT',
      detail: `${url} holds Holdfast's own ${inside.join(', ')}`,
      fix: 'Restore elsewhere with --to.',
    },
  ];
}

const isOwn = (url: string, own: string): SourceError =>
  new SourceError(`${url} lies in ${own}, which is Holdfast's own`, {
    code: 'SOURCE_IS_OWN',
    hint: 'A vault is copied by `copies:`, not backed up into itself.',
  });
