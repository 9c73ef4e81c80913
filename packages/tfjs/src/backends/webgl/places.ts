/**
 * GLSL: the inputs of a window, and the windows of an input. `poolGeometry` has tables of them. The
 * programs compute them again, since a table would be a texture to upload and to read for every
 * element. The options are checked: no window is empty.
 */
export const PLACES = /* glsl */ `
// floor((i a + rest) / b) where i a may exceed an int. The estimate is off by little, so the remainder
// is exact although products wrap around.
int quotient(int i, int a, int b, int rest) {
  int estimate = int(float(i) * (float(a) / float(b)));
  int remainder = int(uint(i) * uint(a) - uint(estimate) * uint(b)) + rest;
  return estimate + (remainder < 0 ? -((b - 1 - remainder) / b) : remainder / b);
}

// The first tap of a window along an axis, and its number of taps. Windows with stride 0 are adaptive
// bins.
ivec2 tapsOf(int axis, int window) {
  int size = inputSize[axis];
  if (stride[axis] == 0) {
    int start = quotient(window, size, outputSize[axis], 0);
    return ivec2(start, quotient(window + 1, size, outputSize[axis], -1) + 1 - start);
  }
  int gap = dilation[axis];
  int origin = window * stride[axis] - padding[axis];
  int first = origin < 0 ? (gap - 1 - origin) / gap : 0;
  int last = min(kernelSize[axis] - 1, (size - 1 - origin) / gap);
  return ivec2(origin + first * gap, last - first + 1);
}

// The first and the last window that may have an input. With dilation, some between them do not have
// it.
ivec2 windowsOf(int axis, int place) {
  int count = outputSize[axis];
  if (stride[axis] == 0) {
    return ivec2(quotient(place, count, inputSize[axis], 0), quotient(place + 1, count, inputSize[axis], -1));
  }
  int reach = place + padding[axis];
  int before = reach - (kernelSize[axis] - 1) * dilation[axis];
  return ivec2(before > 0 ? (before + stride[axis] - 1) / stride[axis] : 0, min(count - 1, reach / stride[axis]));
}

// A window: the start of its channel, its first position, its first tap along each axis, and its taps.
struct Place {
  int channel;
  int position;
  ivec3 start;
  ivec3 count;
};

ivec3 coordinatesIn(ivec3 size, int index) {
  int row = index / size.z;
  int slice = row / size.y;
  return ivec3(slice, row - slice * size.y, index - row * size.z);
}

int spaceOf(ivec3 size) {
  return size.x * size.y * size.z;
}

// The window of an output. Elements are gap apart, and sharing planes have the same positions.
Place placeOf(int index, int gap, int sharing) {
  int rest = index / gap;
  int outputs = spaceOf(outputSize);
  int plane = rest / outputs;
  ivec3 window = coordinatesIn(outputSize, rest - plane * outputs);
  ivec2 d = tapsOf(0, window.x);
  ivec2 h = tapsOf(1, window.y);
  ivec2 w = tapsOf(2, window.z);
  int space = spaceOf(inputSize);
  return Place(plane * space * gap + index - rest * gap, plane / sharing * space, ivec3(d.x, h.x, w.x), ivec3(d.y, h.y, w.y));
}

int positionOf(Place place, int i, int j, int k) {
  ivec3 at = place.start + ivec3(i, j, k) * dilation;
  return (at.x * inputSize.y + at.y) * inputSize.z + at.z;
}

#define EACH_TAP(place) \\
  for (int i = 0; i < place.count.x; i++) \\
    for (int j = 0; j < place.count.y; j++) \\
      for (int k = 0; k < place.count.z; k++)
`;
