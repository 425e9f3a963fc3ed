/** The word somebody meant: for unknown keys, names, verbs and options. */
import { distance } from 'fastest-levenshtein';

/** The nearest of `words` within about a third of the letters, or undefined. */
export function nearestWord(found: string, words: readonly string[]): string | undefined {
  const limit = found.length < 3 ? 0 : Math.ceil(found.length / 3);
  const ranked = words
    .map((word) => ({ word, steps: distance(found.toLowerCase(), word.toLowerCase()) }))
    .filter(({ steps }) => steps <= limit)
    .sort((a, b) => a.steps - b.steps);
  return ranked[0]?.word;
}

/** `; allowed: a, b; did you mean "a"?`: the tail of a message about an unknown word. */
export function allowedWords(found: string, words: readonly string[]): string {
  if (words.length === 0) return '; there are none';
  const nearest = nearestWord(found, words);
  const question = nearest === undefined ? '' : `; did you mean "${nearest}"?`;
  return `; allowed: ${words.join(', ')}${question}`;
}
