/** The demonstration of a failover, as a newcomer runs it: it ends by itself, and nothing of it stays. */
import { chmod, readdir, readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { runJson, temporaryFolder } from './run-cli.ts';

test('a switchover, a failback and a killed primary, measured; nothing stays', async () => {
  const cwd = await temporaryFolder();
  const temp = await temporaryFolder();
  // The servers run as another user where this is root.
  await chmod(temp, 0o711);
  const { answer, stderr } = await runJson(['demo', '--failover'], {
    cwd,
    environment: { TMPDIR: temp },
  });
  expect(answer).toMatchObject({
    exitCode: 0,
    result: {
      handovers: [
        { mode: 'planned', to: 'b', lost: 0 },
        { mode: 'planned', to: 'a', lost: 0 },
        { mode: 'forced', to: 'b' },
      ],
    },
  });
  for (const { outageMilliseconds } of answer.result.handovers) {
    expect(outageMilliseconds).toBeGreaterThan(50);
  }
  expect(stderr).toMatch(/db\.example\.test leads to a/);
  expect(stderr).toMatch(/the client’s writes stopped for \d+ ms, then went on at b/);
  expect(await readdir(temp)).toEqual([]);
  expect(await programsUnder(temp)).toEqual([]);
});

async function programsUnder(folder: string): Promise<string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const lines = await Promise.all(
    pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')),
  );
  return lines.filter((line) => line.includes(folder));
}
