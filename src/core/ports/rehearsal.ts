/**
 * A cluster of the engine's own making, for a drill of a failover: a primary that is filled by a restore, then
 * replicated. Everything of it lies in one temporary folder and listens on loopback only.
 */

export interface RehearsalOptions {
  /** Of the server that the backup is of: `15.18`. */
  readonly version: string;
  readonly signal: AbortSignal;
  /** Set in the environment of each server, so that whoever ends this task finds them. */
  readonly mark: Readonly<Record<string, string>>;
}

export interface Rehearsal {
  open(options: RehearsalOptions): Promise<ScratchPrimary>;
}

export interface ScratchPrimary {
  /** As `RestoreRequest.target`. */
  readonly target: string;
  readonly version: string;
  /** Makes a replica that streams, a user for the application and a place for its writes. */
  replicate(): Promise<ScratchCluster>;
  /** Ends every server at once and removes the folder; safe to repeat. */
  close(): Promise<void>;
}

export interface ScratchNode {
  readonly name: string;
  /** The administrator's URL. */
  readonly url: string;
  /** As `RestoreRequest.target`: the node without a database. */
  readonly target: string;
  readonly control: {
    readonly stop: readonly string[];
    readonly start: readonly string[];
    readonly data: string;
    readonly bin: string;
    readonly user?: string;
  };
}

export interface ScratchCluster {
  readonly primary: ScratchNode;
  readonly replica: ScratchNode;
  /** The application's URL, at the primary. */
  readonly application: string;
  /** `urlOf` finds the node before each connection; absent, one is tried after the other. */
  startLoad(urlOf?: (turn: number) => string | Promise<string>): WriteLoad;
  /** SIGKILL to every process of the server. */
  kill(node: ScratchNode): Promise<void>;
  /** Whose writes are there: the numbers that the load gave them. */
  written(node: ScratchNode): Promise<ReadonlySet<number>>;
}

/** A write whose commit the server has confirmed to the client. */
export interface AcknowledgedWrite {
  readonly id: number;
  /** Milliseconds of a clock that does not jump. */
  readonly at: number;
}

/** One client that writes without pause to whichever node takes it, and remembers what was confirmed. */
export interface WriteLoad {
  readonly acknowledged: readonly AcknowledgedWrite[];
  stop(): Promise<void>;
}
