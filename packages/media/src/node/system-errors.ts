/**
 * System errors in words, for this package and those that depend on it. `@softpool/models` does
 * not depend on it, and has the few words that it needs.
 */

const WORDS: Partial<Record<string, string>> = {
  EACCES: 'permission denied',
  EDQUOT: 'the disk quota is used up',
  EEXIST: 'it already exists',
  EFBIG: 'the file is too large for its file system',
  EIO: 'the disk cannot read it',
  EISDIR: 'is a folder, not a file',
  ELOOP: 'too many symbolic links',
  EMFILE: 'too many open files',
  ENAMETOOLONG: 'the name is too long',
  ENOENT: 'no such file or folder',
  ENOSPC: 'no space left',
  ENOTDIR: 'a part of the path is a file, not a folder',
  EPERM: 'permission denied',
  EROFS: 'the file system is read-only',
  EXDEV: 'its folder is on another file system than the output folder',
  ERR_FS_FILE_TOO_LARGE: 'the file is larger than 2 GiB',
};

/** What went wrong with a file, in a few words; `undefined` for any other error. */
export function systemErrorText(error: unknown): string | undefined {
  const { code = '', path = '' } = error as NodeJS.ErrnoException;
  // Node cannot pass on a name that is not UTF-8: U+FFFD replaces its bytes.
  return code === 'ENOENT' && path.includes('\ufffd') ? 'its name is not valid UTF-8; rename it' : WORDS[code];
}
