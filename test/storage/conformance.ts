/** What every store must do. An adapter's test supplies a fixture and nothing else. */
import { afterAll, beforeAll, describe } from 'vitest';
import type { ObjectStore } from '../../src/core/ports/store.ts';
import { describeKeys } from './conformance/keys.ts';
import { describeLists } from './conformance/lists.ts';
import { describeLocks } from './conformance/locks.ts';
import { describeObjects } from './conformance/objects.ts';
import { describeUploads } from './conformance/uploads.ts';

export interface StoreFixture {
  /** Starts what the store needs: a server, a folder. */
  start(): Promise<void>;
  /** A store over nothing: each call its own. */
  open(): Promise<ObjectStore>;
  stop(): Promise<void>;
  /** The smallest part that the store takes. */
  readonly partSizeBytes: number;
}

export function describeStore(name: string, fixture: StoreFixture): void {
  describe(`${name} store`, () => {
    beforeAll(() => fixture.start());
    afterAll(() => fixture.stop());
    describeKeys(fixture);
    describeObjects(fixture);
    describeUploads(fixture);
    describeLists(fixture);
    describeLocks(fixture);
  });
}
