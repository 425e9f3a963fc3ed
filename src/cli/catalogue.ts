/** Every verb in one line. A verb's own file loads only when it is used. */
import type { CommandDefinition } from './command.ts';

export interface CatalogueEntry {
  /** `backup`, `keys list`. */
  readonly name: string;
  readonly summary: string;
  load(): Promise<CommandDefinition>;
}

/** Verbs that have verbs of their own. */
export const groups: Readonly<Record<string, string>> = {
  executions: 'what has run and is running: list, show, resume, stop',
  keys: 'the keys that open the backups: list, add, rotate, test',
  config: 'schema: the JSON Schema of holdfast.yaml',
};

/** `name` of a group alone (`executions`) means this member of it. */
export const groupDefaults: Readonly<Record<string, string>> = {
  executions: 'list',
  keys: 'list',
};

export const catalogue: readonly CatalogueEntry[] = [
  {
    name: 'init',
    summary: 'write a first holdfast.yaml',
    load: async () => (await import('./commands/init.ts')).init,
  },
  {
    name: 'check',
    summary: 'prove the configuration: sources, vault, keys',
    load: async () => (await import('./commands/check.ts')).check,
  },
];
