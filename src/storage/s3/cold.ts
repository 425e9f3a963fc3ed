/** In which archive tier an object lies, as the answers of S3 say it. */
import { type ColdTier, isColdTier } from '../../core/thaw.ts';

interface Answer {
  readonly StorageClass?: string | undefined;
  /** Of INTELLIGENT_TIERING, and only in the answer to HeadObject. */
  readonly ArchiveStatus?: string | undefined;
}

export function coldTierOf({ StorageClass, ArchiveStatus }: Answer): ColdTier | undefined {
  if (isColdTier(ArchiveStatus)) return ArchiveStatus;
  return isColdTier(StorageClass) ? StorageClass : undefined;
}

/** A listing does not tell what lies in the archive tiers of this class. */
export const mayBeCold = ({ StorageClass }: Answer): boolean =>
  StorageClass === 'INTELLIGENT_TIERING';
