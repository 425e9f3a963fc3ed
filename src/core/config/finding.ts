/** One thing that is wrong in a configuration, before its place in the file is known. */
import type { Path, Position } from './place.ts';

export interface Finding {
  readonly path: Path;
  /** Whether the key or the value is to blame: where the line and column point. */
  readonly at: 'key' | 'value';
  /** What was found, what is allowed. Never holds a secret. */
  readonly message: string;
  /** Set where the place is known without the path. */
  readonly position?: Position;
  /** A warning leaves the configuration usable. */
  readonly level?: 'error' | 'warning';
}

export const finding = (path: Path, message: string, at: Finding['at'] = 'value'): Finding => ({
  path,
  at,
  message,
});

export const warning = (path: Path, message: string, at: Finding['at'] = 'value'): Finding => ({
  ...finding(path, message, at),
  level: 'warning',
});
