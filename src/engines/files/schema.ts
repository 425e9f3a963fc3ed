/** A `files` source in holdfast.yaml. */
import { z } from 'zod';
import { drillSchema, sourceShape } from '../../core/config/source.ts';

export const methods: [string, ...string[]] = ['full', 'incremental'];

const pathSchema = z
  .string()
  .refine(
    (path) => path.startsWith('/') || /^s3:\/\/[a-z0-9.-]+(\/.*)?$/.test(path),
    'an absolute path of a directory: /srv/uploads, or s3://bucket/prefix',
  );

/** `a/b`, `**\/*.tmp`: relative to the path. */
const patternSchema = z
  .string()
  .min(1)
  .refine((pattern) => !pattern.startsWith('!'), 'patterns are not negated: use the other list')
  .refine((pattern) => !pattern.split('/').includes('..'), 'patterns stay inside the path');

/** Where a bucket of `path` is; a directory has none of them. */
const bucketShape = {
  region: z.string().min(1).optional(),
  endpoint: z
    .string()
    .regex(/^https?:\/\/[^/@]+(\/.*)?$/, 'expected http://host:port or https://host')
    .optional(),
  pathStyle: z.boolean().optional(),
  ca: z.string().startsWith('file:').optional(),
};

const assertionSchema = z.strictObject({
  /** Relative to the path; `.` is all of it. */
  path: z.string().min(1),
  exists: z.boolean().default(true),
  /** Regular files at or below the path. */
  minFiles: z.number().int().nonnegative().optional(),
  minBytes: z.number().int().nonnegative().optional(),
  sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/, '64 hex digits')
    .optional(),
});
export type FilesAssertion = z.infer<typeof assertionSchema>;

export const filesSchema = z.strictObject({
  engine: z.literal('files'),
  path: pathSchema,
  ...bucketShape,
  include: z.array(patternSchema).min(1).default(['**']),
  /** Wins over `include`; a directory is left out with all that is below it. */
  exclude: z.array(patternSchema).default([]),
  /** Does not descend into other file systems mounted below the path. */
  oneFileSystem: z.boolean().default(false),
  ...sourceShape(methods),
  fingerprint: z.enum(['checksum', 'none']).optional(),
  drill: drillSchema(assertionSchema).optional(),
});
export type FilesSource = z.infer<typeof filesSchema>;
