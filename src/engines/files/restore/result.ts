/** What the program `files-extract` answers to each step, in its result file. */
import { z } from 'zod';
import type { ErrorReport } from '../../../core/errors.ts';

export const selectResultSchema = z.strictObject({
  entries: z.number(),
  files: z.number(),
  bytes: z.number(),
  /** Bytes on disk: without holes. */
  allocatedBytes: z.number(),
  /** Files to take from each set's archive, by its id. */
  filesBySet: z.record(z.string(), z.number()),
  /** Entries that the set could not hold (unreadable at the time). */
  withoutContents: z.number(),
  devices: z.number(),
  /** Selected paths, base64, at most 100,000; the first ones when there are more. */
  selected: z.array(z.string()),
  /** Base64 paths that are only restored because a selected hard link needs their contents. */
  carriers: z.array(z.string()),
});
export type SelectResult = z.infer<typeof selectResultSchema>;

export const extractResultSchema = z.strictObject({ files: z.number(), bytes: z.number() });

export const finishResultSchema = z.strictObject({
  entries: z.number(),
  devicesSkipped: z.number(),
});

export const compareResultSchema = z.strictObject({
  units: z.number(),
  files: z.number(),
  bytes: z.number(),
  differenceCount: z.number(),
  /** At most 100. */
  differences: z.array(
    z.strictObject({ name: z.string(), expected: z.string(), found: z.string() }),
  ),
});
export type CompareResult = z.infer<typeof compareResultSchema>;

export const placeResultSchema = z.strictObject({ placed: z.number(), replaced: z.number() });

export const surveyResultSchema = z.strictObject({
  entries: z.number(),
  /** False when there are more than `maxEntries`. */
  complete: z.boolean(),
  unreadableCount: z.number(),
  /** The first few. */
  unreadable: z.array(z.string()),
});

/** What a failed step leaves instead. */
export interface FailedStep {
  readonly error?: ErrorReport;
}
