/** What tasks are given: by environment, as ids and keys. */
import { z } from 'zod';
import { backupIdSchema } from '../backup-id.ts';
import { nameSchema } from '../config/values.ts';

/** The verbs of the task entry point. */
export const taskVerbs = ['dump', 'copy', 'read', 'restore', 'drill'] as const;
/** Needs servers and free disk beside the vault: on one machine only. */
export const localTaskVerbs = ['failover-drill'] as const;
export type TaskVerb = (typeof taskVerbs)[number];
export type AnyTaskVerb = TaskVerb | (typeof localTaskVerbs)[number];

/** Environment of a task: set by the state machine's container override, read once with zod. */
export const taskEnvironmentSchema = z.object({
  HOLDFAST_VERB: z.enum([...taskVerbs, ...localTaskVerbs]),
  /** The execution's name: results lie under it. */
  HOLDFAST_EXECUTION: z.string(),
  /** JSON of the verb's input. */
  HOLDFAST_INPUT: z.string(),
});
export type TaskEnvironment = z.infer<typeof taskEnvironmentSchema>;

/** The task whose failure is that of its state machine. */
export const taskOfMachine = {
  backup: 'dump',
  restore: 'restore',
  drill: 'drill',
  verify: 'read',
} as const satisfies Partial<Record<string, TaskVerb>>;

/** Input of the dump task, made by the plan function. */
export const dumpInputSchema = z.strictObject({
  source: nameSchema,
  policy: nameSchema,
  method: z.string().min(1),
  /** The newest usable set of the chain; null takes a full. */
  parent: backupIdSchema.nullable(),
});
export type DumpInput = z.infer<typeof dumpInputSchema>;

export const copyInputSchema = z.strictObject({ source: nameSchema });

export const readInputSchema = z.strictObject({ source: nameSchema, backupId: backupIdSchema });
export type ReadInput = z.infer<typeof readInputSchema>;

/** Input of the restore task: the set is chosen already. */
export const restoreTaskInputSchema = z.strictObject({
  source: nameSchema,
  backupId: backupIdSchema,
  target: z.string().nullable(),
  only: z.array(z.string()),
  overwrite: z.boolean(),
  from: nameSchema,
});
export type RestoreTaskInput = z.infer<typeof restoreTaskInputSchema>;

export const drillTaskInputSchema = z.strictObject({
  source: nameSchema,
  backupId: backupIdSchema,
  from: nameSchema,
});
export type DrillTaskInput = z.infer<typeof drillTaskInputSchema>;

/** Exit status of a task whose failure can pass by itself (sysexits EX_TEMPFAIL). */
export const transientExitCode = 75;
