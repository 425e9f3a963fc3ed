/** `holdfast demo`: the main job, or a failover, on data of its own; ends by itself. */
import { resolve } from 'node:path';
import { z } from 'zod';
import { type CommandContext, defineCommand } from '../command.ts';
import { createNarrator, type Narrator } from '../demo/narrator.ts';
import { countText } from '../output/figures.ts';

const handoverSchema = z.object({
  mode: z.enum(['planned', 'forced']),
  to: z.string(),
  outageMilliseconds: z.number(),
  lost: z.number(),
  confirmed: z.number(),
});

const resultSchema = z.object({
  server: z.string(),
  rowsCompared: z.number(),
  filesCompared: z.number(),
  /** With --failover. */
  handovers: z.array(handoverSchema),
  seconds: z.number(),
  /** Where everything still lies, with --keep. */
  folder: z.string().nullable(),
});
type Proof = Omit<z.infer<typeof resultSchema>, 'seconds' | 'folder'>;

export const demo = defineCommand({
  description:
    'Starts a PostgreSQL server of its own, fills it and a directory, backs both up, verifies, damages a bit on purpose and catches it, ruins the originals, restores and compares row by row, drills, and removes everything again. With --failover: two servers in streaming replication, a real name server, and a client that writes without pause, through a switchover, a failback and a killed primary.',
  options: [
    { flags: '--failover', description: 'a database handed over to its replica, and back' },
    { flags: '--keep <dir>', description: 'make it there and leave it there', completes: 'file' },
  ],
  examples: [
    { line: 'holdfast demo', does: 'See the main job in half a minute' },
    { line: 'holdfast demo --failover', does: 'See a client’s writes stop and go on' },
    { line: 'holdfast demo --keep /tmp/demo', does: 'Look at the vault afterwards' },
  ],
  input: z.object({ failover: z.boolean().default(false), keep: z.string().optional() }),
  result: resultSchema,
  run: async ({ failover, keep }, context) => {
    const started = context.now();
    const folder = keep === undefined ? undefined : resolve(context.cwd, keep);
    const proof = failover
      ? await failoverDemo(folder, context)
      : await backupDemo(folder, context);
    const seconds = Math.round((context.now().getTime() - started.getTime()) / 1000);
    return { result: { ...proof, seconds, folder: folder ?? null } };
  },
  render: ({ rowsCompared, filesCompared, handovers, seconds, folder }) =>
    [
      '',
      handovers.length > 0
        ? `Done in ${seconds} s: ${handovers.map(handoverText).join('; ')}.`
        : `Done in ${seconds} s: ${countText(rowsCompared)} rows and ${countText(filesCompared)} files and folders were restored and compared, all equal.`,
      ...(folder === null ? [] : [`Everything lies in ${folder}.`]),
      handovers.length > 0
        ? 'Next: docs/failover.md, for your own cluster.'
        : 'Next: npx holdfast init, for your own database.',
    ].join('\n'),
});

const handoverText = ({ mode, to, outageMilliseconds, lost }: z.infer<typeof handoverSchema>) =>
  `${mode} to ${to}: writes stopped for ${outageMilliseconds} ms, ${lost} lost`;

async function backupDemo(folder: string | undefined, context: CommandContext): Promise<Proof> {
  const { buildWorld } = await import('../demo/world.ts');
  const { playActs } = await import('../demo/acts.ts');
  const world = await buildWorld(folder, context.signal);
  const server = `PostgreSQL ${world.serverVersion}`;
  try {
    context.note(`A real ${server}, a real directory, a vault: ${world.folder}`);
    const proof = await playActs(world, narratorIn(world, context));
    return { server, rowsCompared: proof.rows, filesCompared: proof.entries, handovers: [] };
  } finally {
    await world.close();
  }
}

async function failoverDemo(folder: string | undefined, context: CommandContext): Promise<Proof> {
  const { buildFailoverWorld } = await import('../demo/failover/world.ts');
  const { playFailover } = await import('../demo/failover/acts.ts');
  const world = await buildFailoverWorld(folder, context.signal);
  const server = `PostgreSQL ${world.serverVersion}`;
  try {
    context.note(`Two real ${server} in replication, a real name server: ${world.folder}`);
    const handovers = await playFailover(world, narratorIn(world, context), context.signal);
    return { server, rowsCompared: 0, filesCompared: 0, handovers };
  } finally {
    await world.close();
  }
}

interface World {
  readonly folder: string;
  readonly env: Readonly<Record<string, string>>;
}

function narratorIn({ folder, env }: World, context: CommandContext): Narrator {
  const [program, script] = process.argv;
  const { environment, note, screen, signal } = context;
  const own = { HOLDFAST_CONFIG: undefined, HOLDFAST_STAGE: undefined };
  return createNarrator({
    program: [String(program), String(script)],
    cwd: folder,
    env: { ...environment, ...env, ...own },
    ...{ write: note, screen, signal },
  });
}
