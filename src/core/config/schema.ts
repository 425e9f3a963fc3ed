/** holdfast.yaml as a whole. Engines and channels bring the schemas of their own entries. */
import { z } from 'zod';
import { clusterSchema } from './cluster.ts';
import { deploymentSchema } from './deployment.ts';
import { keepSchema, type SourceBase } from './source.ts';
import { tierSchema } from './tiers.ts';
import {
  durationSchema,
  nameSchema,
  referenceSchema,
  scheduleSchema,
  timeZoneSchema,
} from './values.ts';

const lockSchema = z.strictObject({
  mode: z.enum(['governance', 'compliance']),
  days: z.number().int().positive(),
});

/** A directory (`file:///…`) or a bucket (`s3://bucket/prefix`), on AWS or S3-compatible. */
const locationShape = {
  url: z
    .string()
    .regex(
      /^(file:\/\/\/.+|s3:\/\/[a-z0-9.-]+(\/.*)?)$/,
      'expected file:///path or s3://bucket/prefix',
    ),
  region: z.string().min(1).optional(),
  endpoint: z
    .string()
    .regex(
      /^https?:\/\/[^/@]+(\/.*)?$/,
      'expected http://host:port or https://host, without credentials',
    )
    .optional(),
  pathStyle: z.boolean().optional(),
  ca: z.string().startsWith('file:').optional(),
};
const keepingShape = {
  ...locationShape,
  lock: lockSchema.optional(),
  /** Colder storage classes for `data/`, in a bucket on AWS. */
  tiers: z.array(tierSchema).min(1).optional(),
};
export const destinationSchema = z.strictObject(keepingShape);
export type Destination = z.infer<typeof destinationSchema>;

const copySchema = z.strictObject({
  ...keepingShape,
  name: nameSchema.refine((name) => name !== 'primary', '"primary" is taken by the vault itself'),
  by: z.enum(['holdfast', 's3-replication']).default('holdfast'),
  keep: keepSchema.optional(),
});
export type Copy = z.infer<typeof copySchema>;

/** `stack`: the key that the deployed stack makes. */
const kmsKeySchema = z
  .string()
  .regex(/^(arn:.+|stack)$/, 'expected the ARN of a key, or stack: the key that the stack makes');
/** `recovery`: the key of the stack in the recovery Region. */
const kmsRecipientSchema = z
  .string()
  .regex(
    /^(arn:.+|stack|recovery)$/,
    'expected the ARN of a key, stack: the key that the stack makes, or recovery: that of the recovery Region',
  );

const recipientSchema = z.union([
  z.strictObject({ aes: referenceSchema }),
  z.strictObject({ kms: kmsRecipientSchema }),
  z.strictObject({ rsa: z.string() }),
]);
export type RecipientConfig = z.infer<typeof recipientSchema>;

const encryptionSchema = z
  .strictObject({
    key: referenceSchema.optional(),
    recipients: z.array(recipientSchema).min(1).optional(),
  })
  .refine(({ key, recipients }) => (key === undefined) !== (recipients === undefined), {
    error: 'expected either `key` or `recipients`',
  });

const signingSchema = z.union([
  z.strictObject({ ed25519: referenceSchema }),
  z.strictObject({ kms: kmsKeySchema }),
]);

/** A `keep` of its own stands in for that of every policy, as at a copy. */
const primarySchema = destinationSchema.extend({ keep: keepSchema.optional() });

const vaultSchema = z.strictObject({
  primary: primarySchema,
  copies: z.array(copySchema).default([]),
  encryption: encryptionSchema,
  signing: signingSchema.optional(),
  leases: destinationSchema.omit({ tiers: true }).optional(),
});

export const eventNames = [
  'backup.failed',
  'backup.partial',
  'backup.stale',
  'backup.size-anomaly',
  'copy.failed',
  'keys.pending',
  'verify.failed',
  'retention.blocked',
  'replication.lag',
  'restore.failed',
  'restore.waiting',
  'drill.failed',
  'vault.unlocked',
  'key.endangered',
  'failover.started',
  'failover.awaiting-approval',
  'failover.rolled-back',
  'failover.failed',
  'failover.exposed',
  'failover.not-ready',
  'failover.primary-down',
] as const;
export type EventName = (typeof eventNames)[number];

const routeSchema = z.strictObject({
  on: z.array(z.enum(eventNames)).min(1),
  to: z.array(nameSchema).min(1),
  escalate: z.strictObject({ after: durationSchema, to: z.array(nameSchema).min(1) }).optional(),
});
export type Route = z.infer<typeof routeSchema>;

const digestSchema = z.strictObject({
  at: z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'expected a time of day: "08:00"'),
  timezone: timeZoneSchema.default('UTC'),
  to: z.array(nameSchema).min(1),
});

const limitsSchema = z.strictObject({
  uploadMiBPerSecond: z.number().positive().optional(),
  /** Parts in flight per process, all streams together. */
  concurrency: z.number().int().min(1).max(64).default(4),
  memoryMiB: z.number().int().min(64).default(256),
});
export type Limits = z.infer<typeof limitsSchema>;

/** `sources` and `channels` are the schemas of the registries, one each. */
export function configSchema(parts: {
  readonly sources: readonly z.ZodType<SourceBase>[];
  readonly channels: readonly z.ZodType[];
}) {
  return z.strictObject({
    vault: vaultSchema,
    sources: z.record(nameSchema, z.union(parts.sources)),
    retention: z.strictObject({ floor: z.number().int().min(1).default(3) }).prefault({}),
    limits: limitsSchema.prefault({}),
    alerts: z
      .strictObject({
        channels: z.record(nameSchema, z.union(parts.channels)).default({}),
        routes: z.array(routeSchema).default([]),
        digest: digestSchema.optional(),
      })
      .prefault({}),
    health: z.strictObject({ schedule: scheduleSchema.default('rate(5 minutes)') }).prefault({}),
    clusters: z.record(nameSchema, clusterSchema).default({}),
    deploy: deploymentSchema.prefault({}),
    stages: z.record(nameSchema, z.unknown()).optional(),
  });
}
export type Config = z.infer<ReturnType<typeof configSchema>>;

/** All destinations by name, the primary first. */
export function destinations(
  config: Pick<Config, 'vault'>,
): { name: string; destination: Destination }[] {
  const copies = config.vault.copies.map((copy) => ({ name: copy.name, destination: copy }));
  return [{ name: 'primary', destination: config.vault.primary }, ...copies];
}
