/** `clusters:`: who replicates to whom, how clients reach them, and what a failover may do. */
import { z } from 'zod';
import { failoverModes } from '../failover/plan.ts';
import { activateSchema, freezeSchema } from './around.ts';
import {
  argvSchema,
  durationSchema,
  durationSeconds,
  nameSchema,
  referenceSchema,
  scheduleSchema,
  timeZoneSchema,
} from './values.ts';

/** How a server's programs are reached. The files in `data` are what a fence that lasts and a rebuild need. */
const commandsShape = {
  stop: argvSchema,
  start: argvSchema,
  /** The server's data directory, as its own machine sees it. */
  data: z.string().startsWith('/', 'expected an absolute path').optional(),
  /** The server's own file of settings, where the fence of a dead Redis is written. */
  config: z.string().startsWith('/', 'expected an absolute path').optional(),
  /** Where its programs lie. */
  bin: z.string().startsWith('/', 'expected an absolute path').optional(),
  /** Who owns the data directory, and runs these commands where this process is root. */
  user: z.string().min(1).optional(),
};

const controlSchema = z.union([
  z.strictObject({ local: z.strictObject(commandsShape) }),
  z.strictObject({
    ssh: z.strictObject({
      /** `host` or `user@host`, as `ssh` takes it; the rest is in ssh_config. */
      host: z.string().regex(/^[A-Za-z0-9._@:[\]-]+$/, 'expected host or user@host'),
      ...commandsShape,
    }),
  }),
  z.strictObject({
    ssm: z.strictObject({
      /** A node of Systems Manager; its commands are run as root, or as `user`. */
      instance: z.string().regex(/^(i|mi)-[0-9a-f]{8,40}$/, 'expected i-… or mi-…'),
      /** Where it is; absent: where this runs. */
      region: z.string().min(1).optional(),
      ...commandsShape,
    }),
  }),
]);
export type ControlConfig = z.infer<typeof controlSchema>;

const identifierSchema = z
  .string()
  .regex(
    /^[a-z](-?[a-z0-9])*$/,
    'expected the identifier: a letter first, then letters, digits and single hyphens, all in lower case',
  )
  .max(63);
const regionSchema = z.string().regex(/^[a-z]{2}(-[a-z]+)+-\d$/, 'expected a Region: eu-west-1');
/** Longer than a function may run, nobody waits in a stack. */
const patienceSchema = durationSchema.default('14m');

/** Where the API that speaks for a database is asked. */
const apiShape = {
  region: regionSchema,
  /** Of an emulator; absent: AWS itself. */
  endpoint: z.string().url().optional(),
};

/** A database that a service runs: nobody gets to its machine, an API stops, promotes and builds it. */
const managedSchema = z.union([
  z.strictObject({
    rds: z.strictObject({
      instance: identifierSchema,
      /** A security group of its VPC without any ingress: the fence. */
      isolation: z.string().regex(/^sg-[0-9a-f]{8,17}$/, 'expected sg-…'),
      /** How long its promotion may take. */
      promoteWithin: patienceSchema,
      /** How long the rebuild waits for a new replica in its place. */
      rebuildWithin: patienceSchema,
      ...apiShape,
    }),
  }),
  z.strictObject({
    aurora: z.strictObject({
      cluster: identifierSchema,
      globalCluster: identifierSchema,
      /** How long Aurora may be at a switchover or a failover. */
      promoteWithin: patienceSchema,
      ...apiShape,
    }),
  }),
]);
export type ManagedConfig = z.infer<typeof managedSchema>;

const nodeSchema = z.strictObject({
  /** Of an administrator: reads the server's state, promotes, ends sessions. */
  connection: referenceSchema,
  control: z.union([...controlSchema.options, ...managedSchema.options]).optional(),
});
export type NodeConfig = z.infer<typeof nodeSchema>;

/** What a node's `control` is: a way to a machine, or the name by which a service knows the database. */
export function splitControl({ control }: Pick<NodeConfig, 'control'>): {
  readonly machine?: ControlConfig;
  readonly managed?: ManagedConfig;
} {
  if (control === undefined) return {};
  return 'rds' in control || 'aurora' in control ? { managed: control } : { machine: control };
}

/** The engines that fail over by an API, and the `control` that each of their nodes needs. */
export const managedEngines: Readonly<Record<string, 'rds' | 'aurora'>> = {
  'rds-postgres': 'rds',
  'aurora-postgres': 'aurora',
};

