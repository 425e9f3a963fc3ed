/** The old side follows the new primary: by the part of the stream that it lacks, or by a whole copy. */
import { setTimeout as sleep } from 'node:timers/promises';
import { FailoverError } from '../../../core/errors.ts';
import type {
  ClusterNode,
  EngineCall,
  NodePair,
  RebuildReport,
} from '../../../core/ports/failover-engine.ts';
import { runOn } from '../../server-processes.ts';
import { endSessions, untilAnswers } from './fence.ts';
import { unfenced } from './fence-mark.ts';
import { addressOf, type NodeSession, withNode } from './node-session.ts';
import { observeNode, readState, wordsOf } from './observe.ts';
import { placeOf } from './place.ts';
import { distanceBytes } from './position.ts';
import { keepSettings, readGate, setGate } from './settings.ts';

const answerSeconds = 5;
/** A whole copy may take long. */
const streamSeconds = 1800;
const pollMilliseconds = 50;

export async function rebuild(nodes: NodePair, { signal }: EngineCall): Promise<RebuildReport> {
  const { source, target } = nodes;
  const seen = await observeNode(source, answerSeconds, signal);
  if (!seen.reachable) {
    if (source.control === undefined)
      throw failed(source, 'it does not run, and nothing starts it');
    // Its fence is in its file: it comes up as a primary that refuses every write.
    await source.control.start(signal);
  }
  const notes = await keepOld(source, signal);
  await untilAnswers(source, signal);
  const before = await copiesOf(target, signal);
  await withNode({ url: source.url, seconds: answerSeconds, signal }, (session) =>
    follow(session, target),
  ).catch((error: unknown) => {
    throw failed(source, wordsOf(error));
  });
  const position = await untilStreaming(nodes, signal);
  const streaming = position !== null;
  if ((await copiesOf(target, signal)) > before)
    return { method: 'clone', streaming, position, notes };
  await dropOld(source, signal);
  return { method: 'follow', streaming, position, notes: [] };
}

/**
 * A whole copy replaces its append-only files: links to them cost nothing, and what was lost can be read there.
 */
async function keepOld({ control }: ClusterNode, signal: AbortSignal): Promise<string[]> {
  const place = placeOf(control);
  if (place === undefined) return [];
  await dropOld({ control }, signal);
  const argv = ['cp', '-al', '--', `${place.data}/appendonlydir`, oldOf(place)] as const;
  const { status } = await runOn(place.control, argv, { signal });
  return status === 0 ? [`what it held is kept in ${oldOf(place)}`] : [];
}

const oldOf = ({ data }: { readonly data: string }): string => `${data}/holdfast-old`;

async function dropOld(
  { control }: Pick<ClusterNode, 'control'>,
  signal: AbortSignal,
): Promise<void> {
  const place = placeOf(control);
  if (place !== undefined) {
    await runOn(place.control, ['rm', '-rf', '--', oldOf(place)], { signal });
  }
}

/** As a replica it takes no client's write; only then the fence is taken back. */
async function follow(session: NodeSession, target: ClusterNode): Promise<void> {
  const { host, port, user, password } = addressOf(target.url);
  const { masterauth = '' } = await session.facts('CONFIG', 'GET', 'masterauth');
  if (masterauth === '' && password !== '') {
    if (user !== '') await session.text('CONFIG', 'SET', 'masteruser', user);
    await session.text('CONFIG', 'SET', 'masterauth', password);
  }
  await session.text('REPLICAOF', host, port);
  await setGate(session, unfenced(await readGate(session)));
  await keepSettings(session);
  await endSessions(session);
}

/** How many whole copies it has given. */
const copiesOf = async ({ url }: ClusterNode, signal: AbortSignal): Promise<number> =>
  withNode({ url, seconds: answerSeconds, signal }, async (session) =>
    Number((await session.facts('INFO', 'stats'))['sync_full']),
  );

/** Streams, and has applied what the new primary had written by then. */
async function untilStreaming(
  { source, target }: NodePair,
  signal: AbortSignal,
): Promise<string | null> {
  const giveUpAt = performance.now() + streamSeconds * 1000;
  const { position } = await readState(target.url, answerSeconds, signal);
  while (performance.now() < giveUpAt) {
    const seen = await observeNode(source, answerSeconds, signal);
    if (seen.reachable && seen.state.streaming) {
      const lacks = distanceBytes(seen.state.position, position);
      if (lacks !== null && lacks <= 0) return position;
    }
    await sleep(pollMilliseconds, undefined, { signal });
  }
  return null;
}

const failed = ({ name }: ClusterNode, seen: string): FailoverError =>
  new FailoverError(`${name} cannot be made a replica: ${seen}`, {
    code: 'REBUILD_FAILED',
    hint: 'The new primary has no replica: build one before the next failure.',
  });
