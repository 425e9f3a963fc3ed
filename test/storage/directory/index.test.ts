import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { openDirectoryStore } from '../../../src/storage/directory/index.ts';
import { describeStore } from '../conformance.ts';

let folder = '';
let opened = 0;

describeStore('directory', {
  partSizeBytes: 4096,
  async start() {
    folder = await mkdtemp(join(tmpdir(), 'holdfast-directory-'));
  },
  async open() {
    opened += 1;
    return openDirectoryStore(pathToFileURL(join(folder, `vault ${opened}`)).href);
  },
  stop: () => rm(folder, { recursive: true }),
});
