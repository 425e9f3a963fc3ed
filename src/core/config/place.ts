/** Where something stands in a configuration: by its keys, and in the text. */

/** Keys and indexes from the top: `['sources', 'orders', 'after', 0]`. */
export type Path = readonly (string | number)[];

/** Both from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}
