import type { ObjectStore } from '../../core/ports/store.ts';

/** The numbers of `<prefix><n>.json`, ascending. */
export async function numberedKeys(store: ObjectStore, prefix: string): Promise<number[]> {
  const numbers: number[] = [];
  for await (const { key } of store.list(prefix)) {
    const [, number] = /^(\d+)\.json$/.exec(key.slice(prefix.length)) ?? [];
    if (number !== undefined) numbers.push(Number(number));
  }
  return numbers.sort((a, b) => a - b);
}
