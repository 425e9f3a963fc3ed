/** The state machines and their inputs: what a person may type in the console, what a schedule sends. */
import { z } from 'zod';
import { backupIdSchema } from '../backup-id.ts';
import { nameSchema } from '../config/values.ts';
import { retrievals } from '../thaw.ts';

export const machineNames = [
  'backup',
  'restore',
  'drill',
  'verify',
  'retain',
  'health',
  'scheduled',
] as const;
/** Those of `clusters:`: in a stack, there where failovers run. */
export const clusterMachineNames = ['failover', 'failover-plan', 'approve'] as const;
/** Those of `clusters:` on one machine alone: drills need servers of their own; a stack's schedule calls its function itself. */
export const localMachineNames = ['failover-drill', 'failover-check'] as const;
export type LocalMachineName = (typeof localMachineNames)[number];
export type MachineName = (typeof machineNames)[number];
export type ClusterMachineName = (typeof clusterMachineNames)[number];

/** The functions of `functions/failover/`: in the order of their states, those of the machines beside, those of a schedule. */
export const failoverFunctions = [
  'lease',
  'preflight',
  'assess',
  'ask-approval',
  'freeze',
  'fence',
  'catch-up',
  'promote',
  'reconcile',
  'verify',
  'cut-over',
  'propagate',
  'activate',
  'smoke',
  'rebuild',
  'roll-back',
  'report',
  'look',
  'find-approval',
  'approval-link',
  'check',
  'watch',
] as const;
export type FailoverFunction = (typeof failoverFunctions)[number];

export const backupInputSchema = z.strictObject({
  source: nameSchema,
  policy: nameSchema.optional(),
  scheduledTime: z.iso.datetime().optional(),
  /** The failover that asks for it: a full set on the new timeline, while that run silences all others. */
  failover: z.strictObject({ cluster: nameSchema, epoch: z.number().int().positive() }).optional(),
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

export const verifyInputSchema = z.strictObject({
  source: nameSchema,
  backupId: backupIdSchema,
  level: z.enum(['checked', 'read']).default('checked'),
});
export type VerifyInput = z.infer<typeof verifyInputSchema>;

export const retainInputSchema = z.strictObject({ source: nameSchema });

/** What a schedule sends: its own expression and zone, and the time for which it fired. */
export const scheduledInputSchema = z.strictObject({
  expression: z.string().min(1),
  timezone: z.string().min(1).default('UTC'),
  scheduledTime: z.iso.datetime(),
});
export type ScheduledInput = z.infer<typeof scheduledInputSchema>;

export const outcomes = ['good', 'partial', 'skipped', 'failed'] as const;
export type Outcome = (typeof outcomes)[number];
