/** Buffers that are used again, and how many parts may be on their way at once. */
export interface PartPool {
  readonly partSizeBytes: number;
  /** A buffer of `partSizeBytes`, with the bytes of its last use. */
  take(): Buffer;
  giveBack(buffer: Buffer): void;
  /** Runs `work` once fewer than the allowed number are running. */
  inFlight<T>(work: () => Promise<T>): {
    readonly started: Promise<void>;
    readonly done: Promise<T>;
  };
}

export function createPartPool(partSizeBytes: number, partsInFlight: number): PartPool {
  const free: Buffer[] = [];
  const create = (): Buffer => Buffer.allocUnsafeSlow(partSizeBytes);
  let isReserved = false;
  /** With the first full part, so that what does not fit is known then, and small dumps take little. */
  const reserve = (): void => {
    if (isReserved) return;
    isReserved = true;
    while (free.length < partsInFlight) free.push(create().fill(0));
  };
  const waiting: (() => void)[] = [];
  let running = 0;
  const enter = async (): Promise<void> => {
    if (running < partsInFlight) {
      running += 1;
      return;
    }
    await new Promise<void>((resolve) => waiting.push(resolve));
  };
  const leave = (): void => {
    const next = waiting.shift();
    if (next) next();
    else running -= 1;
  };
  return {
    partSizeBytes,
    take: () => free.pop() ?? create(),
    giveBack: (buffer) => void free.push(buffer),
    inFlight(work) {
      reserve();
      const started = enter();
      const done = started.then(work).finally(leave);
      return { started, done };
    },
  };
}
