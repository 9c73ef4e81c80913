/**
 * `@softpool/media/internal/gif`: whether a GIF is whole, for the site. It may change in any
 * release; import it only from packages of this repository.
 *
 * @module
 */
export { isWholeGif } from './whole-gif.ts';
