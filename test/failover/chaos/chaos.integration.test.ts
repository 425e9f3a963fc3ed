/**
 * Runs drawn at random, each ended by the invariants. `npm run test:chaos -- --runs 200`; one again:
 * `npm run test:chaos -- --runs 1 --seed N`.
 */
import { afterAll, expect, test } from 'vitest';
import { wholeLab } from '../invariants.ts';
import type { FailoverLab } from '../lab.ts';
import { drawScenario, titleOf } from './draw.ts';
import { type Played, play } from './play.ts';

const runs = Number(process.env['CHAOS_RUNS'] ?? 20);
const firstSeed = Number(process.env['CHAOS_SEED'] ?? Date.now() % 1_000_000_000);

let lab: FailoverLab | undefined;
afterAll(() => lab?.close());

const title = `${runs} runs at random keep the invariants (seeds from ${firstSeed})`;
test(title, { timeout: runs * 180_000 }, async () => {
  const ends = new Map<string, number>();
  const broken: string[] = [];
  for (let seed = firstSeed; seed < firstSeed + runs; seed++) {
    const scenario = drawScenario(seed);
    const what = `chaos: seed ${seed}: ${titleOf(scenario)}`;
    try {
      lab = await wholeLab(lab);
      const { ended, lost }: Played = await play(lab, scenario);
      ends.set(ended, (ends.get(ended) ?? 0) + 1);
      console.log(`${what} → ${ended}${lost > 0 ? `; ${lost} lost, listed` : ''}`);
    } catch (error) {
      const seen = error instanceof Error ? error.message : String(error);
      broken.push(`${what} → ${seen}`);
      console.log(`${what} → BROKEN: ${seen}`);
      await lab?.close();
      lab = undefined;
    }
  }
  const list = [...ends].map(([end, times]) => `${times} ${end}`).join(', ');
  console.log(`chaos: ${runs} runs from seed ${firstSeed}: ${list}, ${broken.length} broken`);
  expect(broken).toEqual([]);
});
