/** What the engine asks of the program `files-archive`, by a file in the scratch directory. */

/** The program trusts it: it comes from this very code, in a private directory. */
export interface ArchiveJob {
  /** A real path: no part of it is a link. */
  readonly root: string;
  readonly include: readonly string[];
  readonly exclude: readonly string[];
  readonly oneFileSystem: boolean;
  /** Holdfast's own directories, relative to the root. */
  readonly ownPaths: readonly string[];
  /** Listing of `getfattr`; absent where that is not installed. */
  readonly xattrsFile?: string;
  readonly parent?: { readonly id: string; readonly indexFile: string };
  /** What changed from this moment on (nanoseconds, the file system's clock) may change again unseen. */
  readonly startedAt: string;
  readonly indexFile: string;
  readonly resultFile: string;
}

export const problemsKept = 100;
