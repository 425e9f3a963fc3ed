/** `holdfast demo`: the main job on data of its own, from backup to proof; ends by itself. */
import { resolve } from 'node:path';
import { z } from 'zod';
import { defineCommand } from '../command.ts';
import { playActs } from '../demo/acts.ts';
import { createNarrator } from '../demo/narrator.ts';
import { buildWorld } from '../demo/world.ts';
import { countText } from '../output/figures.ts';

const resultSchema = z.object({
  server: z.string(),
  rowsCompared: z.number(),
  filesCompared: z.number(),
  seconds: z.number(),
  /** Where everything still lies, with --keep. */
  folder: z.string().nullable(),
});

export const demo = defineCommand({
  description:
    'Starts a PostgreSQL server of its own, fills it and a directory, backs both up, verifies, damages a bit on purpose and catches it, ruins the originals, restores and compares row by row, drills, and removes everything again.',
  options: [
    { flags: '--keep <dir>', description: 'make it there and leave it there', completes: 'file' },
  ],
  examples: [
    { line: 'holdfast demo', does: 'See the main job in half a minute' },
    { line: 'holdfast demo --keep /tmp/demo', does: 'Look at the vault afterwards' },
  ],
  input: z.object({ keep: z.string().optional() }),
  result: resultSchema,
  run: async ({ keep }, context) => {
    const started = context.now();
    const folder = keep === undefined ? undefined : resolve(context.cwd, keep);
    const world = await buildWorld(folder, context.signal);
    const [program, script] = process.argv;
    try {
      context.note(
        `A real PostgreSQL ${world.serverVersion}, a real directory, a vault: ${world.folder}`,
      );
      const proof = await playActs(
        world,
        createNarrator({
          program: [String(program), String(script)],
          cwd: world.folder,
          env: {
            ...context.environment,
            ...world.env,
            HOLDFAST_CONFIG: undefined,
            HOLDFAST_STAGE: undefined,
          },
          write: context.note,
          screen: context.screen,
          signal: context.signal,
        }),
      );
      const result = {
        server: `PostgreSQL ${world.serverVersion}`,
        rowsCompared: proof.rows,
        filesCompared: proof.entries,
        seconds: Math.round((context.now().getTime() - started.getTime()) / 1000),
        folder: folder ?? null,
      };
      return { result };
    } finally {
      await world.close();
    }
  },
  render: ({ rowsCompared, filesCompared, seconds, folder }) =>
    [
      '',
      `Done in ${seconds} s: ${countText(rowsCompared)} rows and ${countText(filesCompared)} files and folders were restored and compared, all equal.`,
      ...(folder === null ? [] : [`Everything lies in ${folder}.`]),
      'Next: npx holdfast init, for your own database.',
    ].join('\n'),
});
