/** Positions in the write-ahead log: `16/B374D848`. */
const pattern = /^([0-9A-F]{1,8})\/([0-9A-F]{1,8})$/i;

export function lsnNumber(lsn: string): bigint | null {
  const [, high, low] = pattern.exec(lsn) ?? [];
  if (high === undefined || low === undefined) return null;
  return (BigInt(`0x${high}`) << 32n) + BigInt(`0x${low}`);
}

export const lsnText = (value: bigint): string =>
  `${(value >> 32n).toString(16).toUpperCase()}/${(value & 0xffffffffn).toString(16).toUpperCase()}`;

/** From `from` to `to`; null where one of them is no position. */
export function distanceBytes(from: string, to: string): number | null {
  const [low, high] = [lsnNumber(from), lsnNumber(to)];
  return low === null || high === null ? null : Number(high - low);
}

/** NULL is never "far enough". */
export const hasReached = (position: string | null, until: string): boolean => {
  const distance = position === null ? null : distanceBytes(until, position);
  return distance !== null && distance >= 0;
};

/** A record is replayed whole or not at all: who is past its first byte has all of it. */
export const justBehind = (position: string): string => {
  const number = lsnNumber(position);
  return number === null ? position : lsnText(number + 1n);
};
