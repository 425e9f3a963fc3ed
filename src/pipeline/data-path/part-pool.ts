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
    take: () => free.pop() ?? Buffer.allocUnsafeSlow(partSizeBytes),
    giveBack: (buffer) => void free.push(buffer),
    inFlight(work) {
      const started = enter();
      const done = started.then(work).finally(leave);
      return { started, done };
    },
  };
}
