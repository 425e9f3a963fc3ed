/** What every fault of the deployed form is told by: alerts, sets, containers, executions. */
import type { DescribeExecutionCommandOutput } from '@aws-sdk/client-sfn';
import { expect } from 'vitest';
import { failureReport } from '../../src/core/failure.ts';
import type { DeployedWorld } from './world.ts';

export const outcome = ({ output = '' }: DescribeExecutionCommandOutput): unknown =>
  JSON.parse(output);

export const report = ({ error = '', cause = '' }: DescribeExecutionCommandOutput) =>
  failureReport({ Error: error, Cause: cause });

export const failed = (source: string) => `[holdfast] Backup of ${source} failed`;
export const recovered = (source: string) => `[holdfast] Recovered: Backup of ${source} failed`;

export type Stories = ReturnType<typeof storiesOf>;

export function storiesOf(world: DeployedWorld) {
  const told = async (source: string, inbox = world.inbox): Promise<string[]> => {
    const messages = await inbox.messages();
    return messages.map(({ subject }) => subject).filter((subject) => subject.includes(source));
  };

  const listed = async (source: string): Promise<number> => {
    const { stdout } = await world.holdfast('--local', 'list', source, '--json');
    const { result } = JSON.parse(stdout) as { result: { backups: unknown[] } };
    return result.backups.length;
  };

  /** The end of each story: one alert, no set, then a good run that says that it is over. */
  const expectRecovery = async (source: string): Promise<void> => {
    expect(await told(source)).toEqual([failed(source)]);
    expect(await listed(source)).toBe(0);
    expect(outcome(await world.backup(source))).toMatchObject({ outcome: 'good' });
    expect(await told(source)).toEqual([failed(source), recovered(source)]);
    expect(await listed(source)).toBe(1);
  };

  /** The container that works: one execution at a time has one. */
  const container = async (): Promise<string> => {
    const ids = async () => (await world.cloud.podman('ps', '--quiet')).trim();
    await expect.poll(ids, { timeout: 30_000 }).not.toBe('');
    return ids();
  };

  /** Holds every dump of a database as long as `work` takes. */
  const whileHeld = async <T>(database: string, work: () => Promise<T>): Promise<T> => {
    const lock = `begin; lock table orders in access exclusive mode; select pg_sleep(120)`;
    const held = world.server.query(lock, { database }).catch(() => []);
    try {
      return await work();
    } finally {
      const end = `select pg_terminate_backend(pid) from pg_stat_activity where query like 'begin; lock%'
        and pid <> pg_backend_pid()`;
      await world.server.query(end);
      await held;
    }
  };

  /** The dump has come so far that it waits for the table. */
  const untilWaiting = async (database: string): Promise<void> => {
    const sql = `select 1 from pg_stat_activity where wait_event_type = 'Lock' and datname = '${database}'`;
    await expect.poll(() => world.server.query(sql), { timeout: 60_000 }).not.toEqual([]);
  };

  return { told, listed, expectRecovery, container, whileHeld, untilWaiting };
}
