/**
 * `@softpool/media/internal/gif`: whether a GIF is whole or animated, for the site. It may change
 * in any release; import it only from packages of this repository.
 *
 * @module
 */
export { isAnimatedGif, isWholeGif } from './whole-gif.ts';
