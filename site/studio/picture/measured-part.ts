/** The longest side that is measured; of larger pictures the middle is. SSIM takes its time. */
const MEASURED_SIDE = 1536;

/** The part of a picture that is measured, aligned with the windows. */
export function measuredPart({ width, height }: { readonly width: number; readonly height: number }, factor: number) {
  const side = (length: number) => Math.min(length, Math.max(factor, Math.floor(MEASURED_SIDE / factor) * factor));
  const start = (length: number) => Math.floor((length - side(length)) / 2 / factor) * factor;
  return { left: start(width), top: start(height), width: side(width), height: side(height) };
}
