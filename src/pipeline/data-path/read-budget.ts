/**
 * How many ranges may be read ahead, all streams of a reader together. Each stream may always read the
 * one it waits for, so that a stream whose consumer waits for another cannot starve that one.
 */
export interface ReadBudget {
  tryTake(): boolean;
  giveBack(): void;
}

export function createReadBudget(ahead: number): ReadBudget {
  let free = ahead;
  return {
    tryTake() {
      if (free === 0) return false;
      free -= 1;
      return true;
    },
    giveBack: () => {
      free += 1;
    },
  };
}
