/** What the program `files-archive` answers, in its result file. */
import { z } from 'zod';

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
