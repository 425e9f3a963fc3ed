/** Engines and channels as the registries give them, reduced to what reading a configuration needs. */
import { z } from 'zod';
import type { ConfigParts } from '../../../src/core/config/parse.ts';
import { drillSchema, fingerprintSchema, sourceShape } from '../../../src/core/config/source.ts';
import { referenceSchema } from '../../../src/core/config/values.ts';

const database = {
  name: 'postgres',
  methods: ['dump'] as [string, ...string[]],
  fingerprints: ['rows', 'checksum', 'none'] as const,
  schema: z.strictObject({
    ...sourceShape(['dump']),
    engine: z.literal('postgres'),
    connection: referenceSchema,
    drill: drillSchema(z.strictObject({ sql: z.string() })).optional(),
  }),
};

const files = {
  name: 'files',
  methods: ['full', 'incremental'] as [string, ...string[]],
  fingerprints: ['checksum', 'none'] as const,
  schema: z.strictObject({
    ...sourceShape(['full', 'incremental']),
    engine: z.literal('files'),
    path: z.string(),
    region: z.string().optional(),
    ca: z.string().optional(),
    fingerprint: fingerprintSchema.optional(),
  }),
};

export const parts: ConfigParts = {
  engines: [database, files],
  channels: [
    { schema: z.strictObject({ slack: referenceSchema }) },
    { schema: z.strictObject({ email: z.string(), smtp: referenceSchema }) },
  ],
};
