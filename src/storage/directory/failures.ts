/** What the operating system says, as the port says it. */
import { type FailureMeaning, HoldfastError, StoreError } from '../../core/errors.ts';

const full: FailureMeaning = {
  code: 'STORE_FULL',
  hint: 'Free space there ("holdfast prune --dry-run" says what could go), or move the vault to a larger disk. Nothing half-written was left.',
};
const denied: FailureMeaning = {
  code: 'STORE_DENIED',
  hint: 'Run as the owner of the directory, or give it to this user: chown -R "$(id -un)" DIRECTORY.',
};
const unreachable: FailureMeaning = {
  code: 'STORE_UNREACHABLE',
  hint: 'Check the disk or its mount (dmesg, mount), then run again.',
  retryable: true,
};
const misplaced: FailureMeaning = {
  code: 'KEY_INVALID',
  hint: 'A file stands where a folder of the vault is needed, or the other way round: find out who put it there.',
};
const unsupported: FailureMeaning = {
  code: 'STORE_UNSUPPORTED',
  hint: 'The file system lacks hard links, by which objects are created without replacing: use ext4, xfs, btrfs, zfs, NFS or APFS.',
};

const meanings: Readonly<Record<string, FailureMeaning>> = {
  ENOSPC: full,
  EDQUOT: full,
  EFBIG: full,
  EACCES: denied,
  EROFS: { ...denied, hint: 'The file system is mounted read-only: mount it for writing.' },
  EEXIST: misplaced,
  ENOTDIR: misplaced,
  EISDIR: misplaced,
  ENAMETOOLONG: { ...misplaced, hint: 'The path of the vault is too long for this file system.' },
  EMFILE: {
    ...unreachable,
    hint: 'Too many open files: raise "ulimit -n" or lower limits.concurrency.',
  },
};

export function errorCode(error: unknown): string | undefined {
  return error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
}

/** Turns a failed system call into a StoreError; errors of ours and aborts pass through. */
export function storeFailure(action: string, error: unknown): unknown {
  if (error instanceof HoldfastError || isAbort(error)) return error;
  const code = errorCode(error);
  if (code === undefined) return error;
  const { hint, retryable, code: storeCode } = meaning(code, error);
  const seen = error instanceof Error ? error.message : code;
  return new StoreError(`${action} failed: ${seen}`, {
    code: storeCode,
    hint,
    retryable: retryable ?? false,
    cause: error,
  });
}

function meaning(code: string, error: unknown): FailureMeaning {
  const call = (error as NodeJS.ErrnoException).syscall;
  const noLinks = ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK', 'EXDEV'];
  if (call === 'link' && noLinks.includes(code)) return unsupported;
  if (code === 'EPERM') return denied;
  return meanings[code] ?? unreachable;
}

function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === 'AbortError';
}
