/** The side of SSIM's windows in pixels: the shortest side of an image that it takes. */
export const SSIM_WINDOW = 11;
