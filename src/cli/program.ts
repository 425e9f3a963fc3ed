/** Commander's part: parsing the words of one verb, and writing help. */
import { Argument, Command, CommanderError, Option } from 'commander';
import { UsageError } from '../core/errors.ts';
import type { CatalogueEntry } from './catalogue.ts';
import type { CommandDefinition, OptionSpec } from './command.ts';

export const globalOptions: readonly OptionSpec[] = [
  {
    flags: '-c, --config <file>',
    description: 'the configuration (default: holdfast.yaml here or above)',
    completes: 'file',
  },
  {
    flags: '--stage <name>',
    description: 'lay this stage over the rest; one with `deploy:` works in AWS',
    completes: 'stage',
  },
  {
    flags: '--local',
    description: 'where the stage is deployed: work on its vault from this machine',
  },
  { flags: '--json', description: 'one JSON document on stdout (docs/json.md)' },
  { flags: '-q, --quiet', description: 'no progress, no notes' },
  { flags: '-v, --verbose', description: 'more notes, stack traces of errors' },
];

export interface ParsedWords {
  /** Arguments and options by camel-case name. */
  readonly values: Readonly<Record<string, unknown>>;
  /** Set where help was asked for instead. */
  readonly help?: string;
}

/** Throws UsageError OPTION_INVALID in commander's words, with its suggestion as the hint. */
export function parseWords(
  entry: Pick<CatalogueEntry, 'name'>,
  definition: CommandDefinition,
  argv: readonly string[],
): ParsedWords {
  let help = '';
  const command = build(entry, definition).configureOutput({
    writeOut: (text) => {
      help += text;
    },
    writeErr: () => {},
  });
  try {
    command.parse([...argv], { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.code === 'commander.helpDisplayed') return { values: {}, help };
    throw misread(error, entry.name);
  }
  const named = command.registeredArguments.map((argument, index) => [
    argument.name(),
    command.processedArgs[index],
  ]);
  return { values: { ...command.opts(), ...Object.fromEntries(named) } };
}

function build({ name }: Pick<CatalogueEntry, 'name'>, definition: CommandDefinition): Command {
  const command = new Command(`holdfast ${name}`)
    .description(definition.description)
    .helpOption('-h, --help', 'this help')
    .exitOverride()
    .allowExcessArguments(false)
    .showSuggestionAfterError();
  for (const spec of definition.arguments ?? []) {
    command.addArgument(new Argument(spec.name, spec.description));
  }
  for (const spec of definition.options ?? []) command.addOption(option(spec));
  for (const spec of globalOptions)
    command.addOption(option(spec).helpGroup('Options of every command:'));
  return command.addHelpText('after', examples(definition));
}

function option({ flags, description, choices, repeatable }: OptionSpec): Option {
  const made = new Option(flags, description);
  if (choices !== undefined) made.choices([...choices]);
  if (repeatable) made.argParser((value, earlier: string[] = []) => [...earlier, value]);
  return made;
}

const examples = ({ examples }: CommandDefinition): string =>
  ['\nExamples:', ...examples.flatMap(({ line, does }) => [`  # ${does}`, `  ${line}`])].join('\n');

function misread(error: CommanderError, name: string): UsageError {
  const [message = '', suggestion] = error.message.replace(/^error: /, '').split('\n');
  const question = suggestion?.replace(/^\((.*)\)$/, '$1');
  return new UsageError(`command not understood: ${message}`, {
    code: 'OPTION_INVALID',
    hint: question ?? `\`holdfast ${name} --help\` shows what is allowed.`,
  });
}

/** Help of the program (`entries` are verbs and groups) or of one group. */
export function overview(
  entries: readonly Pick<CatalogueEntry, 'name' | 'summary'>[],
  group?: string,
): string {
  const command = new Command(group === undefined ? 'holdfast' : `holdfast ${group}`)
    .description(purpose)
    .usage('<command> [options]')
    .helpOption('-h, --help', 'this help; after a command, its own')
    .helpCommand(false);
  for (const { name, summary } of entries) {
    command.addCommand(new Command(name).summary(summary).usage(' ').helpOption(false));
  }
  if (group === undefined) command.option('-V, --version', 'the version');
  for (const spec of globalOptions) command.addOption(option(spec));
  return `${command.helpInformation()}${group === undefined ? closing : ''}`;
}

const purpose = 'Backups with proof: databases and files, on one machine or on AWS.';
const closing = `
Examples:
  # Write a first configuration for a database and a directory
  holdfast init --postgres env:DATABASE_URL --files /srv/uploads --vault file:///var/backups/holdfast
  # Prove it, then back everything up
  holdfast check && holdfast backup --all

Exit codes: 0 good, 1 failed, 2 usage or configuration, 3 partial, 10 no vault, 11 held,
12 wrong key, 13 integrity, 14 stale, 20 rolled back, 21 refused, 22 awaiting approval, 23 exposed,
130 interrupted.
`;

/** Whether `flag` of any of these takes a value. */
export function flagTakesValue(flag: string, specs: readonly OptionSpec[]): boolean {
  return specs.some(({ flags }) => {
    const made = new Option(flags);
    return (made.long === flag || made.short === flag) && made.required;
  });
}
