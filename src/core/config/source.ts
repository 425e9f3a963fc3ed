/** What every source has, whatever its engine. An engine's own schema extends `sourceShape`. */
import { z } from 'zod';
import { type SourceDeployment, sourceDeploymentSchema } from './deployment.ts';
import {
  argvSchema,
  durationPattern,
  durationSchema,
  nameSchema,
  percentSchema,
  referencePattern,
  scheduleSchema,
  timeZoneSchema,
} from './values.ts';

export const fingerprintSchema = z.enum(['rows', 'checksum', 'none']);
/** How a restored copy is compared: row counts, checksums of the contents, or not at all. */
export type Fingerprint = z.infer<typeof fingerprintSchema>;

const amount = z.number().int().positive();

/** What a destination keeps: GFS periods in the policy's time zone, `last` N, `within` a duration. */
export const keepSchema = z.strictObject({
  last: amount.optional(),
  within: durationSchema.optional(),
  hourly: amount.optional(),
  daily: amount.optional(),
  weekly: amount.optional(),
  monthly: amount.optional(),
  yearly: amount.optional(),
});
export type Keep = z.infer<typeof keepSchema>;

const eventSchema = z.strictObject({
  source: z.array(z.string()).min(1),
  'detail-type': z.array(z.string()).min(1).optional(),
});

/** `full: weekly` or a duration: when an incremental policy takes a new full. */
const fullSchema = z.union([
  z.enum(['daily', 'weekly', 'monthly']),
  z
    .string({ error: 'a duration: 10d' })
    .regex(durationPattern, 'expected daily, weekly, monthly or a duration: 10d'),
]);

export function policySchema<M extends [string, ...string[]]>(methods: M) {
  return z.strictObject({
    method: z.enum(methods).optional(),
    full: fullSchema.optional(),
    schedule: scheduleSchema.optional(),
    timezone: timeZoneSchema.default('UTC'),
    on: z.array(eventSchema).min(1).optional(),
    keep: keepSchema.optional(),
  });
}
export type Policy = z.infer<ReturnType<typeof policySchema>>;

/** The keys every source entry may have; engines spread it into their own strict object. */
export function sourceShape<M extends [string, ...string[]]>(methods: M) {
  return {
    kind: z.enum(['database', 'files', 'config']).optional(),
    after: z.array(nameSchema).default([]),
    policies: z
      .record(nameSchema, policySchema(methods))
      .refine(
        (policies) => Object.keys(policies).length > 0,
        'empty; expected at least one policy',
      ),
    objectives: z
      .strictObject({ rpo: durationSchema.optional(), rto: durationSchema.optional() })
      .optional(),
    fingerprint: fingerprintSchema.optional(),
    anomaly: z
      .strictObject({ size: percentSchema.optional(), rows: percentSchema.optional() })
      .optional(),
    hooks: z
      .strictObject({
        'before-backup': z.array(argvSchema).optional(),
        'after-backup': z.array(argvSchema).optional(),
        'before-restore': z.array(argvSchema).optional(),
        'after-restore': z.array(argvSchema).optional(),
      })
      .optional(),
    deploy: sourceDeploymentSchema.optional(),
  };
}

const drillServerSchema = z
  .string()
  .refine((text) => text === 'scratch' || text.startsWith('/') || referencePattern.test(text), {
    error:
      'expected scratch, a /directory or a reference to a URL (env:NAME, file:/path, ssm:/path, secretsmanager:id#field)',
    params: { secret: true },
  });

/** `drill:` of a source; `assertion` is the engine's own kind of check. */
export function drillSchema<A extends z.ZodType>(assertion: A) {
  return z.strictObject({
    schedule: scheduleSchema.optional(),
    timezone: timeZoneSchema.default('UTC'),
    /** `scratch`: the engine starts its own; or a reference to a server's URL, or a path. */
    server: drillServerSchema.default('scratch'),
    assertions: z.array(assertion).default([]),
  });
}

/** What the rest of the code may rely on, whatever the engine. */
export interface SourceBase {
  readonly engine: string;
  readonly kind?: 'database' | 'files' | 'config' | undefined;
  readonly after: readonly string[];
  readonly policies: Readonly<Record<string, Policy>>;
  readonly objectives?:
    | { readonly rpo?: string | undefined; readonly rto?: string | undefined }
    | undefined;
  readonly fingerprint?: Fingerprint | undefined;
  readonly anomaly?:
    | { readonly size?: string | undefined; readonly rows?: string | undefined }
    | undefined;
  readonly drill?:
    | {
        readonly schedule?: string | undefined;
        readonly timezone: string;
        readonly server: string;
        readonly assertions: readonly unknown[];
      }
    | undefined;
  readonly hooks?:
    | Partial<
        Record<
          'before-backup' | 'after-backup' | 'before-restore' | 'after-restore',
          string[][] | undefined
        >
      >
    | undefined;
  readonly deploy?: SourceDeployment | undefined;
}
