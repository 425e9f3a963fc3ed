import { readFileSync } from 'node:fs';
import { glob } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { arrange } from '../../src/cli/arrange.ts';
import { catalogue, groupDefaults } from '../../src/cli/catalogue.ts';
import { flagTakesValue, globalOptions, parseWords } from '../../src/cli/program.ts';

const quoted = new Set<string>();
for await (const page of glob(['README.md', 'CONTRIBUTING.md', 'docs/**/*.md'])) {
  const text = readFileSync(page, 'utf8');
  const fenced = [...text.matchAll(/^```(?:sh|console|bash)?\n(.*?)^```/gms)];
  const lines = fenced.flatMap(([, block = '']) => block.split('\n'));
  const inline = [...text.matchAll(/`([^`\n]+)`/g)].map(([, code = '']) => code);
  for (const line of [...lines, ...inline]) {
    for (const command of commandsIn(line)) quoted.add(command);
  }
}

/** `npx holdfast check && holdfast backup --all   # a remark`: two commands. */
function commandsIn(line: string): string[] {
  return line
    .replace(/\s#.*$|\s{2,}.*$|\[options\] ?| > \S+/g, '')
    .split(/\s*(?:&&|\|\|?|;)\s*/)
    .map((part) => /^(?:\S*=\S* |npx |\$ |\S*\/)*holdfast +([a-z-].*)$/.exec(part.trim())?.[1])
    .filter((words) => words !== undefined)
    .map((words) => words.replace(/[[\]]/g, '').trim());
}

const wordsOf = (command: string): string[] =>
  [...command.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map(
    ([, double, single, plain]) => double ?? single ?? plain ?? '',
  );

/** What the program would say against the words; prose may leave a verb's arguments out. */
async function refusal(command: string): Promise<string | undefined> {
  try {
    const { verb, argv } = await arrange(wordsOf(command), {
      verbs: catalogue.map(({ name }) => name),
      groupDefaults,
      takesValue: async (flag) => flagTakesValue(flag, globalOptions),
    });
    const entry = catalogue.find(({ name }) => name === verb);
    if (entry !== undefined) parseWords(entry, await entry.load(), argv);
    return undefined;
  } catch (error) {
    const message = String(error);
    return message.includes('missing required argument') ? undefined : message;
  }
}

test('the pages quote commands of many verbs', () => {
  expect(quoted.size).toBeGreaterThan(40);
  expect([...quoted]).toEqual(expect.arrayContaining(['backup --all', 'prune --dry-run']));
});

test.for([
  ['bakup --all', 'there is no "bakup"'],
  ['backup --al', 'unknown option'],
] as const)('a command that the program does not know would be seen: %s', async ([line, seen]) => {
  expect(await refusal(line)).toContain(seen);
});

test.for([...quoted])('holdfast %s', async (command) => {
  expect(await refusal(command)).toBeUndefined();
});
