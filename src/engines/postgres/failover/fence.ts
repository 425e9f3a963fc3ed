/**
 * Out of service and back. Read-only settings are no fence (a session takes them back, an open transaction
 * commits afterwards): the server is stopped, and a file makes it a standby whoever starts it again.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { FailoverError } from '../../../core/errors.ts';
import type {
  ClusterNode,
  FenceReport,
  FenceRequest,
} from '../../../core/ports/failover-engine.ts';
import {
  filesOf,
  isRunning,
  mustRunAt,
  readControlData,
  readLog,
  runAt,
  type ServerFiles,
} from './files.ts';
import { withNode } from './node-session.ts';
import { observeNode } from './observe.ts';

const backSeconds = 60;
const pollMilliseconds = 50;
const signalFile = ({ data }: ServerFiles): string => `${data}/standby.signal`;

export async function fence(node: ClusterNode, request: FenceRequest): Promise<FenceReport> {
  const { mode, signal } = request;
  if (node.control === undefined) throw failed(node, 'no way to its machine is configured');
  const files = filesOf(node.control);
  // What is written out before costs no outage.
  if (mode === 'planned') await checkpoint(node, signal);
  const stopped = await node.control.stop(signal);
  const killed = mode === 'forced' && files !== undefined && (await killIfRunning(files, signal));
  if (files === undefined) {
    if (stopped.status !== 0)
      throw failed(node, stopped.stderr.trim() || `status ${stopped.status}`);
    return { actions: ['stopped'], stopPosition: null, lasts: false };
  }
  if (await isRunning(files, signal)) throw failed(node, stopped.stderr.trim() || 'it runs on');
  await mustRunAt(files, ['touch', signalFile(files)], { signal });
  const stopPosition = await endOf(files, signal);
  const actions = [
    killed ? 'killed: it did not stop' : 'stopped',
    'made a standby for whoever starts it',
  ];
  return { actions, stopPosition, lasts: true };
}

/** Only makes the stop shorter; a server that an earlier run stopped does not answer any more. */
async function checkpoint({ url }: ClusterNode, signal: AbortSignal): Promise<void> {
  const writing = withNode({ url, seconds: 120, signal }, (session) => session.query('checkpoint'));
  await writing.catch(() => signal.throwIfAborted());
}

/** A server that was stopped by a signal answers to no other. */
async function killIfRunning(files: ServerFiles, signal: AbortSignal): Promise<boolean> {
  if (!(await isRunning(files, signal))) return false;
  const pid = await mustRunAt(files, ['head', '-n', '1', `${files.data}/postmaster.pid`], {
    signal,
  });
  await mustRunAt(files, ['kill', '-KILL', pid.trim()], { signal });
  for (let waited = 0; waited < 5000; waited += pollMilliseconds) {
    if (!(await isRunning(files, signal))) return true;
    await sleep(pollMilliseconds, undefined, { signal });
  }
  return true;
}

/** A clean end is its last checkpoint; after a crash, the last whole record of its log. */
async function endOf(files: ServerFiles, signal: AbortSignal): Promise<string | null> {
  const { state, checkpoint: position, redo, timeline } = await readControlData(files, signal);
  if (state === 'shut down' || state === 'shut down in recovery') return position;
  return (await readLog(files, { position: redo, timeline }, signal))?.end ?? null;
}

export async function unfence(node: ClusterNode, signal: AbortSignal): Promise<readonly string[]> {
  const { control } = node;
  if (control === undefined) throw notBack(node, 'no way to its machine is configured');
  const files = filesOf(control);
  if (files !== undefined) await liftSignal(files, signal);
  const { status, stderr } = await control.start(signal);
  await untilPrimary(node, `start ended with ${status}: ${stderr.trim()}`, signal);
  return ['started as primary'];
}

/** Started by somebody behind the fence it is a standby now: then it has to be started anew. */
async function liftSignal(files: ServerFiles, signal: AbortSignal): Promise<void> {
  const { status } = await runAt(files, ['test', '-e', signalFile(files)], { signal });
  if (status !== 0) return;
  await mustRunAt(files, ['rm', '-f', signalFile(files)], { signal });
  if (await isRunning(files, signal)) await files.control.stop(signal);
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
