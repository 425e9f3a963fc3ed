/** Dumps a directory: one archive stream, then the index of the whole tree. */
import { createReadStream } from 'node:fs';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { hostname, release, type } from 'node:os';
import { join } from 'node:path';
import type { DumpRequest, DumpSink, DumpSummary, ParentSet } from '../../core/ports/engine.ts';
import type { ArchiveJob } from './archive/job.ts';
import { type ArchiveResult, archiveResultSchema } from './archive/result.ts';
import { isBucket } from './objects/bucket.ts';
import { ownPathsIn, sourceRoot, unreadable } from './source-root.ts';
import { type FilesContext, listXattrs } from './tools.ts';

export const streamNames = { archive: 'archive', index: 'index' } as const;

export async function dumpFiles(
  context: FilesContext,
  request: DumpRequest,
  sink: DumpSink,
): Promise<DumpSummary> {
  const parent = request.method === 'incremental' ? usableParent(request) : undefined;
  if (isBucket(context.source.path)) {
    const { dumpObjects } = await import('./objects/dump.ts');
    const options = { parent, streams: streamNames };
    const { problems, problemCount, ...summary } = await dumpObjects(context, options, sink);
    return { ...summary, partialReasons: partialReasons({ problems, problemCount }) };
  }
  const root = await sourceRoot(context);
  const job = await prepareJob(context, root, parent);
  const jobFile = join(context.scratchDir, 'archive.json');
  await writeFile(jobFile, JSON.stringify(job), { mode: 0o600 });
  const { archive, index } = streamNames;
  await sink.command(
    { name: archive, role: archive },
    { argv: [...context.helper('files-archive'), jobFile] },
  );
  const text = await readFile(job.resultFile, 'utf8');
  const result = archiveResultSchema.parse(JSON.parse(text));
  if (result.rootUnreadable) throw unreadable(root, result.problems[0] ?? 'it went away');
  await sink.bytes({ name: index, role: index }, createReadStream(job.indexFile));
  note(context, result);
  return {
    method: parent === undefined ? 'full' : 'incremental',
    usedParent: parent !== undefined,
    server: { version: `${type()} ${release()}`, identity: `${hostname()}:${root}` },
    tool: { name: 'files-archive', version: `node ${process.version}` },
    positions: {},
    totals: { sourceBytes: result.bytes, files: result.files },
    partialReasons: partialReasons(result),
  };
}

const usableParent = ({ parent }: DumpRequest): ParentSet | undefined =>
  parent?.manifest.engine === 'files' && parent.reader.stream(streamNames.index) !== undefined
    ? parent
    : undefined;

async function prepareJob(
  context: FilesContext,
  root: string,
  parent: ParentSet | undefined,
): Promise<ArchiveJob> {
  const inScratch = (name: string) => join(context.scratchDir, name);
  const { include, exclude, oneFileSystem } = context.source;
  const startedAt = await fileSystemTime(inScratch('started'));
  const indexFile = inScratch('parent-index');
  const [xattrsFile, ownPaths] = await Promise.all([
    listXattrs(context, root),
    ownPathsIn(context, root),
    parent?.reader.stage(streamNames.index, indexFile),
  ]);
  return {
    root,
    include,
    exclude,
    oneFileSystem,
    ownPaths,
    startedAt: String(startedAt),
    indexFile: inScratch('index'),
    resultFile: inScratch('archive.result'),
    ...(xattrsFile === undefined ? {} : { xattrsFile }),
    ...(parent === undefined ? {} : { parent: { id: parent.manifest.id, indexFile } }),
  };
}

/** The kernel's own clock, by which files are stamped: the context's may be another. */
async function fileSystemTime(file: string): Promise<bigint> {
  await writeFile(file, '', { mode: 0o600 });
  return (await stat(file, { bigint: true })).ctimeNs;
}

function note({ log }: FilesContext, result: ArchiveResult): void {
  if (result.vanished > 0) log(`${result.vanished} entries went away while the tree was read`);
  if (result.otherFileSystems > 0) log(`${result.otherFileSystems} mount points were not entered`);
  for (const path of result.ownPathsSkipped) log(`left out, Holdfast's own: ${path}`);
}

/** A manifest holds 20 lines; the index says which entry has which problem. */
const reasonsKept = 19;

function partialReasons({
  problems,
  problemCount,
}: Pick<ArchiveResult, 'problems' | 'problemCount'>): string[] {
  const kept = problems.slice(0, reasonsKept);
  const more = problemCount - kept.length;
  return more > 0 ? [...kept, `and ${more} more: see "problem" in the index`] : kept;
}
