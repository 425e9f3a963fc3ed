/** A vault that lists the documents of a source's sets once, however many sets are then loaded. */
import { layout } from '../../core/layout.ts';
import type { ObjectInfo, ObjectStore } from '../../core/ports/store.ts';
import type { Vault } from './vault.ts';

/**
 * S3 bills a listing like a PUT, twelve times a GET, and lists a thousand keys at a time: five hundred
 * sets in a few requests instead of two for each. What is written later is not seen in listings of this
 * view; documents are read as they are. Public keys of signers never change, and are read once.
 */
export async function withOneListing(vault: Vault, source: string): Promise<Vault> {
  const { store } = vault;
  const root = layout.sourceSets(source);
  const known: ObjectInfo[] = [];
  for await (const object of store.list(root)) known.push(object);
  const view: ObjectStore = {
    ...store,
    list: (prefix, options = {}) =>
      prefix.startsWith(root)
        ? given(known.filter(({ key }) => key.startsWith(prefix) && key > (options.after ?? '')))
        : store.list(prefix, options),
    listFolders: (prefix, signal) =>
      prefix === root ? given(foldersOf(known, root)) : store.listFolders(prefix, signal),
    get: readingOnce(store),
  };
  return { ...vault, store: view };
}

async function* given<T>(values: readonly T[]): AsyncIterable<T> {
  yield* values;
}

const foldersOf = (objects: readonly ObjectInfo[], root: string): string[] => [
  ...new Set(objects.flatMap(({ key }) => key.slice(root.length).match(/^[^/]+(?=\/)/) ?? [])),
];

function readingOnce(store: ObjectStore): ObjectStore['get'] {
  const signers = new Map<string, Promise<Uint8Array>>();
  return (key, options) => {
    if (!key.startsWith(layout.signers)) return store.get(key, options);
    const read = signers.get(key) ?? store.get(key, options);
    signers.set(key, read);
    return read;
  };
}
