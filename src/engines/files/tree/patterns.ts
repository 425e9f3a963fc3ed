/** Include and exclude patterns, as picomatch reads them, on paths relative to the root. */
import picomatch from 'picomatch';
import { type BytePath, rootPath, textOf } from './byte-path.ts';

export type PathMatcher = (path: BytePath) => boolean;

/** `dot`: hidden names match; `strictSlashes`: `cache/**` keeps `cache` itself; `s`: names may hold newlines. */
const options: picomatch.PicomatchOptions = { dot: true, strictSlashes: true, flags: 's' };

export function matcherOf(patterns: readonly string[]): PathMatcher {
  if (patterns.length === 0) return () => false;
  const cleaned = patterns.map(cleanPattern);
  if (cleaned.includes('**')) return () => true;
  const matches = picomatch(cleaned, options);
  return (path) => path !== rootPath && matches(textOf(path));
}

/** `./a/` and `/a` mean `a`. */
const cleanPattern = (pattern: string): string =>
  pattern.replace(/^(\.?\/)+/, '').replace(/(?<=.)\/+$/, '');
