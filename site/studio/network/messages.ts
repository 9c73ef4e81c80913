/** What the page and the worker of the network say to each other. */

/** A pooling as the network has it, or swapped for soft pooling. */
export type NetworkPooling = 'max' | 'soft';

/** One picture, and the β of soft pooling. */
export interface NetworkRequest {
  readonly picture: number;
  readonly beta: number;
}

/** Feature maps of one picture, [channels, side, side], channel after channel. */
export interface FeatureMaps {
  readonly data: Float32Array;
  readonly channels: number;
  readonly side: number;
}

/** What a network makes of a picture. */
export interface NetworkRun {
  /** The probability of each class. */
  readonly probabilities: readonly number[];
  /** The maps before and after each pooling. */
  readonly layers: readonly { readonly before: FeatureMaps; readonly after: FeatureMaps }[];
}

/** An answer to a request. */
export type NetworkAnswer =
  | { readonly kind: 'ran'; readonly request: NetworkRequest; readonly runs: Readonly<Record<NetworkPooling, NetworkRun>> }
  | { readonly kind: 'failed'; readonly message: string };
