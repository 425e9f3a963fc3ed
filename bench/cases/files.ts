/** 20,000 files and 1 GB: full and incremental against tar and restic. */
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fillTree, touchTree } from '../data/tree.ts';
import { type Contender, race } from '../measure.ts';
import { type CaseResult, ratioRows } from '../report.ts';
import type { World } from '../world.ts';

export async function benchFiles(world: World, rounds: number): Promise<CaseResult[]> {
  const tree = join(world.folder, 'tree');
  await mkdir(tree);
  fillTree(tree, 20_000, 1000);
  const full = await race(fullContenders(world, tree), rounds);
  const restore = await race(restoreContenders(world), rounds);
  return [
    {
      title: 'Files, 20,000 and 1 GB: full and incremental',
      rows: ratioRows(full, [
        { name: 'holdfast, full', against: 'tar | zstd -T0', most: 1.25 },
        { name: 'holdfast, incremental (1 % changed)', against: 'holdfast, full', most: 0.2 },
        { name: 'holdfast, full', against: 'restic backup (first)' },
      ]),
      runs: full,
    },
    {
      title: 'Files: restore, compared with the index',
      rows: ratioRows(restore, [{ name: 'holdfast restore', against: 'restic restore' }]),
      runs: restore,
    },
  ];
}

function fullContenders(world: World, tree: string): Contender[] {
  const archive = join(world.folder, 'tree.tar.zst');
  const repository = join(world.folder, 'restic');
  const restic = { RESTIC_PASSWORD: 'bench', RESTIC_REPOSITORY: repository };
  const emptyRepository = () => rm(repository, { recursive: true, force: true });
  return [
    {
      name: 'tar | zstd -T0',
      argv: [
        'bash',
        '-o',
        'pipefail',
        '-c',
        `tar -C "${tree}" -c . | zstd -q -T0 -o "${archive}" && sync "${archive}"`,
      ],
      prepare: () => rm(archive, { force: true }),
    },
    {
      name: 'restic backup (first)',
      argv: ['bash', '-c', `restic init -q && restic backup -q "${tree}"`],
      env: restic,
      prepare: emptyRepository,
    },
    {
      name: 'holdfast, full',
      argv: world.holdfast('directory', 'backup', 'tree', '--policy', 'full'),
      env: world.env,
    },
    {
      name: 'holdfast, incremental (1 % changed)',
      argv: world.holdfast('directory', 'backup', 'tree', '--policy', 'daily'),
      env: world.env,
      prepare: async () => touchTree(tree, 100),
    },
  ];
}

function restoreContenders(world: World): Contender[] {
  const target = join(world.folder, 'restored');
  const empty = () => rm(target, { recursive: true, force: true });
  return [
    {
      name: 'restic restore',
      argv: ['restic', 'restore', '-q', 'latest', '--target', target],
      env: { RESTIC_PASSWORD: 'bench', RESTIC_REPOSITORY: join(world.folder, 'restic') },
      prepare: empty,
    },
    {
      name: 'holdfast restore',
      argv: world.holdfast('directory', 'restore', 'tree', '--to', target),
      env: world.env,
      prepare: empty,
    },
  ];
}
