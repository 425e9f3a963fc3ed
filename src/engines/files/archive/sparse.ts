/** Sparse files as GNU tar's format 1.0: a map of the data, then the data, without the holes. */
import { createHash, type Hash } from 'node:crypto';
import { blockBytes, padded } from '../tar/header.ts';
import type { BlockWriter } from './block-writer.ts';
import { readFully } from './read-fully.ts';

export interface Extent {
  readonly offset: number;
  readonly bytes: number;
}

const scanBytes = 1 << 18;
const grainBytes = 4096;
const zeros = Buffer.alloc(scanBytes);

export interface SparseLayout {
  readonly size: number;
  readonly extents: readonly Extent[];
  readonly map: Buffer;
  /** Of the map and the data. */
  readonly storedBytes: number;
}

export function sparseLayout(fd: number, size: number): SparseLayout {
  const extents = dataExtents(fd, size);
  const map = sparseMap(extents, size);
  const storedBytes = extents.reduce((sum, { bytes }) => sum + bytes, map.length);
  return { size, extents, map, storedBytes };
}

/** Writes map and data; returns the SHA-256 of the contents with holes as zeros. */
export function writeExtents(out: BlockWriter, fd: number, layout: SparseLayout): string {
  out.put(layout.map);
  const digest = createHash('sha256');
  let end = 0;
  for (const extent of layout.extents) {
    hashZeros(digest, extent.offset - end);
    copyExtent(out, fd, { ...extent, digest });
    end = extent.offset + extent.bytes;
  }
  hashZeros(digest, layout.size - end);
  return digest.digest('hex');
}

/** Node cannot ask for holes (SEEK_HOLE): whole grains of zeros count as such. */
function dataExtents(fd: number, size: number): Extent[] {
  const extents: Extent[] = [];
  const buffer = Buffer.allocUnsafe(scanBytes);
  for (let offset = 0; offset < size; offset += scanBytes) {
    const piece = buffer.subarray(0, Math.min(scanBytes, size - offset));
    piece.fill(0, readFully(fd, piece, offset));
    if (!isZero(piece)) addGrains(extents, piece, offset);
  }
  return extents;
}

function addGrains(extents: Extent[], piece: Buffer, offset: number): void {
  for (let at = 0; at < piece.length; at += grainBytes) {
    const grain = piece.subarray(at, at + grainBytes);
    if (isZero(grain)) continue;
    const last = extents.at(-1);
    const start = offset + at;
    if (last !== undefined && last.offset + last.bytes === start) {
      extents[extents.length - 1] = { offset: last.offset, bytes: last.bytes + grain.length };
    } else {
      extents.push({ offset: start, bytes: grain.length });
    }
  }
}

const isZero = (piece: Buffer): boolean => piece.compare(zeros, 0, piece.length) === 0;

/** Decimal numbers, a line each: how many extents, then offset and size of each. A last empty one marks the end. */
function sparseMap(extents: readonly Extent[], size: number): Buffer {
  const last = extents.at(-1);
  const reachesEnd = last !== undefined && last.offset + last.bytes === size;
  const listed = reachesEnd ? extents : [...extents, { offset: size, bytes: 0 }];
  const lines = [listed.length, ...listed.flatMap(({ offset, bytes }) => [offset, bytes])];
  const text = lines.map((line) => `${line}\n`).join('');
  const map = Buffer.alloc(Math.max(padded(text.length), blockBytes));
  map.write(text, 'latin1');
  return map;
}

interface HashedExtent extends Extent {
  readonly digest: Hash;
}

function copyExtent(out: BlockWriter, fd: number, { offset, bytes, digest }: HashedExtent): void {
  for (let done = 0; done < bytes; ) {
    const position = offset + done;
    const piece = out.fill(bytes - done, (target) => {
      target.fill(0, readFully(fd, target, position));
      return target.length;
    });
    digest.update(piece);
    done += piece.length;
  }
}

export function hashZeros(digest: Hash, bytes: number): void {
  for (let left = bytes; left > 0; left -= scanBytes) {
    digest.update(left < scanBytes ? zeros.subarray(0, left) : zeros);
  }
}
