/**
 * Step `extract`: reads one set's archive from stdin to its last byte, compares the hash of every file
 * that the index expects from it, and hands those to GNU tar when there is a target.
 */
import { createHash, hash } from 'node:crypto';
import type { BlockWriter } from '../archive/block-writer.ts';
import { type Member, TarReader } from '../tar/reader.ts';
import { Expected, type Extracted } from './expected.ts';
import { extractInto } from './gnu-tar.ts';
import type { ExtractJob } from './job.ts';
import { SparseHash } from './sparse-hash.ts';

const stdin = 0;

export async function extract(job: ExtractJob): Promise<Extracted> {
  const { target } = job;
  if (target === undefined) return readArchive(job, undefined);
  let extracted: Extracted = { files: 0, bytes: 0 };
  await extractInto({ directory: target, scratchPrefix: job.resultFile }, (out) => {
    extracted = readArchive(job, out);
  });
  return extracted;
}

/** Members and expected entries are both in walk order; a repeated member supersedes the one before. */
function readArchive(job: ExtractJob, out: BlockWriter | undefined): Extracted {
  const expected = new Expected(job);
  const reader = new TarReader(stdin);
  for (let member = reader.next(); member !== undefined; member = reader.next()) {
    if (member.flag !== '0' || !expected.includes(member)) continue;
    out?.put(member.header);
    expected.saw(readMember(reader, member, out));
    out?.pad(member.storedBytes);
  }
  return expected.finish();
}

function readMember(reader: TarReader, member: Member, out: BlockWriter | undefined): string {
  const first = reader.piece() ?? Buffer.alloc(0);
  out?.put(first);
  const { sparseBytes } = member;
  if (sparseBytes === undefined && first.length === member.storedBytes) {
    return hash('sha256', first, 'hex');
  }
  const digest = sparseBytes === undefined ? createHash('sha256') : new SparseHash(sparseBytes);
  digest.update(first);
  for (let piece = reader.piece(); piece !== undefined; piece = reader.piece()) {
    digest.update(piece);
    out?.put(piece);
  }
  return digest.digest('hex');
}
