/** Follows the structure of a zstd stream (RFC 8878 §3.1) as it passes, without decompressing it. */

export interface ZstdWatcher {
  update(chunk: Uint8Array): void;
  /** At the end of a frame, with nothing missing. */
  isComplete(): boolean;
  /** No frame so far had any content. */
  isEmpty(): boolean;
}

const frameMagic = 0xfd2fb528;
const contentSizeBytes = [0, 2, 4, 8];
const dictionaryIdBytes = [0, 1, 2, 4];
const [rleBlock, checksumBytes] = [1, 4];

/** What comes next: bytes to look at, or bytes to let pass. */
type Part = 'frame header' | 'block header' | 'block' | 'checksum' | 'not zstd';
const lookedAtBytes: Partial<Record<Part, number>> = { 'frame header': 5, 'block header': 3 };

interface State {
  part: Part;
  /** Bytes of this part still to come. */
  left: number;
  held: Buffer;
  hasChecksum: boolean;
  isLastBlock: boolean;
  isEmpty: boolean;
  frames: number;
}

export function watchZstd(): ZstdWatcher {
  const state: State = {
    part: 'frame header',
    left: 5,
    held: Buffer.alloc(0),
    hasChecksum: false,
    isLastBlock: false,
    isEmpty: true,
    frames: 0,
  };
  return {
    update(chunk) {
      let at = 0;
      while (at < chunk.length) at += consume(state, chunk.subarray(at));
    },
    isComplete: () => state.frames > 0 && state.part === 'frame header' && state.left === 5,
    isEmpty: () => state.isEmpty,
  };
}

function consume(state: State, bytes: Uint8Array): number {
  const used = Math.min(state.left, bytes.length);
  if (lookedAtBytes[state.part] !== undefined) {
    state.held = Buffer.concat([state.held, bytes.subarray(0, used)]);
  }
  state.left -= used;
  // A part of no bytes is over before the next byte comes.
  while (state.left === 0) next(state);
  return used;
}

function next(state: State): void {
  const { held } = state;
  state.held = Buffer.alloc(0);
  if (state.part === 'frame header') readFrameHeader(state, held);
  else if (state.part === 'block header') readBlockHeader(state, held);
  else if (state.part === 'block' && !state.isLastBlock) expect(state, 'block header', 3);
  else if (state.part === 'block' && state.hasChecksum) expect(state, 'checksum', checksumBytes);
  else endFrame(state);
}

function expect(state: State, part: Part, left: number): void {
  state.part = part;
  state.left = left;
}

function endFrame(state: State): void {
  state.frames += 1;
  expect(state, 'frame header', 5);
}

function readFrameHeader(state: State, bytes: Buffer): void {
  if (bytes.readUInt32LE(0) !== frameMagic) {
    expect(state, 'not zstd', Number.POSITIVE_INFINITY);
    return;
  }
  const descriptor = bytes.readUInt8(4);
  const [sizeFlag, isSingleSegment] = [descriptor >> 6, (descriptor & 0x20) !== 0];
  // One byte: the window, or the smallest form of the content's size.
  const windowOrSize = sizeFlag === 0 || !isSingleSegment ? 1 : 0;
  const rest = Number(contentSizeBytes[sizeFlag]) + Number(dictionaryIdBytes[descriptor & 3]);
  state.hasChecksum = (descriptor & 4) !== 0;
  state.isLastBlock = false;
  expect(state, 'block', rest + windowOrSize);
}

function readBlockHeader(state: State, bytes: Buffer): void {
  const head = bytes.readUIntLE(0, 3);
  const [type, size] = [(head >> 1) & 3, head >> 3];
  state.isLastBlock = (head & 1) === 1;
  if (size > 0) state.isEmpty = false;
  expect(state, 'block', type === rleBlock ? 1 : size);
}
