/** A `postgres` source in holdfast.yaml. */
import { z } from 'zod';
import { drillSchema, sourceShape } from '../../core/config/source.ts';
import { referencePattern } from '../../core/config/values.ts';
import { parseTablePattern, tablePatternRule } from './patterns.ts';

export const methods: [string, ...string[]] = ['dump'];

const tablePatternSchema = z.string().refine(isTablePattern, tablePatternRule);

/** A reference, or a plain URL as long as no password is in it. */
const connectionSchema = z
  .string()
  .refine((text) => referencePattern.test(text) || isPlainUrl(text), {
    error:
      'expected a reference to a URL (env:ORDERS_URL) or postgres://user@host:port/database without a password',
    params: { secret: true },
  })
  .refine((text) => !hasPassword(text), {
    error:
      'a password never stands in the configuration: put the URL in a secret, as in env:ORDERS_URL',
    params: { secret: true },
  });

const assertionSchema = z.strictObject({
  database: z.string().min(1),
  /** One query whose first value is true when all is well. */
  sql: z.string().min(1),
});

export const postgresSchema = z.strictObject({
  engine: z.literal('postgres'),
  connection: connectionSchema,
  /** Absent: the database of the connection URL. */
  databases: z.union([z.literal('all'), z.array(z.string().min(1)).min(1)]).optional(),
  /** Rows of these tables only; every definition is kept. */
  include: z.array(tablePatternSchema).default([]),
  /** Not the rows of these tables; their definitions are kept. */
  exclude: z.array(tablePatternSchema).default([]),
  /** Parallel jobs of a restore. */
  jobs: z.number().int().min(1).max(64).optional(),
  /** How long a dump waits for a table that somebody holds exclusively. */
  lockTimeoutSeconds: z.number().int().min(1).default(60),
  ...sourceShape(methods),
  drill: drillSchema(assertionSchema).optional(),
});
export type PostgresSource = z.infer<typeof postgresSchema>;

function isTablePattern(text: string): boolean {
  try {
    parseTablePattern(text);
    return true;
  } catch {
    return false;
  }
}

function isPlainUrl(text: string): boolean {
  return /^postgres(ql)?:\/\//.test(text) && URL.canParse(text);
}

function hasPassword(text: string): boolean {
  if (!isPlainUrl(text)) return false;
  const url = new URL(text);
  return url.password !== '' || url.searchParams.has('password');
}
