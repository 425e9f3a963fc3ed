/** docs/cli.md, written from the commands themselves. */
import { type CatalogueEntry, groupDefaults } from '../catalogue.ts';
import type { CommandDefinition, OptionSpec } from '../command.ts';

export interface ReferencedCommand {
  readonly entry: Pick<CatalogueEntry, 'name' | 'summary'>;
  readonly definition: CommandDefinition;
}

export function cliPage(
  commands: readonly ReferencedCommand[],
  globalOptions: readonly OptionSpec[],
): string {
  const index = commands.map(
    ({ entry: { name, summary } }) => `| [\`${name}\`](#${anchor(name)}) | ${summary} |`,
  );
  return [
    intro,
    ['| Command | What it does |', '|---|---|', ...index].join('\n'),
    '## Options of every command',
    optionTable(globalOptions),
    ...commands.map(section),
  ]
    .join('\n\n')
    .concat('\n');
}

const intro = `# The command line

\`holdfast <command> [options]\`. Options may stand before or after the command. \`--help\` after a command
shows its own help with examples. Answers go to stdout; progress, notes, warnings and errors go to stderr.
With \`--json\` stdout is exactly one JSON document ([json.md](json.md)). Exit codes and error codes:
[errors.md](errors.md).

The configuration is \`--config\`, else \`HOLDFAST_CONFIG\`, else the nearest \`holdfast.yaml\` from the working
directory upwards; the stage is \`--stage\`, else \`HOLDFAST_STAGE\`. Colours and bars are shown on a terminal
only; \`NO_COLOR\` turns colours off. Ctrl-C and SIGTERM stop the work and clean up (exit 130); a second one
ends the process at once. \`HOLDFAST_TMPDIR\` is where scratch files are made.

This page is written from the program: \`node scripts/reference.ts\`.`;

const anchor = (name: string): string => name.replaceAll(' ', '-');

function section({ entry: { name }, definition }: ReferencedCommand): string {
  const { description, arguments: words = [], options = [], examples } = definition;
  const usage = [
    'holdfast',
    name,
    ...(options.length > 0 ? ['[options]'] : []),
    ...words.map((word) => word.name),
  ];
  const [group = ''] = name.split(' ');
  const isDefault = name.includes(' ') && `${group} ${groupDefaults[group]}` === name;
  const rows = words.map((word) => `- \`${word.name}\`: ${word.description}`);
  return [
    `## ${name}`,
    `\`${usage.join(' ')}\`${isDefault ? `, or \`holdfast ${group}\` alone` : ''}`,
    description,
    ...(rows.length > 0 ? [rows.join('\n')] : []),
    ...(options.length > 0 ? [optionTable(options)] : []),
    ['```sh', ...examples.flatMap(({ line, does }) => [`# ${does}`, line]), '```'].join('\n'),
  ].join('\n\n');
}

const optionTable = (options: readonly OptionSpec[]): string =>
  [
    '| Option | |',
    '|---|---|',
    ...options.map(({ flags, description, choices }) => {
      const allowed =
        choices === undefined ? '' : `: ${choices.map((choice) => `\`${choice}\``).join(', ')}`;
      return `| \`${flags}\` | ${description}${allowed} |`;
    }),
  ].join('\n');
