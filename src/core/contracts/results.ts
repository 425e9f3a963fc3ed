/** What a step leaves under `results/<execution>/` for the steps after it: what is too much for a state. */
import { z } from 'zod';
import { backupIdSchema } from '../backup-id.ts';

/** What a dump task leaves at `results/<execution>/dump.json`. */
export const dumpResultSchema = z.object({
  backupId: backupIdSchema,
  partial: z.boolean(),
  partialReasons: z.array(z.string()),
  method: z.string(),
  /** Recipients whose key file is still to be added. */
  keysPending: z.array(z.string()),
  durationSeconds: z.number(),
});
export type DumpResult = z.infer<typeof dumpResultSchema>;

/** An ErrorReport as it is stored. */
export const errorReportSchema = z.object({
  name: z.string(),
  code: z.string(),
  message: z.string(),
  hint: z.string().optional(),
  exitCode: z.number(),
  retryable: z.boolean(),
});

/** What a task leaves under `results/`: its result, or why there is none. */
export const taskResultSchema = <T extends z.ZodType>(result: T) =>
  z.union([result, z.object({ error: errorReportSchema })]);

/** What a failed task left, whatever its verb; of one that went well, no error. */
export const failedResultSchema = z.looseObject({ error: errorReportSchema.optional() });

const anomalyResultSchema = z.object({
  figure: z.enum(['size', 'rows', 'files']),
  current: z.number(),
  median: z.number(),
  change: z.number(),
  threshold: z.number(),
  samples: z.number(),
});

/** What the verify step leaves at `results/<execution>/verify.json`: the figures of an alert. */
export const verifyResultSchema = z.object({
  backupId: backupIdSchema,
  outcome: z.enum(['good', 'partial']),
  partialReasons: z.array(z.string()),
  keysPending: z.array(z.string()),
  anomalies: z.array(anomalyResultSchema),
  storedBytes: z.number().optional(),
  durationSeconds: z.number().optional(),
});
export type VerifyResult = z.infer<typeof verifyResultSchema>;

const comparisonSchema = z.object({
  level: z.enum(['rows', 'checksum', 'none']),
  units: z.number(),
  rows: z.number().optional(),
});

/** `results/<execution>/restore.json`. */
export const restoreResultSchema = z.object({
  backupId: backupIdSchema,
  target: z.string(),
  partial: z.boolean(),
  seconds: z.number(),
  comparison: comparisonSchema,
  totals: z.object({
    rows: z.number().optional(),
    files: z.number().optional(),
    bytes: z.number().optional(),
  }),
  notes: z.array(z.string()),
});
export type RestoreResult = z.infer<typeof restoreResultSchema>;

/** `results/<execution>/drill.json`. */
export const drillResultSchema = z.object({
  backupId: backupIdSchema,
  /** False where nothing was compared: `fingerprint: none` proves nothing. */
  proven: z.boolean(),
  /** From the first byte read to the last unit compared. */
  seconds: z.number(),
  rto: z.enum(['met', 'missed', 'none', 'unmeasured']),
  scratch: z.string(),
  comparison: comparisonSchema,
  assertions: z.array(z.object({ name: z.string(), passed: z.boolean(), detail: z.string() })),
  notes: z.array(z.string()),
});
export type DrillResult = z.infer<typeof drillResultSchema>;

/** `results/<execution>/copies.json`: written also when some copy failed. */
export const copyReportSchema = z.object({
  destinations: z.array(
    z.object({
      name: z.string(),
      copied: z.array(z.string()),
      error: errorReportSchema.optional(),
    }),
  ),
});
export type CopyReport = z.infer<typeof copyReportSchema>;

/** `results/<execution>/retain.json`. */
export const retainReportSchema = z.object({
  removed: z.array(z.object({ destination: z.string(), backup: z.string(), reason: z.string() })),
  errors: z.array(errorReportSchema),
  more: z.boolean(),
});
export type RetainReport = z.infer<typeof retainReportSchema>;
