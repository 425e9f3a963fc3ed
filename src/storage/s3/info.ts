/** What the answers of a bucket say of an object, as the port says it. */
import type { ObjectInfo } from '../../core/ports/store.ts';
import { coldTierOf } from './cold.ts';

interface Answer {
  readonly ETag?: string | undefined;
  readonly VersionId?: string | undefined;
  readonly ChecksumSHA256?: string | undefined;
  readonly ObjectLockRetainUntilDate?: Date | undefined;
  readonly StorageClass?: string | undefined;
  readonly ArchiveStatus?: string | undefined;
}

export function infoOf(
  key: string,
  answer: Answer,
  known: Pick<ObjectInfo, 'sizeBytes' | 'modifiedAt'>,
): ObjectInfo {
  const { ETag, VersionId, ChecksumSHA256, ObjectLockRetainUntilDate } = answer;
  const coldTier = coldTierOf(answer);
  return {
    key,
    ...known,
    ...(coldTier === undefined ? {} : { coldTier }),
    ...(ETag === undefined ? {} : { etag: ETag }),
    ...(VersionId === undefined ? {} : { versionId: VersionId }),
    ...(ChecksumSHA256 === undefined ? {} : { checksum: ChecksumSHA256 }),
    ...(ObjectLockRetainUntilDate === undefined ? {} : { lockedUntil: ObjectLockRetainUntilDate }),
  };
}
