/**
 * What the engine asks of the program `files-extract`, a step at a time, by a file in the scratch
 * directory. The program trusts it: it comes from this very code, in a private directory.
 */
interface Job {
  readonly resultFile: string;
}

interface IndexJob extends Job {
  /** The index of the set, or of what was selected of it. */
  readonly indexFile: string;
}

export interface SelectJob extends IndexJob {
  readonly step: 'select';
  /** The id of the index's own set. */
  readonly set: string;
  readonly only: readonly string[];
  /** Written when `only` names patterns: the entries to restore. */
  readonly selectionFile: string;
}

export interface ExtractJob extends IndexJob {
  readonly step: 'extract';
  /** The id of the set whose archive comes on stdin, and whether the index is its own. */
  readonly set: string;
  readonly own: boolean;
  /** Absent: only verified. */
  readonly target?: string;
}

export interface FinishJob extends IndexJob {
  readonly step: 'finish';
  readonly target: string;
}

export interface CompareJob extends IndexJob {
  readonly step: 'compare';
  readonly target: string;
  readonly xattrsFile?: string;
}

export interface PlaceJob extends Job {
  readonly step: 'place';
  readonly staging: string;
  readonly target: string;
  /** An absent directory on the target's file system: takes what is replaced. */
  readonly aside: string;
  /** Names in the target that `whole` leaves alone. */
  readonly keep: readonly string[];
  /** Takes the place of what exists; else such a name is an error. */
  readonly overwrite: boolean;
  /** Everything that the target holds and the staging does not goes. */
  readonly whole: boolean;
}

export interface SurveyJob extends Job {
  readonly step: 'survey';
  readonly root: string;
  readonly maxEntries: number;
}

export type ExtractProgramJob =
  | SelectJob
  | ExtractJob
  | FinishJob
  | CompareJob
  | PlaceJob
  | SurveyJob;
