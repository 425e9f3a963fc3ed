/** What the engine asks of the program `files-extract`, a step at a time, and what it answers. */
import { z } from 'zod';
import type { ErrorReport } from '../../../core/errors.ts';

const resultFile = z.string();
const common = {
  /** The index of the set, or of what was selected of it. */
  indexFile: z.string(),
  resultFile,
};

export const selectJobSchema = z.strictObject({
  ...common,
  step: z.literal('select'),
  /** The id of the index's own set. */
  set: z.string(),
  only: z.array(z.string()).readonly(),
  /** Written when `only` names patterns: the entries to restore. */
  selectionFile: z.string(),
});
export type SelectJob = z.infer<typeof selectJobSchema>;

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

export const extractJobSchema = z.strictObject({
  ...common,
  step: z.literal('extract'),
  /** The id of the set whose archive comes on stdin, and whether the index is its own. */
  set: z.string(),
  own: z.boolean(),
  /** Absent: only verified. */
  target: z.string().optional(),
});
export type ExtractJob = z.infer<typeof extractJobSchema>;

export const extractResultSchema = z.strictObject({ files: z.number(), bytes: z.number() });

export const finishJobSchema = z.strictObject({
  ...common,
  step: z.literal('finish'),
  target: z.string(),
});
export type FinishJob = z.infer<typeof finishJobSchema>;

export const finishResultSchema = z.strictObject({
  entries: z.number(),
  devicesSkipped: z.number(),
});

export const compareJobSchema = z.strictObject({
  ...common,
  step: z.literal('compare'),
  target: z.string(),
  xattrsFile: z.string().optional(),
});
export type CompareJob = z.infer<typeof compareJobSchema>;

export const compareResultSchema = z.strictObject({
  units: z.number(),
  files: z.number(),
  bytes: z.number(),
  differenceCount: z.number(),
  differences: z.array(
    z.strictObject({ name: z.string(), expected: z.string(), found: z.string() }),
  ),
});
export type CompareResult = z.infer<typeof compareResultSchema>;

export const placeJobSchema = z.strictObject({
  resultFile,
  step: z.literal('place'),
  staging: z.string(),
  target: z.string(),
  /** An absent directory on the target's file system: takes what is replaced. */
  aside: z.string(),
  /** Names in the target that `whole` leaves alone. */
  keep: z.array(z.string()).readonly(),
  /** Takes the place of what exists; else such a name is an error. */
  overwrite: z.boolean(),
  /** Everything that the target holds and the staging does not goes. */
  whole: z.boolean(),
});
export type PlaceJob = z.infer<typeof placeJobSchema>;

export const placeResultSchema = z.strictObject({ placed: z.number(), replaced: z.number() });

export const surveyJobSchema = z.strictObject({
  resultFile,
  step: z.literal('survey'),
  root: z.string(),
  maxEntries: z.number(),
});
export type SurveyJob = z.infer<typeof surveyJobSchema>;

export const surveyResultSchema = z.strictObject({
  entries: z.number(),
  /** False when there are more than `maxEntries`. */
  complete: z.boolean(),
  unreadableCount: z.number(),
  /** The first few. */
  unreadable: z.array(z.string()),
});

export const extractProgramJobSchema = z.discriminatedUnion('step', [
  selectJobSchema,
  extractJobSchema,
  finishJobSchema,
  compareJobSchema,
  placeJobSchema,
  surveyJobSchema,
]);
export type ExtractProgramJob = z.infer<typeof extractProgramJobSchema>;

/** What a failed step leaves in its result file. */
export interface FailedStep {
  readonly error: ErrorReport;
}
