/** The sides of a picture or of a video's frames, in pixels. */
export interface Sides {
  readonly width: number;
  readonly height: number;
}

/** The sides of something that may have more. */
export function sidesOf({ width, height }: Sides): Sides {
  return { width, height };
}
