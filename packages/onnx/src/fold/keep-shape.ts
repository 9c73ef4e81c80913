/** Operators that keep the shape of their first input. */
export const KEEP_SHAPE: ReadonlySet<string> = new Set([
  ...['Identity', 'Cast', 'Exp', 'Relu', 'LeakyRelu', 'PRelu', 'Clip', 'Sigmoid', 'Tanh', 'Elu', 'Softplus', 'HardSigmoid', 'HardSwish'],
  ...['BatchNormalization', 'InstanceNormalization', 'Softmax', 'Dropout', 'Neg', 'Abs', 'Sqrt', 'Erf'],
]);