const recordShape = {
  zone: z.string().min(1),
  /** Within the zone: `db`, or `@` for the zone itself. */
  name: z.string().min(1),
  type: z.enum(['A', 'AAAA', 'CNAME']).default('A'),
  ttl: z.number().int().min(1).max(86_400).default(60),
  /** What the name says while a node is the primary, by node. */
  values: z.record(nameSchema, z.string().min(1)),
};

const serverSchema = z
  .string()
  .regex(/^[A-Za-z0-9.:[\]-]+:\d{1,5}$/, 'expected host:port of the zone’s primary server');

const dnsSchema = z.union([
  z.strictObject({
    provider: z.literal('rfc2136'),
    server: serverSchema,
    /** `algorithm:name:base64`. */
    key: referenceSchema,
    /** Other authoritative servers that must show the change, `host:port` each. */
    secondaries: z.array(serverSchema).default([]),
    /** Resolvers whose answers are waited for, `host:port` each. */
    resolvers: z.array(serverSchema).default([]),
    ...recordShape,
  }),
  z.strictObject({
    provider: z.literal('route53'),
    zoneId: z.string().min(1),
    region: z.string().min(1).optional(),
    endpoint: z.string().url().optional(),
    resolvers: z.array(serverSchema).default([]),
    ...recordShape,
  }),
]);
export type DnsConfig = z.infer<typeof dnsSchema>;

const smokeSchema = z.union([
  z.strictObject({ sql: z.string().min(1) }),
  /** A command of the engine, for one that speaks no SQL: `EXISTS users`. */
  z.strictObject({ ask: z.string().min(1) }),
  z.strictObject({ http: z.string().url(), for: durationSchema.default('10s') }),
]);
export type Smoke = z.infer<typeof smokeSchema>;

const budgetSchema = z
  .strictObject({
    bytes: z.number().int().min(0).optional(),
    transactions: z.number().int().min(0).optional(),
    seconds: z.number().min(0).optional(),
  })
  .refine((budget) => Object.keys(budget).length > 0, {
    error: 'expected bytes, transactions or seconds; 0 is allowed',
  });
export type LossBudget = z.infer<typeof budgetSchema>;

export const clusterSchema = z.strictObject({
  engine: z.string().min(1),
  nodes: z.record(nameSchema, nodeSchema),
  /** What clients use; their name in DNS is replaced by each node's address for probes. */
  application: referenceSchema,
  /** The source under `sources:` that backs this cluster up. */
  source: nameSchema.optional(),
  dns: z.array(dnsSchema).default([]),
  budget: budgetSchema.default({ bytes: 0 }),
  objectives: z
    .strictObject({ rto: durationSchema.optional(), rpo: durationSchema.optional() })
    .prefault({}),
  approval: z
    .strictObject({
      required: z.boolean().default(true),
      timeout: durationSchema.default('15m'),
      to: z.array(nameSchema).default([]),
      /** In a stack: the key, of 32 characters or more, of links that approve once. Absent: no links. */
      link: referenceSchema.optional(),
    })
    .prefault({}),
  detection: z
    .strictObject({
      /** `local`, or a URL that answers 2xx while the application works as seen from there. */
      vantage: z.array(z.union([z.literal('local'), z.string().url()])).default(['local']),
      /** So many looks in a row, one each `every`, have to see it down. */
      failures: z.number().int().min(1).default(3),
      every: durationSchema
        .refine((text) => durationSeconds(text) > 0, { error: 'expected 1s or more' })
        .default('5s'),
      /** Begin a forced failover then; absent: people are told, and begin it. */
      automatic: z.boolean().default(false),
    })
    .prefault({}),
  freeze: z.array(freezeSchema).default([]),
  activate: z.array(activateSchema).default([]),
  smoke: z.array(smokeSchema).default([]),
  /** When `holdfast serve` looks whether a planned failover would begin. */
  readiness: z.strictObject({ schedule: scheduleSchema.default('rate(15 minutes)') }).prefault({}),
  /** On scratch servers, made from the newest verified backup of `source`. */
  drill: z
    .strictObject({
      schedule: scheduleSchema.optional(),
      timezone: timeZoneSchema.default('UTC'),
      mode: z.enum(failoverModes).default('planned'),
    })
    .optional(),
});
export type ClusterConfig = z.infer<typeof clusterSchema>;
