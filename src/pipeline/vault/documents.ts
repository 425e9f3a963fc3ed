/**
 * The vault's JSON documents: canonical, and read back byte for byte, so that any changed byte is
 * damage even where a parser would not notice it.
 */
import { hash } from 'node:crypto';
import { z } from 'zod';
import { canonicalJson } from '../../core/canonical-json.ts';
import { IntegrityError, StoreError } from '../../core/errors.ts';
import { formatVersion } from '../../core/manifest.ts';
import type { ObjectStore } from '../../core/ports/store.ts';

/** Base64 whose padding bits are zero: no two texts for the same bytes. */
export const base64Schema = z
  .string()
  .refine(
    (text) => Buffer.from(text, 'base64').toString('base64') === text,
    'not canonical base64',
  );

export interface Document<T> {
  readonly value: T;
  readonly bytes: Uint8Array;
  /** Hex, of the stored bytes. */
  readonly sha256: string;
}

export const encodeDocument = (value: unknown): Uint8Array => Buffer.from(canonicalJson(value));
export const sha256Hex = (bytes: Uint8Array | string): string => hash('sha256', bytes, 'hex');

/** Throws IntegrityError `OBJECT_UNREADABLE` for anything that is not canonical or not of this shape. */
export function decodeDocument<T>(key: string, bytes: Uint8Array, schema: z.ZodType<T>): T {
  const value = parseJson(key, bytes);
  if (Buffer.compare(encodeDocument(value), bytes) !== 0)
    throw unreadable(key, 'bytes are changed');
  if (isNewer(value)) throw formatUnknown(key, value.format);
  const parsed = schema.safeParse(value);
  if (!parsed.success) throw unreadable(key, z.prettifyError(parsed.error).split('\n')[0] ?? '');
  return parsed.data;
}

/** Also rejects with IntegrityError `OBJECT_MISSING`. */
export async function readDocument<T>(
  store: ObjectStore,
  key: string,
  schema: z.ZodType<T>,
): Promise<Document<T>> {
  const bytes = await getObject(store, key);
  if (bytes === undefined) throw objectMissing(key);
  return { value: decodeDocument(key, bytes, schema), bytes, sha256: sha256Hex(bytes) };
}

/** `undefined` where there is none. */
export async function findDocument<T>(
  store: ObjectStore,
  key: string,
  schema: z.ZodType<T>,
): Promise<Document<T> | undefined> {
  const bytes = await getObject(store, key);
  if (bytes === undefined) return undefined;
  return { value: decodeDocument(key, bytes, schema), bytes, sha256: sha256Hex(bytes) };
}

/** The whole object; `undefined` where there is none. IntegrityError where the store found it corrupt. */
export async function getObject(store: ObjectStore, key: string): Promise<Uint8Array | undefined> {
  try {
    return await store.get(key);
  } catch (error) {
    if (hasCode(error, 'OBJECT_MISSING')) return undefined;
    if (hasCode(error, 'STORE_CORRUPT')) throw unreadable(key, (error as Error).message);
    throw error;
  }
}

export const hasCode = (error: unknown, code: string): boolean =>
  error instanceof StoreError && error.code === code;

export function objectMissing(key: string): IntegrityError {
  return new IntegrityError(`${key} is missing`, {
    code: 'OBJECT_MISSING',
    hint: 'Restore another backup or from a copy: `holdfast list`, `holdfast verify --all`.',
  });
}

export function unreadable(key: string, seen: string): IntegrityError {
  return new IntegrityError(`${key} is damaged: ${seen}`, {
    code: 'OBJECT_UNREADABLE',
    hint: 'Restore another backup or from a copy: `holdfast list`, `holdfast verify --all`.',
  });
}

const isNewer = (value: unknown): value is { format: number } =>
  typeof value === 'object' &&
  value !== null &&
  'format' in value &&
  typeof value.format === 'number' &&
  value.format > formatVersion;

function formatUnknown(key: string, format: number): IntegrityError {
  return new IntegrityError(
    `${key} has the format ${format}: this version reads ${formatVersion}`,
    {
      code: 'FORMAT_UNKNOWN',
      hint: 'Use the version of Holdfast that wrote it, or a newer one.',
    },
  );
}

function parseJson(key: string, bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw unreadable(key, bytes.length === 0 ? 'it is empty' : 'it is not JSON');
  }
}
