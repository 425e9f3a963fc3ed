/** What the old primary has that the new one lacks: read from the append-only files of both before the promotion. */
import type {
  ClusterNode,
  LossReport,
  NodePair,
  Promotion,
} from '../../../core/ports/failover-engine.ts';
import { mustRunOn, runOn } from '../../server-processes.ts';
import { findBeyond, unitsOf } from './beyond.ts';
import { describe, readTail } from './commands.ts';
import { isFenced } from './fence-mark.ts';
import { withNode } from './node-session.ts';
import { observeNode, stateOf, wordsOf } from './observe.ts';
import { placeOf } from './place.ts';
import { distanceBytes } from './position.ts';
import { readGate } from './settings.ts';

const answerSeconds = 2;
const mostListed = 100;
/** A control passes 4 MiB of text at once: that much in base64. */
const pieceBytes = 3_000_000;
const mostBytes = 16 * pieceBytes;

export async function measureLoss(
  nodes: NodePair,
  fork: Pick<Promotion, 'forkPosition'>,
  signal: AbortSignal,
): Promise<LossReport> {
  try {
    return (await behindFence(nodes.source, fork, signal)) ?? (await inFiles(nodes, signal));
  } catch (error) {
    signal.throwIfAborted();
    return unknownLoss(wordsOf(error));
  }
}

const unknownLoss = (method: string): LossReport => ({
  ...{ method, bytes: null, transactions: null },
  lost: [],
});

/** `undefined`: it does not answer. Behind its fence only its own clock writes: keys that expire. */
async function behindFence(
  { name, url }: ClusterNode,
  { forkPosition }: Pick<Promotion, 'forkPosition'>,
  signal: AbortSignal,
): Promise<LossReport | undefined> {
  const node = { url, seconds: answerSeconds, signal };
  const seen = await withNode(node, async (session) => ({
    state: await stateOf(session),
    gate: await readGate(session),
  })).catch(() => undefined);
  if (seen === undefined || seen.state.role !== 'primary') return undefined;
  const bytes = distanceBytes(forkPosition, seen.state.position);
  if (isFenced(seen.gate)) {
    const method = `${name} has refused every client's write since its end was read`;
    return { method, bytes: 0, transactions: 0, lost: [] };
  }
  const method = `${name} is not fenced any more: its stream beyond ${forkPosition}`;
  return { method, bytes, transactions: null, lost: [] };
}

async function inFiles({ source, target }: NodePair, signal: AbortSignal): Promise<LossReport> {
  const seen = await observeNode(target, answerSeconds, signal);
  // From then on its file has what others wrote.
  if (!seen.reachable || seen.state.role === 'primary')
    return unknownLoss(`${target.name} is promoted already`);
  const theirs = await endOf(target, pieceBytes, signal);
  const last = readTail(theirs.bytes, theirs.isWhole);
  for (let wanted = pieceBytes; ; wanted *= 4) {
    const own = await endOf(source, wanted, signal);
    const found = findBeyond(last, theirs.bytes, own.bytes);
    if ('commands' in found) return lossOf(source, found.commands);
    if (own.isWhole || wanted >= mostBytes) return unknownLoss(`${source.name}: ${found.unknown}`);
  }
}

function lossOf({ name }: ClusterNode, commands: Parameters<typeof unitsOf>[0]): LossReport {
  const units = unitsOf(commands);
  const bytes = units.flat().reduce((sum, { begin, end }) => sum + end - begin, 0);
  const lost = units.slice(0, mostListed).map((unit) => unit.map(describe).join('; '));
  const method = `commands in the append-only file of ${name} that its replica had not received`;
  return { method, bytes, transactions: units.length, lost };
}

interface FileEnd {
  readonly bytes: Buffer;
  /** They begin where the file does. */
  readonly isWhole: boolean;
}

/** The last `wanted` bytes of the commands that a server has kept. */
async function endOf(node: ClusterNode, wanted: number, signal: AbortSignal): Promise<FileEnd> {
  const place = placeOf(node.control);
  if (place === undefined) throw new Error(`${node.name}: no way to its files is configured`);
  const { control } = place;
  const files = await filesOf(node, signal);
  const run = (script: string, ...args: readonly string[]) =>
    mustRunOn(control, ['sh', '-c', script, 'sh', ...args, ...files], { signal });
  const size = Number(await run('cat -- "$@" | wc -c'));
  const bytes = Math.min(size, wanted);
  const pieces: Buffer[] = [];
  for (let left = bytes; left > 0; left -= pieceBytes) {
    const script = 'a=$1 b=$2; shift 2; cat -- "$@" | tail -c "$a" | head -c "$b" | base64 -w 0';
    pieces.push(Buffer.from(await run(script, `${left}`, `${pieceBytes}`), 'base64'));
  }
  return { bytes: Buffer.concat(pieces), isWhole: bytes === size };
}

/** Those that hold commands, in order: their manifest names them since version 7, one file did before. */
async function filesOf(node: ClusterNode, signal: AbortSignal): Promise<readonly string[]> {
  const place = placeOf(node.control);
  if (place === undefined) return [];
  const { control, data } = place;
  const find = ['find', data, '-maxdepth', '2', '-not', '-path', '*/holdfast-old/*'] as const;
  const named = await runOn(control, [...find, '-name', '*.aof*', '-type', 'f'], { signal });
  const paths = named.stdout.split('\n').filter(Boolean);
  const manifest = paths.find((path) => path.endsWith('.aof.manifest'));
  if (manifest === undefined) {
    const single = paths.filter((path) => path.endsWith('.aof'));
    if (single.length === 0) throw new Error(`${node.name} has no append-only file`);
    return single;
  }
  const text = await mustRunOn(control, ['cat', '--', manifest], { signal });
  const folder = manifest.slice(0, manifest.lastIndexOf('/'));
  // `file appendonly.aof.1.incr.aof seq 1 type i`
  return [...text.matchAll(/^file (\S+) seq \d+ type i/gm)].map(([, name]) => `${folder}/${name}`);
}
