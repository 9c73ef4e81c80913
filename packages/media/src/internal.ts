/**
 * `@softpool/media/internal`: shared with the sibling packages, in Node. It may change in any
 * release; import it only from packages of this repository.
 *
 * @module
 */
export { type Lock, LockError, type Locked, type LockOptions, lockFile } from './node/lock.ts';
