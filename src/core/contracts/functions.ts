/** What state machines and their functions say to each other: ids and keys, never bytes or lists that grow. */
import { z } from 'zod';
import { backupIdSchema } from '../backup-id.ts';
import { nameSchema } from '../config/values.ts';
import type { DueRun } from '../scheduled-runs.ts';
import { retrievals } from '../thaw.ts';
import {
  backupInputSchema,
  drillInputSchema,
  outcomes,
  restoreInputSchema,
  scheduledInputSchema,
} from './machines.ts';
import type { DumpInput } from './tasks.ts';

const name = z.string().min(1);

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

/** `false` where nothing failed: not every evaluator of JSONata tells a variable that is null from none. */
const otherFailureSchema = z.union([stateFailureSchema, z.literal(false)]);

export const notifyEventSchema = z.strictObject({
  machine: z.enum(['backup', 'restore', 'drill', 'verify', 'retain']),
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
