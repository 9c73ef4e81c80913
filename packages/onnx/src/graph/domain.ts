/** The domain of soft pooling in ONNX models. */

/** The domain of the functions that compute soft pooling, and of the nodes that call them. */
export const DOMAIN = 'ai.softpool';

/** Its version. */
export const DOMAIN_VERSION = 1;
