/**
 * Commands as an append-only file and a replication stream write them: `*2\r\n$3\r\nDEL\r\n$1\r\nk\r\n`. A replica
 * writes what it was sent byte for byte; what each side adds for itself (SELECT, time stamps) is passed over.
 */
export interface Command {
  /** Where it begins and ends in the bytes it was read from. */
  readonly begin: number;
  readonly end: number;
  readonly words: readonly Buffer[];
}

const [star, dollar, hash] = [0x2a, 0x24, 0x23];

/** `undefined`: no whole command begins at `begin`. */
export function readCommand(bytes: Buffer, begin: number): Command | undefined {
  const count = readCount(bytes, begin, star);
  if (count === undefined || count.value < 1) return undefined;
  const words: Buffer[] = [];
  let at = count.end;
  while (words.length < count.value) {
    const length = readCount(bytes, at, dollar);
    if (length === undefined || !endsLine(bytes, length.end + length.value)) return undefined;
    words.push(bytes.subarray(length.end, length.end + length.value));
    at = length.end + length.value + 2;
  }
  return { begin, end: at, words };
}

/** `*3\r\n`, `$7\r\n`. */
function readCount(bytes: Buffer, at: number, kind: number) {
  if (bytes[at] !== kind) return undefined;
  const line = bytes.indexOf('\r\n', at);
  if (line < 0 || line - at > 12) return undefined;
  const value = Number(bytes.toString('latin1', at + 1, line));
  return Number.isSafeInteger(value) ? { value, end: line + 2 } : undefined;
}

const endsLine = (bytes: Buffer, at: number): boolean =>
  bytes[at] === 0x0d && bytes[at + 1] === 0x0a;

/** All whole commands from `begin` on; `rest` is where the last one ends. */
export function readCommands(bytes: Buffer, begin: number): { all: Command[]; rest: number } {
  const all: Command[] = [];
  let at = begin;
  for (;;) {
    at = afterStamp(bytes, at);
    const command = readCommand(bytes, at);
    if (command === undefined) return { all, rest: at };
    if (nameOf(command) !== 'SELECT') all.push(command);
    at = command.end;
  }
}

/** `#TS:1764337661\r\n` before a command, where `aof-timestamp-enabled`. */
function afterStamp(bytes: Buffer, at: number): number {
  if (bytes[at] !== hash) return at;
  const line = bytes.indexOf('\r\n', at);
  return line < 0 ? at : afterStamp(bytes, line + 2);
}

export const nameOf = ({ words }: Command): string =>
  (words[0]?.toString('latin1') ?? '').toUpperCase();

/** The end of a file, cut anywhere: from the first place where everything to its end is whole commands. */
export function readTail(bytes: Buffer, isWhole: boolean): readonly Command[] {
  for (let at = 0; at >= 0 && at < bytes.length; at = next(bytes, at)) {
    const { all, rest } = readCommands(bytes, at);
    if (rest === bytes.length) return all;
    if (isWhole) return all;
  }
  return [];
}

function next(bytes: Buffer, at: number): number {
  const line = bytes.indexOf('\r\n*', at);
  return line < 0 ? -1 : line + 2;
}

/** `SET ledger:17`, with a transaction's name alone: never a value of the application's. */
export const describe = ({ words: [name, key] }: Command): string =>
  [name, key]
    .map((word) => word?.toString('utf8').slice(0, 100) ?? '')
    .join(' ')
    .trim();
