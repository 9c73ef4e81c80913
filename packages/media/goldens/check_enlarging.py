"""Checks the figures of `softpool image --compare` with Pillow and scikit-image.

It needs Debian's package python3-skimage. In the root of the repository:

    npm run build
    for method in soft average max nearest lanczos3; do
      node packages/cli/dist/main.js image examples/photographs/astronaut.png -o $method.png \
        --factor 2 --method $method
    done
    python3 packages/media/goldens/check_enlarging.py examples/photographs/astronaut.png \
      soft.png average.png max.png nearest.png lanczos3.png

Each small picture is enlarged twice: by the Catmull-Rom spline in float64, with the outermost
pixels repeated, and by Pillow's BICUBIC, which is the same spline, but rounds between rows and
columns and leaves out pixels beyond the edges.
"""

import sys

import numpy as np
from PIL import Image
from skimage.metrics import peak_signal_noise_ratio, structural_similarity


def catmull_rom(x):
    x = abs(x)
    if x < 1:
        return 1.5 * x**3 - 2.5 * x**2 + 1
    return -0.5 * x**3 + 2.5 * x**2 - 4 * x + 2 if x < 2 else 0


def spline(size, large):
    """The weights of `size` samples in each of `large`."""
    weights = np.zeros((large, size))
    for i in range(large):
        center = (i + 0.5) * size / large - 0.5
        first = int(np.floor(center)) - 1
        for tap in range(first, first + 4):
            weights[i, min(size - 1, max(0, tap))] += catmull_rom(tap - center)
    return weights


def enlarged(small, width, height):
    rows, columns = spline(small.shape[0], height), spline(small.shape[1], width)
    large = np.einsum("yj,jic,xi->yxc", rows, small.astype(float), columns, optimize=True)
    return np.clip(np.floor(large + 0.5), 0, 255).astype(np.uint8)


def luma(picture):
    """Rounded to whole levels, as ssim.js does."""
    return np.round(picture.astype(float) @ [0.299, 0.587, 0.114])


def figures(original, other):
    gaussian = {"gaussian_weights": True, "sigma": 1.5, "use_sample_covariance": False}
    ssim = structural_similarity(luma(original), luma(other), data_range=255, **gaussian)
    return f"{ssim:.4f} {peak_signal_noise_ratio(original, other, data_range=255):.2f} dB"


original = np.asarray(Image.open(sys.argv[1]).convert("RGB"))
height, width = original.shape[:2]
for path in sys.argv[2:]:
    small = Image.open(path).convert("RGB")
    exact = enlarged(np.asarray(small), width, height)
    pillow = np.asarray(small.resize((width, height), Image.BICUBIC))
    print(f"{path}: float64 {figures(original, exact)}, Pillow {figures(original, pillow)}")
