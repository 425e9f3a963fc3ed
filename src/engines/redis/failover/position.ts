/**
 * Positions in a replication stream: `REPLID:OFFSET`. Offsets go on across a promotion; what two servers wrote
 * under different ids cannot be compared.
 */
export interface Position {
  readonly replid: string;
  /** Bytes of the stream. */
  readonly offset: number;
}

const pattern = /^([0-9a-f]{40}):(\d{1,15})$/;

export function parsePosition(text: string): Position | null {
  const [, replid, offset] = pattern.exec(text) ?? [];
  return replid === undefined || offset === undefined ? null : { replid, offset: Number(offset) };
}

export const positionText = ({ replid, offset }: Position): string => `${replid}:${offset}`;

/** From `from` to `to`; null where one of them is no position, or they are of two histories. */
export function distanceBytes(from: string, to: string): number | null {
  const [low, high] = [parsePosition(from), parsePosition(to)];
  if (low === null || high === null || low.replid !== high.replid) return null;
  return high.offset - low.offset;
}
