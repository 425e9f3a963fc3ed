/**
 * The functions that Step Functions adds to JSONata: developer guide, "Transforming data with
 * JSONata in Step Functions", section "JSONata functions provided by Step Functions".
 */
import { createHash, randomUUID } from 'node:crypto';
import type { Expression } from 'jsonata';
import type { Json } from '../../core/canonical-json.ts';

export interface ExtraFunction {
  readonly name: string;
  /** JSONata's notation of what goes in and comes out. */
  readonly signature: string;
  readonly implementation: Parameters<Expression['registerFunction']>[1];
}

const rangeLimit = 1_000;
const algorithms = new Map([
  ['MD5', 'md5'],
  ['SHA-1', 'sha1'],
  ['SHA-256', 'sha256'],
  ['SHA-384', 'sha384'],
  ['SHA-512', 'sha512'],
]);

export const extraFunctions: readonly ExtraFunction[] = [
  { name: 'parse', signature: '<s:x>', implementation: (text: string) => JSON.parse(text) },
  { name: 'partition', signature: '<an:a>', implementation: partition },
  { name: 'range', signature: '<nnn:a>', implementation: range },
  { name: 'hash', signature: '<xs:s>', implementation: hash },
  { name: 'random', signature: '<n?:n>', implementation: random },
  { name: 'uuid', signature: '<:s>', implementation: () => randomUUID() },
  { name: 'eval', signature: '<sx?:x>', implementation: refuseEval },
];

function partition(values: readonly Json[], size: number): Json[][] {
  const length = Math.trunc(size);
  if (length < 1) throw new RangeError(`$partition: the size is ${size}, at least 1 is needed`);
  const chunks = Math.ceil(values.length / length);
  return Array.from({ length: chunks }, (_, index) =>
    values.slice(index * length, (index + 1) * length),
  );
}

function range(first: number, last: number, step: number): number[] {
  if (step === 0) throw new RangeError('$range: the step is 0');
  const length = Math.max(0, Math.floor((last - first) / step) + 1);
  if (length > rangeLimit) throw new RangeError(`$range: ${length} values, at most ${rangeLimit}`);
  return Array.from({ length }, (_, index) => first + index * step);
}

function hash(value: Json, algorithm: string): string {
  const name = algorithms.get(algorithm);
  if (name === undefined) {
    throw new RangeError(`$hash: ${algorithm} is none of ${[...algorithms.keys()].join(', ')}`);
  }
  const bytes = typeof value === 'string' ? value : JSON.stringify(value);
  return createHash(name).update(bytes).digest('hex');
}

/** With a seed, the same number every time (mulberry32). */
function random(seed?: number): number {
  if (seed === undefined) return Math.random();
  let state = (Math.trunc(seed) + 0x6d2b79f5) | 0;
  state = Math.imul(state ^ (state >>> 15), state | 1);
  state ^= state + Math.imul(state ^ (state >>> 7), state | 61);
  return ((state ^ (state >>> 14)) >>> 0) / 4_294_967_296;
}

function refuseEval(): never {
  throw new Error('$eval is not available in Step Functions; use $parse');
}
