/** kill -9 at random moments: of Holdfast, of its task, of the tools it runs. Seeds are printed. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildWorld, type FaultWorld, family, randomFrom } from './world.ts';

const seed = Number(process.env['FAULT_SEED'] ?? Date.now() % 1_000_000);
const rounds = Number(process.env['FAULT_ROUNDS'] ?? 30);
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
  it('lists no half backup, and the next backup works', { timeout: 2_400_000 }, async () => {
    console.log(`kills: FAULT_SEED=${seed} FAULT_ROUNDS=${rounds}`);
    const random = randomFrom(seed);
    const good: Record<string, string[]> = { shop: [], tree: [] };
    let hits = 0;
    for (let round = 0; round < rounds; round++) {
      // Fewer of the directory: each of its sets builds on the one before.
      const source = round % 4 ? 'shop' : 'tree';
      const victim = victims[Math.floor(random() * victims.length)] ?? victims[0];
      hits += await killDuring(source, victim.match, random() * 1500);
      const where = `round ${round}, ${victim.name} of ${source}, FAULT_SEED=${seed}`;
      good[source]?.push(await backUp(source, where));
      if (round % 10 === 9) await nothingIsLost(good, where);
    }
    await nothingIsLost(good, 'at the end');
    expect(hits, 'kills that found their victim alive').toBeGreaterThan(rounds / 4);
    const swept = await world.holdfast('prune');
    expect(swept.exitCode, swept.stderr).toBe(0);
    expect((await world.holdfast('verify', '--all', '--level', 'read')).exitCode).toBe(0);
  });

  async function backUp(source: string, where: string): Promise<string> {
    const { exitCode, stdout, stderr } = await world.holdfast('backup', source, '--json');
    expect(exitCode, `${where}: ${stdout}${stderr}`).toBe(0);
    const { result } = JSON.parse(stdout) as { result: { backups: { set: { id: string } }[] } };
    return String(result.backups[0]?.set.id);
  }

  /** Everything that is listed verifies, and what `keep: last 3` promises is listed. */
  async function nothingIsLost(good: Record<string, string[]>, where: string): Promise<void> {
    const verified = await world.holdfast('verify', '--all');
    expect(verified.exitCode, `${where}: ${verified.stdout}${verified.stderr}`).toBe(0);
    const { backups } = await world.result<{ backups: Listed[] }>('list');
    const ids = backups.map(({ id }) => id);
    for (const made of Object.values(good)) {
      expect(ids, where).toEqual(expect.arrayContaining(made.toSorted().slice(-2)));
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
