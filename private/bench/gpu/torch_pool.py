"""PyTorch's average and maximum pooling, as SoftPool is measured beside them: the same tensors and windows, by the device's events.

Prints a line of JSON for each measurement: milliseconds a call, bytes that must move, and the milliseconds of a copy of as many bytes.
Average pooling backward need not read x; maximum pooling writes, and backward reads, an int64 index for each output.
"""

import json
import statistics
import sys

import torch

ROUNDS = 15
SAMPLE_MILLISECONDS = 10
SHAPES = {2: (32, 64, 112, 112), 3: (8, 64, 16, 56, 56)}
WINDOWS = ((2, 2, 0), (3, 2, 1))
DTYPES = (torch.float32, torch.float16)
LAYOUTS = ("channelsFirst", "channelsLast")
INDEX_BYTES = 8


def milliseconds(calls, call):
    """Of so many calls."""
    start, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
    start.record()
    for _ in range(calls):
        call()
    end.record()
    end.synchronize()
    return start.elapsed_time(end)


def calls_of(call):
    """Calls that take as long as a sample does."""
    for _ in range(3):
        milliseconds(1, call)
    once = max(1e-3, min(milliseconds(1, call) for _ in range(3)))
    return min(2000, -int(-SAMPLE_MILLISECONDS // once))


def measure(subjects, rounds=ROUNDS):
    """Samples of each subject, in turn within each round."""
    calls = {name: calls_of(call) for name, call in subjects.items()}
    samples = {name: [] for name in subjects}
    for _ in range(rounds):
        for name, call in subjects.items():
            samples[name].append(milliseconds(calls[name], call) / calls[name])
    return samples


def subjects_of(x, dims, window):
    """What is measured on a tensor, each with the bytes that it must move."""
    kernel, stride, padding = ([size] * dims for size in window)
    aten = torch.ops.aten
    average, average_backward = (getattr(aten, f"avg_pool{dims}d{end}") for end in ("", "_backward"))
    maximum, maximum_backward = (getattr(aten, f"max_pool{dims}d_with_indices{end}") for end in ("", "_backward"))
    y, indices = maximum(x, kernel, stride, padding, [1] * dims, False)
    dy = torch.randn_like(y)
    size = x.element_size()
    inputs, outputs = size * x.numel(), size * y.numel()
    index_bytes = INDEX_BYTES * y.numel()
    averages = (kernel, stride, padding, False, True, None)
    maxima = (kernel, stride, padding, [1] * dims, False)
    return {
        ("average", "forward"): (lambda: average(x, *averages), inputs + outputs),
        ("average", "backward"): (lambda: average_backward(dy, x, *averages), inputs + outputs),
        ("max", "forward"): (lambda: maximum(x, *maxima), inputs + outputs + index_bytes),
        ("max", "backward"): (lambda: maximum_backward(dy, x, *maxima, indices), inputs + outputs + index_bytes),
    }


def copy_of(count, device):
    """A copy that moves so many bytes: half of them read, half of them written."""
    source, target = (torch.zeros(count // 2, dtype=torch.uint8, device=device) for _ in range(2))
    return lambda: target.copy_(source)


def tensor_of(dims, dtype, layout, device, shape=None):
    last = torch.channels_last if dims == 2 else torch.channels_last_3d
    memory_format = torch.contiguous_format if layout == "channelsFirst" else last
    return torch.randn(shape or SHAPES[dims], device=device).to(dtype).contiguous(memory_format=memory_format)


def main():
    if not torch.cuda.is_available():
        sys.exit("torch_pool: PyTorch finds no CUDA device here")
    device = torch.device("cuda")
    for dims in SHAPES:
        for window in WINDOWS:
            for dtype in DTYPES:
                for layout in LAYOUTS:
                    with torch.no_grad():
                        subjects = subjects_of(tensor_of(dims, dtype, layout, device), dims, window)
                        calls = {name: call for name, (call, _) in subjects.items()}
                        copies = {moved: copy_of(moved, device) for moved in {moved for _, moved in subjects.values()}}
                        samples = measure({**calls, **copies})
                    for name, (_, moved) in subjects.items():
                        first, median, third = statistics.quantiles(samples[name], n=4, method="inclusive")
                        line = {
                            "subject": f"PyTorch {name[0]}",
                            "device": torch.cuda.get_device_name(device),
                            "dims": dims,
                            "window": dict(zip(("kernelSize", "stride", "padding"), window)),
                            "dtype": str(dtype).removeprefix("torch."),
                            "layout": layout,
                            "pass": name[1],
                            "shape": SHAPES[dims],
                            "bytes": moved,
                            "median": median,
                            "quartiles": [first, third],
                            "copy": statistics.median(samples[moved]),
                            "version": torch.__version__,
                        }
                        print(json.dumps(line), flush=True)


if __name__ == "__main__":
    main()
