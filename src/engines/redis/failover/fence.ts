/**
 * Out of service and back. Planned: the server goes on to feed its replica, and refuses every write from one
 * command to the next, and after a restart too. Forced: its file says so first, then it is stopped or killed.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { FailoverError } from '../../../core/errors.ts';
import type {
  ClusterNode,
  FenceReport,
  FenceRequest,
} from '../../../core/ports/failover-engine.ts';
import {
  isFrozen,
  isRunning,
  killIfRunning,
  runOn,
  runsOn,
  type ServerPlace,
} from '../../server-processes.ts';
import { fenced, gateOf, gateSettings, isFenced, unfenced } from './fence-mark.ts';
import { type NodeSession, noAnswer, withNode } from './node-session.ts';
import { observeNode, stateOf, wordsOf } from './observe.ts';
import { placeOf } from './place.ts';
import {
  addToFile,
  keepSettings,
  readFile,
  readGate,
  setGate,
  settingsFileOf,
} from './settings.ts';

const answerSeconds = 5;
/** Loading what is on disk may take minutes. */
const backSeconds = 240;
const pollMilliseconds = 50;

export async function fence(node: ClusterNode, request: FenceRequest): Promise<FenceReport> {
  return request.mode === 'planned'
    ? await fenceRunning(node, request.signal)
    : await fenceDead(node, request.signal);
}

/** One thread serves all clients: what was not answered before the setting is refused after it. */
async function fenceRunning(node: ClusterNode, signal: AbortSignal): Promise<FenceReport> {
  try {
    return await withNode({ url: node.url, seconds: answerSeconds, signal }, async (session) => {
      await setGate(session, fenced(await readGate(session)));
      await keepSettings(session);
      await endSessions(session);
      const { position } = await stateOf(session);
      return {
        actions: [
          'every write is refused (min-replicas-to-write), in its file too',
          'sessions ended',
        ],
        stopPosition: position,
        lasts: true,
      };
    });
  } catch (error) {
    signal.throwIfAborted();
    throw failed(node, wordsOf(error));
  }
}

/** Those who come back are refused as well, and ask for the name anew. */
export async function endSessions(session: NodeSession): Promise<void> {
  for (const type of ['normal', 'pubsub'])
    await session.text('CLIENT', 'KILL', 'TYPE', type, 'SKIPME', 'yes');
}

async function fenceDead(node: ClusterNode, signal: AbortSignal): Promise<FenceReport> {
  const { control } = node;
  if (control === undefined) throw failed(node, 'no way to its machine is configured');
  const place = placeOf(control);
  // First: a supervisor may start it again the moment it stops.
  const lasts = await fenceInFile(node, signal);
  const marked = lasts ? ['its file refuses every write'] : [];
  if (place === undefined) {
    const { status, stderr } = await control.stop(signal);
    if (status !== 0) throw failed(node, stderr.trim() || `its stop command ended with ${status}`);
    return { actions: [...marked, 'stopped'], stopPosition: null, lasts };
  }
  const end = await endProcesses(node, place, signal);
  return { actions: [...marked, end], stopPosition: null, lasts };
}

async function endProcesses(
  node: ClusterNode,
  place: ServerPlace,
  signal: AbortSignal,
): Promise<string> {
  const found = await isRunning(place, signal);
  const frozen = await isFrozen(place, signal);
  const stopped = frozen ? undefined : await place.control.stop(signal);
  const killed = await killIfRunning(place, signal);
  if (await runsOn(place, signal)) throw failed(node, stopped?.stderr.trim() || 'it runs on');
  // One that is frozen elsewhere than in `data` would wake up as it was.
  if (!found && stopped?.status !== 0 && (await hangs(node, signal)))
    throw failed(node, `no process of it is found at ${place.data}, and something holds its port`);
  return killed ? 'killed: it did not stop' : 'stopped';
}

/** Takes connections and answers nothing. */
export async function hangs({ name, url }: ClusterNode, signal: AbortSignal): Promise<boolean> {
  const seen = await observeNode({ name, url }, 2, signal);
  return seen.reachable || seen.seen.startsWith(noAnswer);
}

/** Whether it could be: without `control.config` nobody knows the file. */
async function fenceInFile({ control }: ClusterNode, signal: AbortSignal): Promise<boolean> {
  const file = settingsFileOf(control);
  if (file === undefined) return false;
  const gate = gateOf(await readFile(file, signal));
  if (!isFenced(gate)) await addToFile(file, gateSettings(fenced(gate)), signal);
  return true;
}

export async function unfence(node: ClusterNode, signal: AbortSignal): Promise<readonly string[]> {
  const seen = await observeNode(node, answerSeconds, signal);
  if (!seen.reachable) await startAgain(node, signal);
  await untilAnswers(node, signal);
  return withNode({ url: node.url, seconds: answerSeconds, signal }, async (session) => {
    const { role } = await stateOf(session);
    if (role !== 'primary') throw notBack(node, 'it is a replica');
    await setGate(session, unfenced(await readGate(session)));
    await keepSettings(session);
    return [seen.reachable ? 'takes writes again' : 'started, takes writes again'];
  }).catch((error: unknown) => {
    throw error instanceof FailoverError ? error : notBack(node, wordsOf(error));
  });
}

/**
 * What a server without an append-only file has on disk is old, or nothing: started as primary it would have
 * its replica forget what it lacks.
 */
async function startAgain(node: ClusterNode, signal: AbortSignal): Promise<void> {
  const place = placeOf(node.control);
  if (place === undefined) throw notBack(node, 'no way to its files is configured');
  if (!(await keepsAll(place, signal))) {
    throw notBack(
      node,
      'it has no append-only file: started, it would take from its replica what it lacks itself',
    );
  }
  await place.control.start(signal);
}

/** Files of a time when the setting was on are not read. */
async function keepsAll(place: ServerPlace, signal: AbortSignal): Promise<boolean> {
  const file = settingsFileOf(place.control);
  if (file !== undefined && (await readFile(file, signal))['appendonly'] !== 'yes') return false;
  const argv = ['find', place.data, '-maxdepth', '2', '-name', '*.aof*'] as const;
  return (await runOn(place.control, argv, { signal })).stdout.trim() !== '';
}

/** Loading, it answers with an error first. */
export async function untilAnswers(node: ClusterNode, signal: AbortSignal): Promise<void> {
  const giveUpAt = performance.now() + backSeconds * 1000;
  for (;;) {
    const words = await withNode({ url: node.url, seconds: 2, signal }, (session) =>
      session.text('PING'),
    ).catch(wordsOf);
    signal.throwIfAborted();
    if (words === 'PONG') return;
    if (performance.now() > giveUpAt) throw notBack(node, words);
    await sleep(pollMilliseconds, undefined, { signal });
  }
}

const failed = ({ name }: ClusterNode, seen: string): FailoverError =>
  new FailoverError(`${name} cannot be fenced: ${seen}`, {
    code: 'FENCE_FAILED',
    hint: 'Check the administrator’s privileges there, and `control:` of that node.',
  });

const notBack = ({ name }: ClusterNode, seen: string): FailoverError =>
  new FailoverError(`${name} did not come back: ${seen}`, {
    code: 'UNFENCE_FAILED',
    hint: 'Start it by hand if its data is whole; min-replicas-to-write in its file is the fence.',
  });
