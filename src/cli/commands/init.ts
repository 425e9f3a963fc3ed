/** `holdfast init`: a working holdfast.yaml with its key, for an existing database or directory. */
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { z } from 'zod';
import { channels } from '../../channels/index.ts';
import { configJsonSchema, parseConfig } from '../../core/config/parse.ts';
import { UsageError } from '../../core/errors.ts';
import { engines } from '../../engines/index.ts';
import { configurationName } from '../../wiring/configuration.ts';
import { type CommandContext, defineCommand } from '../command.ts';
import {
  type DatabaseAnswer,
  databaseAnswer,
  type FilesAnswer,
  filesAnswer,
  refuseVaultInside,
  vaultAnswer,
} from '../init/answers.ts';
import { firstConfiguration } from '../init/first-configuration.ts';
import { generateKey, ignoreInGit, writePrivate } from '../init/private-files.ts';

const inputSchema = z.object({
  postgres: z.string().optional(),
  files: z.string().optional(),
  vault: z.string().optional(),
  endpoint: z.string().optional(),
  region: z.string().optional(),
});
type Input = z.infer<typeof inputSchema>;

const resultSchema = z.object({
  file: z.string(),
  vault: z.string(),
  sources: z.array(z.string()),
  key: z.object({ file: z.string(), created: z.boolean() }),
  /** Files that hold what was given with a password. */
  secrets: z.array(z.string()),
  gitignore: z.boolean(),
});

export const init = defineCommand({
  description:
    'Writes a holdfast.yaml that works, and a key beside it in .holdfast/, for a PostgreSQL server, a directory or both. Overwrites nothing. Asks on a terminal for what the options do not say.',
  options: [
    {
      flags: '--postgres <url>',
      description: 'postgres:// URL, or a reference to one: env:NAME, file:PATH',
    },
    { flags: '--files <dir>', description: 'a directory to back up', completes: 'file' },
    {
      flags: '--vault <url>',
      description: 'where backups go: a directory or s3://bucket/prefix',
      completes: 'file',
    },
    { flags: '--endpoint <url>', description: 'of an S3-compatible server' },
    { flags: '--region <name>', description: 'of the bucket' },
  ],
  examples: [
    {
      line: 'holdfast init --postgres env:DATABASE_URL',
      does: 'A database whose URL stands in a variable',
    },
    {
      line: 'holdfast init --files /srv/uploads --vault s3://backups --endpoint http://127.0.0.1:7070',
      does: 'A directory, into an S3-compatible server',
    },
  ],
  input: inputSchema,
  result: resultSchema,
  run: async (input, context) => ({ result: await write(input, context) }),
  render: (result) => nextSteps(result),
});

async function write(input: Input, context: CommandContext): Promise<z.infer<typeof resultSchema>> {
  const file = resolve(context.cwd, context.globals.config ?? configurationName);
  const folder = dirname(file);
  if (existsSync(file)) throw alreadyThere(file);
  const { database, files, vault } = understand(
    await complete(input, context.ask),
    folder,
    context,
  );
  const text = firstConfiguration({
    vault: { url: vault, ...where(input) },
    key: 'file:.holdfast/key',
    schema: '.holdfast/holdfast.schema.json',
    ...(database && { postgres: database }),
    ...(files && { files }),
  });
  const parts = { engines, channels };
  parseConfig(text, { file: configurationName, ...parts });
  const stateDir = join(folder, '.holdfast');
  await mkdir(stateDir, { recursive: true, mode: 0o700 });
  const created = await writePrivate(join(stateDir, 'key'), generateKey());
  const secrets = await writeSecret(stateDir, database);
  const schema = JSON.stringify(configJsonSchema(parts), undefined, 2);
  await writeFile(join(stateDir, 'holdfast.schema.json'), `${schema}\n`);
  await writeFile(file, text, { flag: 'wx' });
  return {
    file,
    vault,
    sources: [database?.name, files?.name].filter((name) => name !== undefined),
    key: { file: join(stateDir, 'key'), created },
    secrets,
    gitignore: await ignoreInGit(folder),
  };
}

const where = ({ endpoint, region }: Input) => ({
  ...(region !== undefined && { region }),
  ...(endpoint !== undefined && { endpoint }),
});

interface Understood {
  readonly database: DatabaseAnswer | undefined;
  readonly files: FilesAnswer | undefined;
  readonly vault: string;
}

function understand(input: Input, folder: string, { environment }: CommandContext): Understood {
  const database =
    input.postgres === undefined ? undefined : databaseAnswer(input.postgres, environment);
  const files =
    input.files === undefined
      ? undefined
      : filesAnswer(input.files, { folder, taken: database?.name });
  const vault = vaultAnswer(input.vault, folder);
  refuseVaultInside(vault, files);
  return { database, files, vault };
}

/** Asks for what is missing, on a terminal only. */
async function complete(input: Input, ask: CommandContext['ask']): Promise<Input> {
  if (input.postgres !== undefined || input.files !== undefined) return input;
  const answers = ask === undefined ? {} : await askAll(input, ask);
  const known = inputSchema.parse({ ...input, ...answers });
  if (known.postgres !== undefined || known.files !== undefined) return known;
  throw new UsageError('nothing to back up: neither --postgres nor --files was given', {
    code: 'OPTION_MISSING',
    hint: 'holdfast init --postgres env:DATABASE_URL --files /srv/uploads --vault /var/backups/holdfast',
  });
}

async function askAll(input: Input, ask: NonNullable<CommandContext['ask']>): Promise<Input> {
  const postgres = await ask('PostgreSQL URL, or env:NAME (empty: none): ');
  const files = await ask('Directory to back up (empty: none): ');
  const question = 'Where backups go: a directory or s3://bucket (empty: the usual place): ';
  const vault = input.vault ?? (await ask(question));
  const answers = Object.entries({ postgres, files, vault });
  return Object.fromEntries(answers.filter(([, answer]) => answer !== ''));
}

async function writeSecret(stateDir: string, database: DatabaseAnswer | undefined) {
  if (database?.secret === undefined) return [];
  const file = join(stateDir, database.secret.file);
  if (await writePrivate(file, database.secret.text)) return [file];
  throw alreadyThere(file);
}

const alreadyThere = (file: string): UsageError =>
  new UsageError(`nothing written: ${file} exists already`, {
    code: 'FILE_EXISTS',
    hint: 'Edit it, move it away, or write another with --config FILE.',
  });

function nextSteps({
  file,
  key,
  secrets,
  gitignore,
  sources,
  vault,
}: z.infer<typeof resultSchema>) {
  return [
    `Wrote ${file}: ${sources.join(' and ')} into ${vault}`,
    `${key.created ? 'Made' : 'Kept'} the key ${key.file}`,
    ...secrets.map((secret) => `Put the URL with its password into ${secret} (mode 600)`),
    ...(gitignore ? ['Added .holdfast/ to .gitignore'] : []),
    '',
    'Keep a copy of the key elsewhere, such as in a password manager: without it no backup opens.',
    '',
    'Next:',
    '  holdfast check          proves that everything is reached',
    '  holdfast backup --all   makes the first backup and the vault',
    '  holdfast serve          runs the schedules from then on',
  ].join('\n');
}
