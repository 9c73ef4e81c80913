/** Results of the experiment `latency`. */

/** The name of a pooling. */
export type PoolingName =
  | 'soft, per channel'
  | 'soft, exact gradient'
  | 'soft, shared weights'
  | 'average'
  | 'max'
  | 'soft, composed of ops';

/** The timings of one pooling. */
export type LatencyTiming = {
  /** The pooling. */
  readonly pooling: PoolingName;
  /** With or without its gradient. */
  readonly pass: 'forward' | 'forward and backward';
  /** Milliseconds per call, one value for each round. */
  readonly milliseconds: readonly number[];
  /** Peak bytes of tensors during a call, without its input. */
  readonly peakBytes: number;
};

/** The results for a backend and a shape. */
export type LatencyResult =
  | {
      /** Why the backend cannot start. */
      readonly missing: string;
    }
  | {
      /** Description of the device. */
      readonly device: string;
      /** Timings of each pooling and pass. */
      readonly timings: readonly LatencyTiming[];
    };
