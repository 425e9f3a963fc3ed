/**
 * PostgreSQL by pg_dump and pg_restore, over one exported snapshot per database. What works on a server is
 * loaded when it is needed: every function knows the engines, and few of them reach one.
 */
import type { Engine } from '../../core/ports/engine.ts';
import { methods, type PostgresSource, postgresSchema } from './schema.ts';

export const postgres: Engine<PostgresSource> = {
  name: 'postgres',
  kind: 'database',
  methods,
  fingerprints: ['rows', 'checksum', 'none'],
  schema: postgresSchema,
  check: async (context) => (await import('./check.ts')).check(context),
  dump: async (...given) => (await import('./dump/dump.ts')).dump(...given),
  read: async (...given) => (await import('./read.ts')).readSet(...given),
  planRestore: async (...given) => (await import('./restore/restore.ts')).planRestore(...given),
  restore: async (...given) => (await import('./restore/restore.ts')).restore(...given),
  openScratch: async (...given) => (await import('./scratch.ts')).openScratch(...given),
  assert: async (...given) => (await import('./assertions.ts')).runAssertions(...given),
};
