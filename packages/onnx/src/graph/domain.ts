/** Domains of operators in ONNX models. */

/** The domain of the functions that compute soft pooling, and of the nodes that call them. */
export const DOMAIN = 'ai.softpool';

/** Its version. */
export const DOMAIN_VERSION = 1;

/** The domain of ONNX Runtime's own operators, which its optimizer and its quantizer write. */
export const RUNTIME_DOMAIN = 'com.microsoft';

/** The domain of those whose channels are in blocks, which only its optimizer writes. */
export const BLOCKED_DOMAIN = 'com.microsoft.nchwc';
