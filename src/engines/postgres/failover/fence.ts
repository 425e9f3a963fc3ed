/**
 * Out of service and back. Read-only settings are no fence (a session takes them back, an open transaction
 * commits afterwards): the server is stopped, and a file makes it a standby whoever starts it again.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { FailoverError } from '../../../core/errors.ts';
import type { CommandOutput } from '../../../core/ports/control.ts';
import type {
  ClusterNode,
  FenceReport,
  FenceRequest,
} from '../../../core/ports/failover-engine.ts';
import { isFrozen, killIfRunning, runsOn } from '../../server-processes.ts';
import {
  cleanEnd,
  filesOf,
  mustRunAt,
  readControlData,
  readLog,
  type ServerFiles,
} from './files.ts';
import { isGone } from './gone.ts';
import { withNode } from './node-session.ts';
import { observeNode } from './observe.ts';
import { portIsHeld } from './port-held.ts';
import { startServer } from './start.ts';

const backSeconds = 60;
const pollMilliseconds = 50;
const signalFile = ({ data }: ServerFiles): string => `${data}/standby.signal`;

export async function fence(node: ClusterNode, request: FenceRequest): Promise<FenceReport> {
  const { mode, signal } = request;
  if (node.control === undefined) throw failed(node, 'no way to its machine is configured');
  const files = filesOf(node.control);
  // What is written out before costs no outage.
  if (mode === 'planned') await checkpoint(node, signal);
  if (files === undefined) {
    const stopped = await node.control.stop(signal);
    if (stopped.status !== 0) throw failed(node, wordsOf(stopped));
    return { actions: ['stopped'], stopPosition: null, lasts: false };
  }
  // First: a supervisor may start it again the moment it stops.
  await mustRunAt(files, ['touch', signalFile(files)], { signal });
  const stopped = await stopFor(mode, { files, url: node.url }, signal);
  if (!stopped.gone) throw failed(node, stopped.seen);
  const stopPosition = await endOf(files, signal);
  const actions = ['made a standby for whoever starts it', stopped.how];
  return { actions, stopPosition, lasts: true };
}

interface Place {
  readonly files: ServerFiles;
  readonly url: string;
}

/** By force one that has ended already is not asked: its command may wait for it. */
export async function stopFor(
  mode: FenceRequest['mode'],
  place: Place,
  signal: AbortSignal,
): Promise<Stopped> {
  const ended = mode === 'forced' && (await isGone(place, signal));
  return ended ? alreadyGone : askToStop(mode, place, signal);
}

/** Asked, and in forced mode killed where that does not help. */
async function askToStop(
  mode: FenceRequest['mode'],
  { files, url }: Place,
  signal: AbortSignal,
): Promise<Stopped> {
  const frozen = mode === 'forced' && (await isFrozen(files, signal));
  const stopped = frozen ? undefined : await files.control.stop(signal);
  const killed = mode === 'forced' && (await killIfRunning(files, signal));
  const how = killed ? 'killed: it did not stop' : 'stopped';
  if (await runsOn(files, signal))
    return { gone: false, how, seen: stopped ? wordsOf(stopped) : 'it is frozen' };
  // One that is frozen elsewhere than in `data` would wake up as it was.
  const held = !killed && stopped?.status !== 0 && (await portIsHeld(url, signal));
  const seen = held
    ? `no process of it is found at ${files.data}, and something holds its port`
    : '';
  return { gone: !held, how, seen };
}

interface Stopped {
  readonly gone: boolean;
  /** For people. */
  readonly how: string;
  /** Why it is not gone. */
  readonly seen: string;
}

const alreadyGone: Stopped = {
  gone: true,
  how: 'it had ended: nothing of it runs, its port is refused',
  seen: '',
};

const wordsOf = ({ status, stderr }: CommandOutput): string =>
  stderr.trim() || `it runs on; its stop command ended with ${status}`;

/** Only makes the stop shorter; a server that an earlier run stopped does not answer any more. */
async function checkpoint({ url }: ClusterNode, signal: AbortSignal): Promise<void> {
  const writing = withNode({ url, seconds: 120, signal }, (session) => session.query('checkpoint'));
  await writing.catch(() => signal.throwIfAborted());
}

/** A clean end is behind its last checkpoint's record; after a crash, the last whole record of its log. */
async function endOf(files: ServerFiles, signal: AbortSignal): Promise<string | null> {
  const data = await readControlData(files, signal);
  const { redo: position, timeline } = data;
  return cleanEnd(data) ?? (await readLog(files, { position, timeline }, signal))?.end ?? null;
}

export async function unfence(node: ClusterNode, signal: AbortSignal): Promise<readonly string[]> {
  const { control } = node;
  if (control === undefined) throw notBack(node, 'no way to its machine is configured');
  const files = filesOf(control);
  if (files !== undefined) await liftSignal(node, files, signal);
  const { up, seen } = await startServer({ ...node, control }, signal);
  if (!up) throw notBack(node, seen);
  await untilPrimary(node, seen, signal);
  return ['started as primary'];
}

/** Started by somebody behind the fence it is a standby now: then it has to be started anew. */
async function liftSignal(
  node: ClusterNode,
  files: ServerFiles,
  signal: AbortSignal,
): Promise<void> {
  await mustRunAt(files, ['rm', '-f', signalFile(files)], { signal });
  const seen = await observeNode(node, 2, signal);
  const standsBy = seen.reachable && seen.state.role === 'replica';
  if (standsBy) await files.control.stop(signal);
}

async function untilPrimary(node: ClusterNode, start: string, signal: AbortSignal): Promise<void> {
  const giveUpAt = performance.now() + backSeconds * 1000;
  for (;;) {
    const seen = await observeNode(node, 2, signal);
    if (seen.reachable && seen.state.role === 'primary') return;
    if (performance.now() > giveUpAt) {
      throw notBack(node, seen.reachable ? 'it is a standby' : `${seen.seen}; ${start}`);
    }
    await sleep(pollMilliseconds, undefined, { signal });
  }
}

const failed = ({ name }: ClusterNode, seen: string): FailoverError =>
  new FailoverError(`${name} cannot be fenced: ${seen}`, {
    code: 'FENCE_FAILED',
    hint: 'Check `control:` of that node.',
  });

const notBack = ({ name }: ClusterNode, seen: string): FailoverError =>
  new FailoverError(`${name} did not come back: ${seen}`, {
    code: 'UNFENCE_FAILED',
    hint: 'Start it by hand; without standby.signal in its data directory it is a primary.',
  });
