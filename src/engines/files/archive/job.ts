/** What the engine and its archive program tell each other, by files in the scratch directory. */
import { z } from 'zod';

export const archiveJobSchema = z.strictObject({
  /** A real path: no part of it is a link. */
  root: z.string(),
  include: z.array(z.string()),
  exclude: z.array(z.string()),
  oneFileSystem: z.boolean(),
  /** Holdfast's own directories, relative to the root. */
  ownPaths: z.array(z.string()),
  /** Listing of `getfattr`; absent where that is not installed. */
  xattrsFile: z.string().optional(),
  parent: z.strictObject({ id: z.string(), indexFile: z.string() }).optional(),
  /** What changed from this moment on (nanoseconds, the file system's clock) may change again unseen. */
  startedAt: z.string(),
  indexFile: z.string(),
  resultFile: z.string(),
});
export type ArchiveJob = z.infer<typeof archiveJobSchema>;

export const archiveResultSchema = z.strictObject({
  files: z.number(),
  entries: z.number(),
  /** Of all files, whether stored here or in a parent. */
  bytes: z.number(),
  storedFiles: z.number(),
  /** Listed, and gone when their turn came. */
  vanished: z.number(),
  ownPathsSkipped: z.array(z.string()),
  otherFileSystems: z.number(),
  problems: z.array(z.string()),
  problemCount: z.number(),
  rootUnreadable: z.boolean(),
});
export type ArchiveResult = z.infer<typeof archiveResultSchema>;

export const problemsKept = 100;
