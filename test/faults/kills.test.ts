/** kill -9 at random moments: of Holdfast, of its task, of the tools it runs. Seeds are printed. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildWorld, type FaultWorld, family, randomFrom } from './world.ts';

const seed = Number(process.env['FAULT_SEED'] ?? Date.now() % 1_000_000);
const rounds = Number(process.env['FAULT_ROUNDS'] ?? 100);
const victims = [
  { name: 'holdfast', match: /dist\/holdfast\.js/ },
  { name: 'task', match: /dist\/task\.js/ },
  { name: 'dump tool', match: /pg_dump|files-archive/ },
  { name: 'zstd', match: /^zstd |\/zstd / },
] as const;

interface Listed {
  readonly id: string;
  readonly source: string;
  readonly state: string;
}

let world: FaultWorld;
beforeAll(async () => {
  world = await buildWorld({ rows: 60_000 });
});
afterAll(() => world.close());

describe(`kill -9 at ${rounds} random moments (FAULT_SEED=${seed})`, () => {
  it('lists no half backup, and the next backup works', { timeout: 1_200_000 }, async () => {
    console.log(`kills: FAULT_SEED=${seed} FAULT_ROUNDS=${rounds}`);
    const random = randomFrom(seed);
    const good = new Set<string>();
    let hits = 0;
    for (let round = 0; round < rounds; round++) {
      const source = round % 2 ? 'shop' : 'tree';
      const victim = victims[Math.floor(random() * victims.length)] ?? victims[0];
      hits += await killDuring(source, victim.match, random() * 1500);
      const where = `round ${round}, ${victim.name} of ${source}, FAULT_SEED=${seed}`;
      const next = await world.holdfast('backup', source, '--json');
      expect(next.exitCode, `${where}: ${next.stdout}${next.stderr}`).toBe(0);
      if (round % 10 === 9) await nothingIsLost(good, where);
    }
    await nothingIsLost(good, 'at the end');
    expect(hits, 'kills that found their victim alive').toBeGreaterThan(rounds / 4);
    const swept = await world.holdfast('prune');
    expect(swept.exitCode, swept.stderr).toBe(0);
    expect((await world.holdfast('verify', '--all', '--level', 'read')).exitCode).toBe(0);
  });

  /** Every set that is listed verifies, and the newest good ones are still there. */
  async function nothingIsLost(good: Set<string>, where: string): Promise<void> {
    const verified = await world.holdfast('verify', '--all');
    expect(verified.exitCode, `${where}: ${verified.stdout}${verified.stderr}`).toBe(0);
    const { backups } = await world.result<{ backups: Listed[] }>('list');
    for (const source of ['shop', 'tree']) {
      const ids = backups.filter((set) => set.source === source).map(({ id }) => id);
      expect(ids.length, where).toBeGreaterThan(0);
      const lost = [...good].filter((id) => id.startsWith(`${source}/`));
      const newest = lost.sort().at(-1)?.split('/')[1];
      if (newest) expect(ids, where).toContain(newest);
      for (const id of ids) good.add(`${source}/${id}`);
    }
  }
});

async function killDuring(source: string, match: RegExp, afterMs: number): Promise<number> {
  const running = world.start('backup', source);
  await new Promise((resolve) => setTimeout(resolve, afterMs));
  const alive = (await family(running.pid)).filter(({ command }) => match.test(command));
  for (const { pid } of alive) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It ended between the look and the shot.
    }
  }
  await running.finished;
  return alive.length > 0 ? 1 : 0;
}
