import { randomBytes } from 'node:crypto';
import { buildDecrypt } from '@aws-crypto/decrypt-node';
import { CommitmentPolicy } from '@aws-crypto/material-management-node';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openFrames } from '../../../src/pipeline/data-path/frame-opener.ts';
import {
  frameBytes,
  frameOverheadBytes,
  openFrameSealer,
  setKeyName,
} from '../../../src/pipeline/data-path/frame-sealer.ts';
import { rawAesKeyring } from '../../../src/pipeline/keys/aes-recipient.ts';
import { createSetKey } from '../../../src/pipeline/keys/index.ts';
import { contentOf } from './stored-set.ts';

const setKey = createSetKey();
const context = { source: 'orders', backup: '20261121T020000Z-daily-1a2b3c4d', object: 'data.0' };

async function seal(plain: Buffer, key = setKey, about = context): Promise<Buffer> {
  const sealer = await openFrameSealer(key, about);
  const pieces = [...sealer.header];
  let at = 0;
  for (; plain.length - at >= frameBytes; at += frameBytes) {
    pieces.push(...sealer.seal(plain.subarray(at, at + frameBytes), { isLast: false }));
  }
  pieces.push(...sealer.seal(plain.subarray(at), { isLast: true }));
  return Buffer.concat(pieces);
}

/** Chunks with memory of their own, as a store gives them: they are released once used up. */
async function* inChunks(bytes: Buffer, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) {
    yield Uint8Array.from(bytes.subarray(at, at + size));
  }
}

const open = (message: Buffer, about = context, key = setKey, chunk = 100_000) =>
  contentOf(openFrames(inChunks(message, chunk), key, about));

const sizes = [0, 1, frameBytes - 1, frameBytes, frameBytes + 1, 3 * frameBytes];

describe.each(sizes)('a message of %i plain bytes', (size) => {
  const plain = randomBytes(size);

  it('opens as it was sealed', async () => {
    expect((await open(await seal(plain))).equals(plain)).toBe(true);
  });

  it("opens by the SDK's own decrypt, with its context", async () => {
    const { decrypt } = buildDecrypt(CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT);
    const message = await seal(plain);
    const opened = await decrypt(rawAesKeyring(setKeyName, setKey), message);
    expect(opened.plaintext.equals(plain)).toBe(true);
    expect({ ...opened.messageHeader.encryptionContext }).toEqual(context);
  });
});

describe('a message', () => {
  it('opens whatever the size of its content and of the chunks it comes in', async () => {
    const size = fc.integer({ min: 0, max: 2 * frameBytes + 5 });
    const chunk = fc.integer({ min: 7, max: 3 * frameBytes });
    await fc.assert(
      fc.asyncProperty(size, chunk, async (length, chunkBytes) => {
        const plain = Buffer.alloc(length, 'holdfast');
        const opened = await open(await seal(plain), context, setKey, chunkBytes);
        expect(opened.equals(plain)).toBe(true);
      }),
      { numRuns: 20 },
    );
  });
});

describe('a damaged message', () => {
  const plain = randomBytes(2 * frameBytes + 1000);
  const flipped = (message: Buffer, at: number) => {
    const copy = Buffer.from(message);
    copy.writeUInt8(copy.readUInt8(at) ^ 1, at);
    return copy;
  };
  const storedFrame = frameBytes + frameOverheadBytes - 8;
  const lastFrame = 1000 + frameOverheadBytes;
  const bodyOf = (message: Buffer) => message.length - lastFrame - 2 * storedFrame;

  it('is refused with a bit flipped anywhere', async () => {
    const message = await seal(plain);
    const places = [0, 1, 20, 60, 200, 400, 1_000_000, message.length - 1, message.length - 1010];
    for (const at of places) {
      await expect(open(flipped(message, at)), `bit at ${at}`).rejects.toThrow();
    }
  });

  it('is refused when cut anywhere, also between frames', async () => {
    const message = await seal(plain);
    for (const length of [
      0,
      1,
      100,
      500,
      frameBytes,
      message.length - lastFrame,
      message.length - 1,
    ]) {
      await expect(open(message.subarray(0, length)), `cut to ${length}`).rejects.toThrow();
    }
  });

  it('is refused when bytes follow it, or another message', async () => {
    const message = await seal(plain);
    const longer = [Buffer.of(0), message];
    for (const more of longer) {
      await expect(open(Buffer.concat([message, more]))).rejects.toThrow(/follow/);
    }
  });

  it('is refused when its frames are swapped or one is left out', async () => {
    const message = await seal(plain);
    const start = bodyOf(message);
    const [head, one, two, rest] = [
      message.subarray(0, start),
      message.subarray(start, start + storedFrame),
      message.subarray(start + storedFrame, start + 2 * storedFrame),
      message.subarray(start + 2 * storedFrame),
    ];
    expect((await open(Buffer.concat([head, one, two, rest]))).equals(plain)).toBe(true);
    const swapped = Buffer.concat([head, two, one, rest]);
    await expect(open(swapped)).rejects.toThrow(/out of order/);
    const dropped = Buffer.concat([head, two, rest]);
    await expect(open(dropped)).rejects.toThrow(/out of order/);
  });

  it('is refused under another key and in another place', async () => {
    const message = await seal(plain);
    await expect(open(message, context, createSetKey())).rejects.toThrow();
    await expect(open(message, { ...context, object: 'data.1' })).rejects.toThrow(/object/);
    await expect(open(message, { ...context, backup: 'other' })).rejects.toThrow(/backup/);
  });

  it('gives only whole authentic frames before it is refused', async () => {
    const message = flipped(await seal(plain), (await seal(plain)).length - 500);
    const given: Buffer[] = [];
    const frames = openFrames(inChunks(message, 65_536), setKey, context);
    await expect(
      (async () => {
        for await (const frame of frames) given.push(frame);
      })(),
    ).rejects.toThrow();
    expect(Buffer.concat(given).equals(plain.subarray(0, 2 * frameBytes))).toBe(true);
  });
});
