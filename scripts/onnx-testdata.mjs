/** The folder of Debian's package libonnx-testdata: the operator tests of the ONNX standard. */
export const ONNX_TESTDATA = '/usr/share/libonnx-testdata/data';
