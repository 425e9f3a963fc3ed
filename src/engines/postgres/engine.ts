/** PostgreSQL by pg_dump and pg_restore, over one exported snapshot per database. */
import type { Engine } from '../../core/ports/engine.ts';
import { runAssertions } from './assertions.ts';
import { check } from './check.ts';
import { dump } from './dump/dump.ts';
import { readSet } from './read.ts';
import { planRestore, restore } from './restore/restore.ts';
import { methods, type PostgresSource, postgresSchema } from './schema.ts';
import { openScratch } from './scratch.ts';

export const postgres: Engine<PostgresSource> = {
  name: 'postgres',
  kind: 'database',
  methods,
  fingerprints: ['rows', 'checksum', 'none'],
  schema: postgresSchema,
  check,
  dump,
  read: readSet,
  planRestore,
  restore,
  openScratch,
  assert: runAssertions,
};
