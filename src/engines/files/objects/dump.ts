/** Dumps a prefix of a bucket into the streams of a directory: one archive, then the index of it all. */
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { SourceError } from '../../../core/errors.ts';
import type { DumpSink, DumpSummary, ParentSet } from '../../../core/ports/engine.ts';
import type { IndexEntry } from '../index/entry.ts';
import type { FilesContext } from '../tools.ts';
import { ObjectArchiver } from './archive.ts';
import { openBucket, type SourceBucket } from './bucket.ts';
import { entryOf } from './entries.ts';
import { pathOfKey } from './keys.ts';
import { ownPrefixesIn } from './own.ts';
import { roomSize } from './room.ts';
import { EntrySorter } from './sort.ts';
import { unreachable } from './source-failures.ts';

interface StreamNames {
  readonly archive: string;
  readonly index: string;
}

export async function dumpObjects(
  context: FilesContext,
  { parent, streams }: { readonly parent: ParentSet | undefined; readonly streams: StreamNames },
  sink: DumpSink,
): Promise<Omit<DumpSummary, 'partialReasons'> & { problems: string[]; problemCount: number }> {
  const { path, include, exclude } = context.source;
  const parentIndex = join(context.scratchDir, 'parent-index');
  await parent?.reader.stage(streams.index, parentIndex);
  const bucket = await openBucket(context);
  try {
    const indexFile = join(context.scratchDir, 'index');
    const archiver = new ObjectArchiver(bucket, {
      ...{ include, exclude, indexFile, ahead: roomSize(context) },
      ...(parent && { parent: { id: parent.manifest.id, indexFile: parentIndex } }),
    });
    const entries = await listed(context, bucket);
    await sink.bytes({ name: streams.archive, role: streams.archive }, archiver.bytes(entries));
    await sink.bytes({ name: streams.index, role: streams.index }, createReadStream(indexFile));
    const { files, bytes, vanished, problems, problemCount } = archiver.result;
    if (vanished > 0) context.log(`${vanished} objects went away while the prefix was read`);
    return {
      method: parent === undefined ? 'full' : 'incremental',
      usedParent: parent !== undefined,
      server: { version: 's3', identity: path },
      tool: { name: 'files-objects', version: `node ${process.version}` },
      positions: {},
      totals: { sourceBytes: bytes, files },
      problems,
      problemCount,
    };
  } catch (error) {
    throw unreachable(path, error);
  } finally {
    bucket.close();
  }
}

/** In walk order, of whatever number. */
async function listed(context: FilesContext, bucket: SourceBucket): Promise<Iterable<IndexEntry>> {
  const { path } = context.source;
  const own = ownPrefixesIn(context, path);
  for (const prefix of own) context.log(`left out, Holdfast's own: ${prefix}`);
  const sorter = new EntrySorter({ folder: context.scratchDir });
  for await (const object of bucket.list()) {
    const isOwn = own.some((prefix) => object.key.startsWith(prefix));
    if (!isOwn) sorter.add(entryOf(pathOfKey(object.key), object));
  }
  if (sorter.count > 0) return sorter.sorted();
  throw new SourceError(`${path} holds no object`, {
    code: 'SOURCE_MISSING',
    hint: 'Correct `path:` of the source: an empty backup would be a lie.',
  });
}
