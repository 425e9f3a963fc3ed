/**
 * What state machines, functions and tasks say to each other: ids and keys, never bytes or lists
 * that grow. The same on AWS and on one machine.
 */
import { z } from 'zod';
import { backupIdSchema } from './backup-id.ts';
import { nameSchema } from './config/values.ts';
import type { DueRun } from './scheduled-runs.ts';
import { retrievals } from './thaw.ts';

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
  /** The destination to read from: `primary`, or a copy's name. */
  from: nameSchema.default('primary'),
  /** How fast objects come back from an archive tier. */
  retrieval: z.enum(retrievals).default('standard'),
});
export type RestoreInput = z.infer<typeof restoreInputSchema>;

export const drillInputSchema = z.strictObject({
  source: nameSchema,
  at: z.string().default('latest'),
  from: nameSchema.default('primary'),
  retrieval: z.enum(retrievals).default('standard'),
});

/** A look at a set that lies in an archive tier; asks for what nobody has asked for yet. */
export const thawInputSchema = z.strictObject({
  source: nameSchema,
  backupId: backupIdSchema,
  from: nameSchema,
  retrieval: z.enum(retrievals),
  /** When the first look was. */
  since: z.iso.datetime(),
});
export type ThawInput = z.infer<typeof thawInputSchema>;

export interface ThawState {
  /** Everything can be read. */
  readonly ready: boolean;
  readonly since: string;
  /** Until the next look. */
  readonly waitSeconds: number;
  /** For the history and for people: what is waited for, and until when at most. */
  readonly detail: string;
}

export const verifyInputSchema = z.strictObject({
  source: nameSchema,
  backupId: backupIdSchema,
  level: z.enum(['checked', 'read']).default('checked'),
});
export type VerifyInput = z.infer<typeof verifyInputSchema>;

/** What a schedule sends: its own expression and zone, and the time for which it fired. */
export const scheduledInputSchema = z.strictObject({
  expression: z.string().min(1),
  timezone: z.string().min(1).default('UTC'),
  scheduledTime: z.iso.datetime(),
});
export type ScheduledInput = z.infer<typeof scheduledInputSchema>;

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
export type TaskEnvironment = z.infer<typeof taskEnvironmentSchema>;

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

const name = z.string().min(1);

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
  method: name,
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

/** The plan function, called by each machine for its own purpose. */
export const planEventSchema = z.discriminatedUnion('for', [
  z.strictObject({ for: z.literal('backup'), execution: name, input: backupInputSchema }),
  z.strictObject({ for: z.literal('restore'), execution: name, input: restoreInputSchema }),
  z.strictObject({ for: z.literal('drill'), execution: name, input: drillInputSchema }),
  z.strictObject({ for: z.literal('thaw'), execution: name, input: thawInputSchema }),
  z.strictObject({ for: z.literal('scheduled'), execution: name, input: scheduledInputSchema }),
]);

export type PlanEvent = z.infer<typeof planEventSchema>;

export interface ScheduledPlan {
  readonly due: number;
  /** Empty where `list` says where they are. */
  readonly runs: readonly DueRun[];
  /** A JSON array of runs in the vault: too many for a state. */
  readonly list: { readonly bucket: string; readonly key: string } | null;
  /** At a time: runs, or batches of ten of a list. */
  readonly concurrency: number;
}

export interface BackupPlan {
  readonly due: boolean;
  readonly source: string;
  /** Why this method, or why not due: one line for the history. */
  readonly reason: string;
  readonly dump: DumpInput;
  readonly copies: boolean;
  /** A person who waits gets one attempt, a schedule several. */
  readonly retry: { readonly attempts: number; readonly waitSeconds: number };
}

/** Either the set, or the execution whose dump made it. */
export const verifyEventSchema = z
  .strictObject({
    source: nameSchema,
    level: z.literal('checked'),
    execution: name,
    backupId: backupIdSchema.optional(),
  })
  .describe('Level read is a task: it reads every byte.');
export type VerifyEvent = z.infer<typeof verifyEventSchema>;

export const retainEventSchema = z.strictObject({ source: nameSchema, execution: name });

/** Error and Cause of a state, as Step Functions gives them. */
export const stateFailureSchema = z.object({ Error: z.string(), Cause: z.string().default('') });
export type StateFailure = z.infer<typeof stateFailureSchema>;

export const machineNames = [
  'backup',
  'restore',
  'drill',
  'verify',
  'health',
  'scheduled',
] as const;
export type MachineName = (typeof machineNames)[number];

/** `false` where nothing failed: not every evaluator of JSONata tells a variable that is null from none. */
const otherFailureSchema = z.union([stateFailureSchema, z.literal(false)]);

export const notifyEventSchema = z.strictObject({
  machine: z.enum(['backup', 'restore', 'drill', 'verify']),
  execution: name,
  /** Tells the stage, and leads to the console; on one machine it does neither. */
  executionArn: name.optional(),
  input: z.looseObject({ source: nameSchema }),
  /** `waiting`: not an end yet, objects are being brought back from an archive tier. */
  outcome: z.enum([...outcomes, 'waiting']),
  /** Of `waiting`: the `detail` of the ThawState. */
  waitsFor: z.string().optional(),
  /** The state that failed. */
  step: z.string().optional(),
  failure: stateFailureSchema.optional(),
  copyFailure: otherFailureSchema.optional(),
  retentionFailure: otherFailureSchema.optional(),
});
export type NotifyEvent = z.infer<typeof notifyEventSchema>;

export const healthEventSchema = z.looseObject({ executionArn: name.optional() });

/** Exit status of a task whose failure can pass by itself (sysexits EX_TEMPFAIL). */
export const transientExitCode = 75;

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
