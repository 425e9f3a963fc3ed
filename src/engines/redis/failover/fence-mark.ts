/**
 * The fence is a setting of the server's own: more replicas are asked for than there ever are, and every write
 * is refused, NOREPLICAS. It is seen by whoever looks, lies in the server's file, and holds what was set before.
 */
const mark = 1_000_000_000;

export interface WriteGate {
  /** `min-replicas-to-write`. */
  readonly replicas: number;
  /** `min-replicas-max-lag`, seconds: 0 turns the gate off. */
  readonly maxLag: number;
}

export const isFenced = ({ replicas }: WriteGate): boolean => replicas >= mark;

/** A lag of 0 is kept as the mark itself: the gate must be on. */
export const fenced = (gate: WriteGate): WriteGate =>
  isFenced(gate)
    ? gate
    : { replicas: mark + gate.replicas, maxLag: gate.maxLag === 0 ? mark : gate.maxLag };

export const unfenced = (gate: WriteGate): WriteGate =>
  isFenced(gate)
    ? { replicas: gate.replicas - mark, maxLag: gate.maxLag === mark ? 0 : gate.maxLag }
    : gate;

/** As both `CONFIG SET` and the file take them. */
export const gateSettings = ({ replicas, maxLag }: WriteGate) =>
  [
    ['min-replicas-to-write', String(replicas)],
    ['min-replicas-max-lag', String(maxLag)],
  ] as const;

export const gateOf = (settings: Readonly<Record<string, string>>): WriteGate => ({
  replicas: Number(settings['min-replicas-to-write'] ?? 0),
  maxLag: Number(settings['min-replicas-max-lag'] ?? 10),
});
