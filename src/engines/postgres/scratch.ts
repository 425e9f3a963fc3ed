/** A scratch server for a set: of the version it was backed up from, or newer. */
import type { Scratch, SetReader } from '../../core/ports/engine.ts';
import { startScratchServer } from './scratch-server.ts';
import type { PostgresContext } from './source.ts';

export async function openScratch(context: PostgresContext, set: SetReader): Promise<Scratch> {
  const server = await startScratchServer({
    major: Number.parseInt(set.manifest.server.version, 10),
    signal: context.signal,
  });
  return { target: server.url, version: server.version, close: server.stop };
}
