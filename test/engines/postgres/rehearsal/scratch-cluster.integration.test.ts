/** A scratch cluster of real servers: replicated, written to, killed, and gone without a trace. */
import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { postgresRehearsal } from '../../../../src/engines/postgres/rehearsal/scratch-cluster.ts';
import { serverProcesses } from '../../../../src/engines/postgres/rehearsal/server-processes.ts';

const open = async () => {
  const { signal } = new AbortController();
  const primary = await postgresRehearsal.open({ version: '15.1', signal, mark: {} });
  onTestFinished(primary.close);
  return primary;
};

test('its replica has what its client wrote, a killed primary takes nothing, and nothing stays', async () => {
  const scratch = await open();
  const cluster = await scratch.replicate();
  const { primary, replica } = cluster;
  const load = cluster.startLoad();
  await expect.poll(() => load.acknowledged.length).toBeGreaterThan(20);
  await cluster.kill(primary);
  expect(await serverProcesses(primary.control.data)).toEqual([]);
  const confirmed = load.acknowledged.length;
  await load.stop();
  expect(load.acknowledged.length).toBe(confirmed);
  const there = await cluster.written(replica);
  expect(there.size).toBeGreaterThan(10);
  await scratch.close();
  await scratch.close();
  expect(await serverProcesses(replica.control.data)).toEqual([]);
  expect(existsSync(dirname(replica.control.data))).toBe(false);
});

test('a version that no installed server can hold is refused before anything is made', async () => {
  const { signal } = new AbortController();
  const opening = postgresRehearsal.open({ version: '99', signal, mark: {} });
  await expect(opening).rejects.toMatchObject({ code: 'CLIENT_MISSING' });
});
