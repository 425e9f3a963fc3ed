/** YAML text as plain values, with the line and column of every key and value. */
import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type ParsedNode,
  parseDocument,
  type YAMLError,
} from 'yaml';
import { reportError } from '../errors.ts';
import type { Finding } from './finding.ts';
import type { Path, Position } from './place.ts';

type YamlDocument = Document.Parsed;

export interface ConfigDocument {
  /** `undefined` where the text is empty or not YAML. */
  readonly value: unknown;
  readonly findings: readonly Finding[];
  /** Where the value at `path` stands, or its key; the nearest parent where there is none. */
  position(path: Path, what: 'key' | 'value'): Position;
  has(path: Path): boolean;
}

export function readYaml(text: string): ConfigDocument {
  return readOneLine(text) ?? readDocument(text);
}

/**
 * A deployed configuration is canonical JSON, on one line. The parser of YAML would take a second for a
 * thousand sources, in every function.
 */
function readOneLine(text: string): ConfigDocument | undefined {
  if (!text.startsWith('{"') || text.includes('\n')) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return { value, findings: [], position: () => start, has: (path) => isThere(value, path) };
  } catch {
    // A mapping of YAML may look like it.
    return undefined;
  }
}

const start: Position = { line: 1, column: 1 };

function isThere(value: unknown, path: Path): boolean {
  let current = value;
  for (const key of path) {
    if (typeof current !== 'object' || current === null || !Object.hasOwn(current, key))
      return false;
    current = (current as Record<string | number, unknown>)[key];
  }
  return true;
}

function readDocument(text: string): ConfigDocument {
  const counter = new LineCounter();
  const document = parseDocument(text, {
    lineCounter: counter,
    prettyErrors: false,
    merge: true,
    logLevel: 'error',
  });
  const errors = document.errors.map((error) => syntaxFinding(error, counter));
  const place = (offset: number): Position => {
    const { line, col } = counter.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const plain = errors.length > 0 ? {} : plainValue(document);
  return {
    value: plain.value,
    findings: [...errors, ...(plain.finding === undefined ? [] : [plain.finding])],
    position: (path, what) => place(offsetOf(document, path, what)),
    has: (path) => stepsTo(document, path).length === path.length,
  };
}

function plainValue(document: YamlDocument): { value?: unknown; finding?: Finding } {
  try {
    return { value: document.toJS() };
  } catch (error) {
    return {
      finding: { path: [], at: 'value', message: `not usable: ${reportError(error).message}` },
    };
  }
}

function syntaxFinding(error: YAMLError, counter: LineCounter): Finding {
  const { line, col } = counter.linePos(error.pos[0]);
  const position = { line: Math.max(line, 1), column: Math.max(col, 1) };
  return { path: [], at: 'value', message: syntaxMessage(error), position };
}

/** The parser's messages quote the text, which may be a secret: its codes are enough. */
function syntaxMessage(error: YAMLError): string {
  const known: Partial<Record<YAMLError['code'], string>> = {
    DUPLICATE_KEY: 'this key stands here twice: keep one of them',
    TAB_AS_INDENT: 'a tab is used as indentation; allowed: spaces',
    MULTIPLE_DOCS: 'a second document starts here; allowed: one document per file',
    BAD_ALIAS: 'this alias names no anchor above it',
    BAD_INDENT: 'the indentation does not match the lines around it',
    MISSING_CHAR: 'a character is missing: a closing bracket, quote or colon',
  };
  return `not valid YAML: ${known[error.code] ?? error.code.toLowerCase().replaceAll('_', ' ')}`;
}

interface Step {
  readonly key: number;
  readonly value: number;
}

function offsetOf(document: YamlDocument, path: Path, what: 'key' | 'value'): number {
  const steps = stepsTo(document, path);
  const step = steps.at(-1);
  if (step === undefined) return document.contents?.range[0] ?? 0;
  return steps.length === path.length ? step[what] : step.key;
}

/** One step for each element of `path` that exists, in order. */
function stepsTo(document: YamlDocument, path: Path): Step[] {
  const steps: Step[] = [];
  let node: unknown = document.contents;
  for (const element of path) {
    const child = childOf(document, node, element);
    if (child === undefined) break;
    steps.push({ key: child.key.range[0], value: (child.value ?? child.key).range[0] });
    node = child.value;
  }
  return steps;
}

/** `value` is null where a key stands alone: `{ key }`. */
interface Child {
  readonly key: ParsedNode;
  readonly value: ParsedNode | null;
}

function childOf(document: YamlDocument, node: unknown, element: string | number) {
  const target = isAlias(node) ? node.resolve(document) : node;
  if (isSeq<ParsedNode>(target)) return itemOf(target.items[Number(element)]);
  if (!isMap<ParsedNode, ParsedNode | null>(target)) return undefined;
  return target.items.find(({ key }) => isScalar(key) && String(key.value) === String(element));
}

const itemOf = (item: ParsedNode | undefined): Child | undefined =>
  item === undefined ? undefined : { key: item, value: item };
