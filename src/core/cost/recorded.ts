/** What runs need, as recorded.json says: counted on real runs by `npm run bench record`. */
import figures from './recorded.json' with { type: 'json' };

/** Of one execution that succeeded. */
export interface RecordedRun {
  /** States entered and attempts repeated: what Step Functions bills. */
  readonly transitions: number;
  /** Events of the history. */
  readonly events: number;
  readonly largestPayloadBytes: number;
  readonly functions: number;
  readonly functionSeconds: number;
  readonly tasks: number;
  /** S3 requests billed as PUT: PUT, COPY, POST, LIST. */
  readonly put: number;
  /** S3 requests billed as GET: GET, HEAD. */
  readonly get: number;
}

/** `base + perSet × sets`: what a run reads grows with the sets that its source has. */
export interface Growing {
  readonly base: number;
  readonly perSet: number;
}

export interface Requests {
  readonly put: number;
  readonly get: number;
}

export interface RecordedMachine
  extends Pick<
    RecordedRun,
    'transitions' | 'events' | 'largestPayloadBytes' | 'functions' | 'tasks'
  > {
  readonly functionSeconds: Growing;
  readonly put: Growing;
  readonly get: Growing;
}

/** `base + perRun × runs`. */
export interface PerRun {
  readonly base: number;
  readonly perRun: number;
}

export interface RecordedFigures {
  readonly recordedOn: string;
  readonly how: string;
  /** A backup of one stored object for the data and one for the index, each one part. */
  readonly full: RecordedMachine;
  /** The chain is as long as the sets are many. */
  readonly incremental: RecordedMachine;
  /** `full` with one copy made by Holdfast. */
  readonly fullWithCopy: RecordedMachine;
  readonly drill: RecordedMachine;
  /** Sets of all sources. */
  readonly health: RecordedMachine;
  /** For each source, where they are so many that only the newest sets are read. */
  readonly healthOfMany: Requests;
  /** What starts all that one schedule makes due; the runs have their own executions. */
  readonly scheduled: {
    readonly functions: number;
    readonly transitions: PerRun;
    readonly events: PerRun;
    readonly largestPayloadBytes: PerRun;
  };
  /** More than the first two objects, for each. */
  readonly perObject: Requests;
  /** For each part of an object that is cut into parts. */
  readonly perPart: Requests;
  readonly perRemovedSet: Requests;
}

export const recorded: RecordedFigures = figures;

export const at = ({ base, perSet }: Growing, sets: number): number => base + perSet * sets;
