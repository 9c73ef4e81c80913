/** A model that can be run, whatever runs it. */
import type { NamedTensors, TensorType } from '@softpool/onnx/internal';

/** An input of a model. */
export interface ModelInput {
  readonly name: string;
  readonly type: TensorType;
  /** Dynamic sizes are `undefined`. */
  readonly shape: readonly (number | undefined)[];
}

/** A model that can be run. Its errors are one line that names the file. */
export interface RunnableModel {
  readonly inputs: readonly ModelInput[];
  /** Hands over the inputs, so that several runs on the same inputs can be timed. */
  prepare(inputs: NamedTensors): PreparedRun;
}

/** A model with its inputs. */
interface PreparedRun {
  /** Runs the model until its outputs are computed. */
  run(): Promise<NamedTensors>;
  /** Frees the inputs. */
  dispose(): void;
}
