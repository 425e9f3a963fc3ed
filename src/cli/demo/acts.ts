/** The main job, act by act. Each act proves what it says, or the demo fails. */
import { HoldfastError } from '../../core/errors.ts';
import { countText } from '../output/figures.ts';
import { flipOneBit } from './damage.ts';
import { compareRows, digestRows, ruinShop } from './database.ts';
import type { Narrator } from './narrator.ts';
import { compareTrees, digestTree, ruinUploads } from './tree.ts';
import type { World } from './world.ts';

/** What was compared in the end, all of it equal. */
export interface Proof {
  readonly rows: number;
  readonly entries: number;
}

export async function playActs(world: World, narrator: Narrator): Promise<Proof> {
  const rows = await digestRows(world.shopUrl);
  const tree = await digestTree(world.uploads);

  narrator.act('Is the configuration right, and is everything reachable?');
  await narrator.holdfast(['check', '--channels']);
  world.receiver.take();

  narrator.act('Back up a database and a directory');
  await narrator.holdfast(['backup', '--all']);

  narrator.act('Verify: read every stored byte back with the engines’ own tools');
  await narrator.holdfast(['verify', '--all', '--level', 'read']);

  narrator.act('Damage one bit in the vault on purpose, and see it caught');
  await damageAndCatch(world, narrator);

  narrator.act('An accident: rows deleted, a view dropped, files overwritten');
  await ruinShop(world.shopUrl);
  await ruinUploads(world.uploads);
  const ruined = compareRows(rows, await digestRows(world.shopUrl));
  narrator.say(
    `${countText(ruined.different)} of ${countText(ruined.rows)} rows are no longer what they were`,
  );

  narrator.act('Restore both, and compare row by row and file by file');
  await narrator.holdfast(['restore', '--all', '--overwrite']);
  const found = compareRows(rows, await digestRows(world.shopUrl));
  const files = compareTrees(tree, await digestTree(world.uploads));
  require(found.rows > 0 && found.different === 0, `${found.different} rows differ`);
  require(files.entries > 0 && files.different === 0, `${files.different} entries differ`);
  narrator.say(
    `compared ${countText(found.rows)} rows, those of the materialized view too: all equal; ${countText(files.entries)} files and folders: all equal`,
  );

  narrator.act('Prove it: a drill restores into a scratch server of its own and compares');
  await narrator.holdfast(['drill', 'shop']);

  narrator.act('Where things stand');
  await narrator.holdfast(['list']);
  await narrator.holdfast(['status']);
  return { rows: found.rows, entries: files.entries };
}

async function damageAndCatch(world: World, narrator: Narrator): Promise<void> {
  const damage = await flipOneBit(world.vault, 'shop');
  narrator.say(`flipped one bit of ${damage.object}, at byte ${damage.offset}`);
  await narrator.holdfast(['verify', 'shop', '--level', 'read'], 13);
  showAlerts(world, narrator, 'firing');
  await damage.undo();
  narrator.say('put the bit back');
  await narrator.holdfast(['verify', 'shop', '--level', 'read']);
  showAlerts(world, narrator, 'resolved');
}

function showAlerts(world: World, narrator: Narrator, status: string): void {
  const alerts = world.receiver.take();
  require(alerts.some(
    (alert) => alert.status === status && alert.authentic,
  ), `no ${status} alert arrived`);
  for (const alert of alerts) {
    narrator.say(`alert received (${alert.event}, signature good): ${alert.title}`);
    if (alert.command) narrator.say(`  it says to run: ${alert.command}`);
  }
}

function require(holds: boolean, seen: string): void {
  if (!holds) throw new HoldfastError(`demo: the proof failed: ${seen}`, { code: 'DEMO_FAILED' });
}
