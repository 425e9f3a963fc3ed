/** `deploy:`, of the whole and of a source: what only the deployed form needs. It never holds a secret. */
import { z } from 'zod';
import { nameSchema, scheduleSchema, timeZoneSchema } from './values.ts';

/**
 * What Fargate offers: CPU units → the memory that goes with them, in MiB.
 * https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-tasks-services.html
 */
export const taskSizes: Readonly<Record<number, readonly number[]>> = {
  256: [512, 1024, 2048],
  512: steps(1024, 4096, 1024),
  1024: steps(2048, 8192, 1024),
  2048: steps(4096, 16_384, 1024),
  4096: steps(8192, 30_720, 1024),
  8192: steps(16_384, 61_440, 4096),
  16384: steps(32_768, 122_880, 8192),
};

function steps(from: number, to: number, by: number): number[] {
  return Array.from({ length: (to - from) / by + 1 }, (_, index) => from + index * by);
}

const cpuSchema = z.number().refine((cpu) => taskSizes[cpu] !== undefined, {
  error: `expected CPU units that Fargate has: ${Object.keys(taskSizes).join(', ')}`,
});
const memorySchema = z.number().int().positive();

/** A file system of EFS that the tasks of a source mount, by an access point; `mount` holds the source's `path`. */
const efsSchema = z.strictObject({
  fileSystem: z.string().regex(/^fs-[0-9a-f]{8,40}$/, 'expected fs-…'),
  accessPoint: z.string().regex(/^fsap-[0-9a-f]{8,40}$/, 'expected fsap-…'),
  /** Where the access point's root directory is mounted; absent: at the source's `path`. */
  mount: z.string().optional(),
});

/** `deploy:` of a source: the size of its tasks, and whose secrets its tasks may read. */
export const sourceDeploymentSchema = z.strictObject({
  cpu: cpuSchema.optional(),
  memoryMiB: memorySchema.optional(),
  spot: z.boolean().optional(),
  /** Sources of one group share their task roles, and with them what these may read. */
  isolation: nameSchema.optional(),
  efs: efsSchema.optional(),
  /** Of a bucket: where restore tasks may put objects; absent: where they came from. */
  restoreTo: z
    .string()
    .regex(/^s3:\/\/[a-z0-9.-]+(\/.*)?$/, 'expected s3://bucket/prefix')
    .optional(),
});
export type SourceDeployment = z.infer<typeof sourceDeploymentSchema>;

const subnetSchema = z.string().regex(/^subnet-[0-9a-z]+$/, 'expected subnet-…');

const networkSchema = z.strictObject({
  subnets: z
    .tuple([subnetSchema, subnetSchema], {
      error: 'expected two subnets, in different availability zones: [subnet-…, subnet-…]',
    })
    .optional(),
  securityGroups: z.tuple([z.string().startsWith('sg-')]).optional(),
  /** Whether tasks get a public address: where their subnets reach AWS through an internet gateway. */
  publicIp: z.boolean().optional(),
  /** Interface endpoints in the stack's own network, so that nothing leaves it. */
  endpoints: z.boolean().default(false),
});

const tasksSchema = z.strictObject({
  cpu: cpuSchema.default(1024),
  memoryMiB: memorySchema.default(2048),
  architecture: z.enum(['arm64', 'x86_64']).default('arm64'),
  spot: z.boolean().default(false),
});

/** What a stack that stands by starts by itself, in place of what policies and drills say. */
const standbyShape = {
  /** Of what was replicated, by the copy's own `keep`. */
  retention: scheduleSchema.default('cron(0 4 * * ? *)'),
  /** Of every source with a `drill:`. */
  drills: z.union([z.literal('off'), scheduleSchema]).default('cron(0 6 ? * SUN *)'),
  timezone: timeZoneSchema.default('UTC'),
};
const standbySchema = z.strictObject(standbyShape);
export type Standby = z.infer<typeof standbySchema>;

/** `deploy:` of the whole. */
export const deploymentSchema = z.strictObject({
  /** Whether the stack makes the vault's buckets, or finds them: in an account of their own. */
  vault: z.enum(['stack', 'given']).default('stack'),
  network: networkSchema.prefault({}),
  tasks: tasksSchema.prefault({}),
  images: z
    .strictObject({ dump: z.string().min(1).optional(), drill: z.string().min(1).optional() })
    .prefault({}),
  recovery: z.strictObject({ region: z.string().min(1), ...standbyShape }).optional(),
  /** Of the recovery stack; follows from `recovery` of the stage that it stands by for. */
  standby: standbySchema.optional(),
});
export type Deployment = z.infer<typeof deploymentSchema>;

/** The group of sources that name none. */
export const defaultIsolation = 'shared';

export interface TaskSize {
  readonly cpu: number;
  readonly memoryMiB: number;
  readonly spot: boolean;
}

/** A source's own size, else that of all. */
export function taskSizeOf(source: SourceDeployment | undefined, all: Deployment): TaskSize {
  const { cpu, memoryMiB, spot } = all.tasks;
  return {
    cpu: source?.cpu ?? cpu,
    memoryMiB: source?.memoryMiB ?? memoryMiB,
    spot: source?.spot ?? spot,
  };
}
