/** What the steps of a failover say to each other: names, positions, hashes. */
import { z } from 'zod';
import { nameSchema } from '../config/values.ts';
import { failoverModes } from '../failover/plan.ts';

/** What a person types in the console: `{"cluster": "orders"}`. */
export const failoverInputSchema = z.strictObject({
  cluster: nameSchema,
  mode: z.enum(failoverModes).default('planned'),
  to: nameSchema.optional(),
  /** The hash of a plan that was shown and accepted; another plan is void. */
  approved: z.string().optional(),
});
export type FailoverInput = z.infer<typeof failoverInputSchema>;

/** `{cluster, mode?, to?}`: looks, and changes nothing. */
export const lookInputSchema = failoverInputSchema.omit({ approved: true });

/** `{cluster, planHash}`: approves a run that waits. */
export const approveInputSchema = z.strictObject({ cluster: nameSchema, planHash: z.string() });

/** What every step is given: the run that it belongs to. */
export const failoverRunSchema = z.strictObject({
  cluster: nameSchema,
  epoch: z.number().int().positive(),
  execution: z.string().min(1),
  mode: z.enum(failoverModes),
  to: nameSchema.nullable(),
  approved: z.string().nullable(),
});
export type FailoverRun = z.infer<typeof failoverRunSchema>;

export const leaseEventSchema = z.strictObject({
  execution: z.string().min(1),
  input: failoverInputSchema,
});

export const stepEventSchema = z.strictObject({ run: failoverRunSchema });

export const approvalEventSchema = z.strictObject({
  run: failoverRunSchema,
  token: z.string().min(1),
});

export const failoverOutcomes = [
  'succeeded',
  'exposed',
  'rolled-back',
  'refused',
  'failed',
] as const;
export type FailoverOutcome = (typeof failoverOutcomes)[number];

const failureSchema = z.union([
  z.object({ Error: z.string(), Cause: z.string().default('') }),
  z.literal(false),
]);

export const reportEventSchema = z.strictObject({
  cluster: nameSchema,
  run: failoverRunSchema,
  failure: failureSchema,
  failedStep: z.union([z.string(), z.literal(false)]),
  /** Why what was begun could not be undone. */
  undoFailure: failureSchema,
  rolledBack: z.boolean(),
  /** What would be backed up on the new timeline; false: no source is named. */
  backup: z.union([z.looseObject({ source: nameSchema }), z.literal(false)]).default(false),
  /** The execution that was begun, why it could not be, or false: it did not come to that. */
  backupStart: z.union([z.string(), failureSchema]).default(false),
});
export type ReportEvent = z.infer<typeof reportEventSchema>;

/** After a drill, however it ended. */
export const drilledEventSchema = z.strictObject({
  execution: z.string().min(1),
  executionArn: z.string().default(''),
  input: z.looseObject({ cluster: nameSchema }),
  /** Why it could not be held. */
  failure: failureSchema,
});
export type DrilledEvent = z.infer<typeof drilledEventSchema>;

/** A look at a cluster by its schedule. */
export const checkEventSchema = z.strictObject({ input: z.strictObject({ cluster: nameSchema }) });
