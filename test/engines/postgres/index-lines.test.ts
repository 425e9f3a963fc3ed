import { expect, test } from 'vitest';
import { decodeIndex, encodeIndex } from '../../../src/engines/postgres/index-lines.ts';

const server = { type: 'server', version: '15.1', globals: 'passwords' } as const;
const table = {
  type: 'table',
  database: 'd',
  schema: 's',
  name: 'tä\nb',
  stream: '1.rest',
  rows: 3,
  checksum: '-12345678901234567890',
} as const;

/** Cut in the middle of characters. */
async function* inPieces(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 7) yield bytes.subarray(at, at + 7);
}
const encoded = Buffer.concat([...encodeIndex([server, table])]);

test('comes back as it was written, however the bytes arrive', async () => {
  const index = await decodeIndex(inPieces(encoded));
  expect(index.tables).toEqual([table]);
  expect(index.server).toEqual(server);
});

test.each([
  ['a cut line', encoded.subarray(0, encoded.length - 3)],
  ['no line', Buffer.alloc(0)],
  ['an unknown line', Buffer.from('{"type":"surprise"}\n')],
  ['no JSON', Buffer.from('surprise\n')],
])('refuses %s', async (_, bytes) => {
  await expect(decodeIndex(inPieces(bytes))).rejects.toMatchObject({
    name: 'IntegrityError',
    code: 'INDEX_UNREADABLE',
  });
});
