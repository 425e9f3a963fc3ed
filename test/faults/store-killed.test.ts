/** The S3 server dies in the middle of a backup and comes back. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startVersitygw, type Versitygw } from '../servers/versitygw.ts';
import { buildWorld, type FaultWorld, randomFrom } from './world.ts';

const seed = Number(process.env['FAULT_SEED'] ?? Date.now() % 1_000_000);
const rounds = Number(process.env['FAULT_STORE_ROUNDS'] ?? 8);

let store: Versitygw;
let world: FaultWorld;
beforeAll(async () => {
  store = await startVersitygw();
  await store.createBucket('faults');
  const primary = {
    url: 's3://faults/vault',
    region: store.region,
    endpoint: store.endpoint,
    pathStyle: true,
  };
  world = await buildWorld({ rows: 60_000, primary, env: { ...store.env } });
});
afterAll(async () => {
  await world.close();
  await store.stop();
});

describe(`kill -9 of the store at ${rounds} random moments (FAULT_SEED=${seed})`, () => {
  it('never leaves half a backup listed as good', { timeout: 900_000 }, async () => {
    console.log(`store: FAULT_SEED=${seed} FAULT_STORE_ROUNDS=${rounds}`);
    const random = randomFrom(seed);
    expect((await world.holdfast('backup', 'shop')).exitCode).toBe(0);
    for (let round = 0; round < rounds; round++) {
      const running = world.start('backup', 'shop');
      await new Promise((resolve) => setTimeout(resolve, 300 + random() * 1500));
      await store.kill();
      // Long enough to be noticed, short enough to be survived now and then.
      await new Promise((resolve) => setTimeout(resolve, random() * 4000));
      await store.restart();
      const { exitCode, stderr } = await running.finished;
      expect([0, 1], stderr).toContain(exitCode);
      const verified = await world.holdfast('verify', '--all', '--level', 'read');
      expect(verified.exitCode, `round ${round}: ${verified.stdout}${verified.stderr}`).toBe(0);
    }
    expect((await world.holdfast('backup', 'shop')).exitCode).toBe(0);
  });
});
