/**
 * What state machines, functions and tasks say to each other: ids and keys, never bytes or lists
 * that grow. The same on AWS and on one machine.
 */
import { z } from 'zod';
import { backupIdSchema } from './backup-id.ts';
import { nameSchema } from './config/values.ts';

/** Inputs of the state machines: what a person may type in the console. */
export const backupInputSchema = z.strictObject({
  source: nameSchema,
  policy: nameSchema.optional(),
  scheduledTime: z.iso.datetime().optional(),
});
export type BackupInput = z.infer<typeof backupInputSchema>;

export const restoreInputSchema = z.strictObject({
  source: nameSchema,
  /** `latest`, an ISO time, or a backup id. */
  at: z.string().default('latest'),
  target: z.string().optional(),
  only: z.array(z.string()).default([]),
  overwrite: z.boolean().default(false),
});
export type RestoreInput = z.infer<typeof restoreInputSchema>;

export const drillInputSchema = z.strictObject({
  source: nameSchema,
  at: z.string().default('latest'),
});
export type DrillInput = z.infer<typeof drillInputSchema>;

export const verifyInputSchema = z.strictObject({
  source: nameSchema,
  backupId: backupIdSchema,
  level: z.enum(['checked', 'read']).default('checked'),
});
export type VerifyInput = z.infer<typeof verifyInputSchema>;

/** The verbs of the task entry point. */
export const taskVerbs = ['dump', 'copy', 'read', 'restore', 'drill'] as const;
export type TaskVerb = (typeof taskVerbs)[number];

/** Environment of a task: set by the state machine's container override, read once with zod. */
export const taskEnvironmentSchema = z.object({
  HOLDFAST_VERB: z.enum(taskVerbs),
  /** The execution's name: results lie under it. */
  HOLDFAST_EXECUTION: z.string(),
  /** JSON of the verb's input. */
  HOLDFAST_INPUT: z.string(),
});

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

export const outcomes = ['good', 'partial', 'skipped', 'failed'] as const;
export type Outcome = (typeof outcomes)[number];
