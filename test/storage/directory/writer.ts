/** Writes objects into a directory until it is killed. Arguments: the vault's URL, a name. */
import { hash } from 'node:crypto';
import { openDirectoryStore } from '../../../src/storage/directory/index.ts';
import { send } from '../conformance/samples.ts';

const partSizeBytes = 32 * 1024;

/** The bytes of part `n` of an object, known from its key. */
export function partOf(key: string, n: number): Uint8Array {
  return Buffer.alloc(n === 2 ? 1000 : partSizeBytes, hash('sha256', `${key} ${n}`, 'buffer'));
}

export function wholeOf(key: string): Uint8Array {
  return Buffer.concat([0, 1, 2].map((n) => partOf(key, n)));
}

async function writeForever(url: string, name: string): Promise<never> {
  const store = openDirectoryStore(url);
  for (let at = 0; ; at += 1) {
    const key = `data/${name}/${at % 7}/object.${at}`;
    const upload = await store.upload(key, { ifAbsent: true, partSizeBytes });
    for (const n of [1, 0, 2]) await send(upload, n, partOf(key, n));
    await upload.complete();
    await store.put(`sets/${name}/${at % 5}/${at}`, wholeOf(key), { ifAbsent: true });
    await store.put('state', wholeOf(`state ${at % 3}`), { ifAbsent: false });
    if (at % 3 === 0) await store.delete(key);
    process.stdout.write('.');
  }
}

const [, script, url, name] = process.argv;
if (script === import.meta.filename && url !== undefined && name !== undefined) {
  await writeForever(url, name);
}
