/** Level "read": every stream to its last byte by pg_restore; `--list` would accept a cut archive. */
import { IntegrityError } from '../../core/errors.ts';
import type { SetReader } from '../../core/ports/engine.ts';
import { tool } from './connection.ts';
import { decodeIndex } from './index-lines.ts';
import { installationFor } from './installation.ts';
import type { PostgresContext } from './source.ts';

const archiveRoles = ['schema', 'data', 'rest'];

/** Throws IntegrityError (STREAM_MISSING, INDEX_UNREADABLE) or ToolError. */
export async function readSet(
  context: PostgresContext,
  set: SetReader,
): Promise<{ notes: readonly string[] }> {
  const index = await decodeIndex(set.open('index'));
  const missing = index.databases
    .flatMap((line) => line.streams)
    .concat('globals')
    .filter((name) => set.stream(name) === undefined);
  if (missing.length > 0) {
    throw new IntegrityError(`the set lacks the streams ${missing.join(', ')}`, {
      code: 'STREAM_MISSING',
      hint: 'restore another set',
    });
  }
  const major = Number.parseInt(set.manifest.tool.version, 10);
  const installation = await installationFor('pg_restore', major);
  const command = tool({ installation, program: 'pg_restore', args: ['-f', '/dev/null'] });
  const { streams } = set.manifest;
  for (const [done, stream] of streams.entries()) {
    context.progress({ phase: 'read', done, total: streams.length, unit: 'streams' });
    if (archiveRoles.includes(stream.role)) await set.pipe(stream.name, command);
    else await drain(set.open(stream.name));
  }
  return { notes: [] };
}

async function drain(bytes: AsyncIterable<Uint8Array>): Promise<void> {
  for await (const _ of bytes);
}
