/** Puts what was typed in order: verb first, then options, wherever the options stood. */
import { UsageError } from '../core/errors.ts';
import { nearestWord } from '../core/nearest.ts';

export interface Arranged {
  /** `backup`, `keys list`; undefined where there is none. */
  readonly verb: string | undefined;
  readonly argv: readonly string[];
}

export interface Vocabulary {
  readonly verbs: readonly string[];
  /** A group's name alone means this member. */
  readonly groupDefaults: Readonly<Record<string, string>>;
  /** Whether an option (`--at`, `-c`) is followed by a value. Asked only for those before the verb. */
  takesValue(flag: string): Promise<boolean>;
}

/** Throws UsageError VERB_UNKNOWN with the nearest verb. */
export async function arrange(words: readonly string[], known: Vocabulary): Promise<Arranged> {
  const before: string[] = [];
  let verb = '';
  let index = 0;
  while (index < words.length && words[index] !== '--' && !known.verbs.includes(verb)) {
    const word = words[index] ?? '';
    const length = isOption(word) ? await optionLength(word, known) : 1;
    if (isOption(word)) before.push(...words.slice(index, index + length));
    else verb = extend(verb, word, known);
    index += length;
  }
  return { verb: settle(verb, known), argv: [...before, ...words.slice(index)] };
}

const isOption = (word: string): boolean => word.startsWith('-') && word.length > 1;

async function optionLength(word: string, known: Vocabulary): Promise<number> {
  return !word.includes('=') && (await known.takesValue(word)) ? 2 : 1;
}

/** `keys` + `list` → `keys list`. */
function extend(verb: string, word: string, known: Vocabulary): string {
  const longer = verb === '' ? word : `${verb} ${word}`;
  if (known.verbs.some((each) => each === longer || each.startsWith(`${longer} `))) return longer;
  throw unknownVerb(verb, word, known);
}

/** A group without a member is its default, where it has one. */
function settle(verb: string, known: Vocabulary): string | undefined {
  if (verb === '' || known.verbs.includes(verb)) return verb || undefined;
  const member = known.groupDefaults[verb];
  if (member !== undefined) return `${verb} ${member}`;
  throw new UsageError(`command not understood: "${verb}" needs one of ${members(verb, known)}`, {
    code: 'VERB_INCOMPLETE',
    hint: `\`holdfast ${verb} --help\` shows them.`,
  });
}

function unknownVerb(group: string, word: string, known: Vocabulary): UsageError {
  const words = membersOf(group, known);
  const nearest = nearestWord(word, words);
  const whole = group === '' ? word : `${group} ${word}`;
  return new UsageError(`command not understood: there is no "${whole}"`, {
    code: 'VERB_UNKNOWN',
    hint:
      nearest === undefined
        ? `Allowed: ${words.join(', ')}.`
        : `Did you mean \`holdfast ${group === '' ? nearest : `${group} ${nearest}`}\`?`,
  });
}

const members = (group: string, known: Vocabulary): string => membersOf(group, known).join(', ');

function membersOf(group: string, { verbs }: Vocabulary): string[] {
  const start = group === '' ? '' : `${group} `;
  const next = verbs
    .filter((verb) => verb.startsWith(start))
    .map((verb) => verb.slice(start.length).split(' ')[0] ?? '');
  return [...new Set(next)];
}
