/** zod's issues as findings that people can act on; a union is reduced to the option that was meant. */
import type { z } from 'zod';
import { allowedWords } from '../nearest.ts';
import { type Finding, finding } from './finding.ts';
import { isMapping } from './overlay.ts';
import type { Path } from './place.ts';
import {
  childShape,
  constantOf,
  keysOf,
  optionFor,
  optionsOf,
  type Shape,
  shapeAt,
} from './shape.ts';
import { referencePattern } from './values.ts';

type Issue = z.core.$ZodIssue;

/** `root` is the JSON Schema of the whole, `value` what was parsed. */
export function explainIssues(issues: readonly Issue[], root: Shape, value: unknown): Finding[] {
  return issues.flatMap((issue) => explain(issue, issue.path as Path, { root, value }));
}

interface Whole {
  readonly root: Shape;
  readonly value: unknown;
}

function explain(issue: Issue, path: Path, whole: Whole): Finding[] {
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => unknownKey(key, path, whole));
    case 'invalid_key':
      return [finding(path, `not a valid name: ${messagesOf(issue.issues)}`, 'key')];
    case 'invalid_union':
      return explainUnion(issue.errors, path, whole);
    case 'invalid_value':
      return [finding(path, wrongWord(valueAt(whole.value, path), issue.values.map(String)))];
    case 'invalid_type':
      return [wrongType(issue.expected, path, whole)];
    default:
      return [finding(path, `${seen(issue, valueAt(whole.value, path))}${issue.message}`)];
  }
}

const messagesOf = (issues: readonly Issue[]): string =>
  issues.map(({ message }) => message).join('; ');

function unknownKey(key: string, path: Path, whole: Whole): Finding {
  const allowed = keysOf(shapeAt(whole.root, path, whole.value));
  return finding([...path, key], `unknown key${allowedWords(key, allowed)}`, 'key');
}

function wrongType(expected: string, path: Path, whole: Whole): Finding {
  const value = valueAt(whole.value, path);
  if (value !== undefined) {
    return finding(
      path,
      `found ${kindOf(value)}; expected ${article(expected)}${choices(path, whole)}`,
    );
  }
  return finding(path, `missing; expected ${article(expected)}${choices(path, whole)}`, 'key');
}

/** The keys of a mapping that would have been right. */
function choices(path: Path, { root, value }: Whole): string {
  const words = keysOf(shapeAt(root, path, value));
  return words.length > 0 ? `; allowed: ${words.join(', ')}` : '';
}

function explainUnion(branches: readonly (readonly Issue[])[], path: Path, whole: Whole) {
  const value = valueAt(whole.value, path);
  const union = unionAt(path, whole);
  const meant = optionFor(union, value);
  const issues = meant === undefined ? undefined : branches[meant];
  if (issues === undefined) return [noOption(union, path, value, branches)];
  return issues.flatMap((issue) => explain(issue, [...path, ...(issue.path as Path)], whole));
}

/** `shapeAt` would settle the last union: its parent is asked for the union itself. */
function unionAt(path: Path, { root, value }: Whole): Shape {
  return childShape(shapeAt(root, path.slice(0, -1), value), String(path.at(-1)));
}

function noOption(
  union: Shape,
  path: Path,
  value: unknown,
  branches: readonly (readonly Issue[])[],
): Finding {
  const constants = optionsOf(union).flatMap((option) => constantOf(option) ?? []);
  const key = constants[0]?.key;
  if (key !== undefined && isMapping(value)) {
    const words = constants.map((constant) => String(constant.value));
    return finding([...path, key], wrongWord(value[key], words));
  }
  const marks = optionsOf(union).flatMap((option) => option.required?.[0] ?? []);
  if (marks.length > 0) return noMark(path, value, marks);
  const expectations = branches.flatMap((issues) => issues.slice(0, 1).map(expectation));
  return finding(path, `${shown(value)}; expected ${expectations.join(', or ')}`);
}

function noMark(path: Path, value: unknown, marks: readonly string[]): Finding {
  const found = isMapping(value) ? Object.keys(value)[0] : undefined;
  if (found === undefined) {
    return finding(
      path,
      `found ${kindOf(value)}; expected a mapping with one of ${marks.join(', ')}`,
    );
  }
  return finding([...path, found], `unknown key${allowedWords(found, marks)}`, 'key');
}

const expectation = (issue: Issue): string =>
  issue.code === 'invalid_value' ? `one of ${issue.values.join(', ')}` : issue.message;

function wrongWord(value: unknown, words: readonly string[]): string {
  if (value === undefined) return `missing; allowed: ${words.join(', ')}`;
  if (typeof value !== 'string') return `found ${kindOf(value)}; allowed: ${words.join(', ')}`;
  return `${shown(value)}${allowedWords(value, words)}`;
}

/** A place for a secret never says what stands there. */
function seen(issue: Issue, value: unknown): string {
  const secret =
    (issue.code === 'invalid_format' && issue.pattern === String(referencePattern)) ||
    (issue.code === 'custom' && issue.params?.['secret'] === true);
  if (secret) return 'found a plain value (not shown); ';
  return typeof value === 'string' || typeof value === 'number' ? `${shown(value)}; ` : '';
}

function shown(value: unknown): string {
  if (typeof value === 'object') return `found ${kindOf(value)}`;
  const text = String(value);
  if (/:\/\/.*(@|password)/.test(text)) return 'found a URL with credentials (not shown)';
  return `found "${text.length > 60 ? `${text.slice(0, 57)}...` : text}"`;
}

function kindOf(value: unknown): string {
  if (value === null || value === undefined) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' ? 'a mapping' : article(typeof value);
}

const names: Readonly<Record<string, string>> = {
  object: 'a mapping',
  record: 'a mapping',
  array: 'a list',
  int: 'a whole number',
  string: 'text',
  boolean: 'true or false',
};
const article = (type: string): string => names[type] ?? `a ${type}`;

function valueAt(value: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (current, element) =>
      (current as Record<string | number, unknown> | null | undefined)?.[element],
    value,
  );
}
