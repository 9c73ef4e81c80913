"""Checks the PyTorch snippet of the studio: against a loop in numpy, and as ONNX in a runtime.

Run: python3 site/build/check_pytorch.py (numpy, PyTorch 1.13 or later; Debian's python3-torch)
"""

import io
import re
from pathlib import Path

import numpy as np
import torch

SOURCE = (Path(__file__).parent.parent / "studio/parts/pytorch.ts").read_text()
exec(re.search(r"`(import torch.*?)`;", SOURCE, re.S).group(1))


def by_loops(x, kernel, stride, padding, dilation, beta):
    height, width = ((side + 2 * padding - dilation * (kernel - 1) - 1) // stride + 1 for side in x.shape[2:])
    y = np.zeros((*x.shape[:2], height, width))
    for n, c, row, column in np.ndindex(*y.shape):
        rows = [row * stride - padding + tap * dilation for tap in range(kernel)]
        columns = [column * stride - padding + tap * dilation for tap in range(kernel)]
        values = np.array([x[n, c, i, j] for i in rows for j in columns if 0 <= i < x.shape[2] and 0 <= j < x.shape[3]])
        weights = np.exp(beta * (values - values.max()))
        y[n, c, row, column] = (weights * values).sum() / weights.sum()
    return y


for options in [(2, 2, 0, 1, 1), (3, 2, 1, 1, 4.44), (3, 1, 2, 2, 0.5), (2, 3, 0, 2, 0), (5, 1, 2, 1, 1000)]:
    for scale in (1, 1000):
        x = np.random.default_rng(1).normal(size=(2, 3, 11, 9)) * scale
        assert np.abs(soft_pool2d(torch.tensor(x), *options).numpy() - by_loops(x, *options)).max() <= 1e-12 * scale, options


class Stem(torch.nn.Module):
    def forward(self, x):
        return soft_pool2d(x, 3, 2, 1)


torch.onnx.export(Stem(), torch.randn(1, 3, 16, 16), io.BytesIO(), opset_version=17)
print("the snippet agrees with the loops, and exports to ONNX")
