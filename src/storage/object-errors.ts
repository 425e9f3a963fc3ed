/** What every adapter says about an object in the same words. */
import { StoreError } from '../core/errors.ts';

export function objectExists(url: string, key: string): StoreError {
  return new StoreError(`${url} already holds ${key}, with other bytes`, {
    code: 'OBJECT_EXISTS',
    hint: 'Nothing was replaced. Another writer was first, or the object was changed in place.',
  });
}

export function objectMissing(url: string, key: string): StoreError {
  return new StoreError(`${url} has no object ${key}`, {
    code: 'OBJECT_MISSING',
    hint: 'Run "holdfast verify" on its source: it names everything that is missing.',
  });
}

export function objectChanged(url: string, key: string): StoreError {
  return new StoreError(`${key} in ${url} was replaced while it was read`, {
    code: 'OBJECT_CHANGED',
    hint: 'Objects of a vault are never replaced: find out who writes to it.',
  });
}

export function objectLocked(url: string, key: string, until?: Date): StoreError {
  const seen = until === undefined ? '' : ` until ${until.toISOString()}`;
  return new StoreError(`${key} in ${url} is locked${seen}`, {
    code: 'OBJECT_LOCKED',
    hint: 'Object Lock keeps it; it can be deleted when the lock has expired.',
  });
}
