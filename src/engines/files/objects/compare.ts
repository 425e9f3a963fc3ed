/** Reads restored objects back from their bucket, every byte, and compares them with the index. */
import type { ComparedUnit, Comparison, Progress } from '../../../core/ports/engine.ts';
import type { IndexEntry, StoredObject } from '../index/entry.ts';
import { IndexReader } from '../index/file.ts';
import { readFailure } from './bucket.ts';
import { factsOf } from './description.ts';
import type { Room } from './room.ts';
import { type FoundObject, hashOf, type TargetBucket } from './target.ts';

const differencesKept = 100;
const attempts = 3;
/** What a connection holds of an object that goes by. */
const heldBytes = 1 << 17;

export async function compareObjects(
  target: TargetBucket,
  indexFile: string,
  { room, progress }: { readonly room: Room; readonly progress: Progress },
): Promise<Comparison> {
  const differences: ComparedUnit[] = [];
  let units = 0;
  let done = 0;
  for (const entry of new IndexReader(indexFile)) {
    const { object } = entry;
    if (object === undefined || entry.sha256 === undefined) continue;
    units++;
    await room.enter(heldBytes, async () => {
      differences.push(...(await differencesOf(target, entry, object)));
      progress({ phase: 'compare', done: ++done, unit: 'files' });
    });
  }
  await room.leave();
  const inOrder = differences.sort((a, b) => (a.name < b.name ? -1 : 1));
  return { level: 'checksum', units, differences: inOrder.slice(0, differencesKept) };
}

async function differencesOf(
  target: TargetBucket,
  entry: IndexEntry,
  object: StoredObject,
): Promise<ComparedUnit[]> {
  const found = await readBack(target, object);
  if (found === undefined) return [{ name: object.key, expected: 'an object', found: 'nothing' }];
  // What the set does not say is whatever the server makes of it.
  const before = { 'SHA-256': entry.sha256, ...factsOf(object) };
  const after: Record<string, string | undefined> = {
    'SHA-256': found.sha256,
    ...factsOf(found.description),
  };
  return Object.entries(before).flatMap(([fact, expected]) =>
    expected === undefined || expected === after[fact]
      ? []
      : [{ name: object.key, expected: `${fact} ${expected}`, found: `${fact} ${after[fact]}` }],
  );
}

interface ReadBack extends Pick<FoundObject, 'description'> {
  readonly sha256: string;
}

/** Once more where a reading breaks off. Undefined: there is no such object. */
async function readBack(target: TargetBucket, object: StoredObject): Promise<ReadBack | undefined> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await readOnce(target, object);
    } catch (error) {
      const failure = readFailure(error);
      if (failure === 'gone') return undefined;
      if (failure !== undefined || attempt === attempts) throw error;
    }
  }
}

async function readOnce(target: TargetBucket, object: StoredObject): Promise<ReadBack> {
  const { description, bytes } = await target.read(object.key);
  const sha256 = await hashOf(bytes);
  const tags = object.tags && (await target.tags(object.key));
  return { description: { ...description, tags }, sha256 };
}
