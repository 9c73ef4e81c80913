#!/usr/bin/env python3
"""PyTorch's average and maximum pooling on the problems of SoftPool, by the device's events.

Reads problems, a line each (see softpool.cu), and prints a line of JSON for each measurement.
Average pooling backward need not read x. Maximum pooling writes an int64 index for each output,
and reads it backward.
"""

import json
import sys

import torch

ROUNDS = 15
SAMPLE_MILLISECONDS = 10


def milliseconds(call, calls):
    start, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
    start.record()
    for _ in range(calls):
        call()
    end.record()
    end.synchronize()
    return start.elapsed_time(end) / calls


def calls_per_sample(call):
    milliseconds(call, 3)
    once = max(1e-3, min(milliseconds(call, 1) for _ in range(3)))
    return min(2000, -int(-SAMPLE_MILLISECONDS // once))


def subjects_of(x, kernel, stride, padding, is_forward):
    """The calls, each with the bytes that it must move."""
    dims = x.dim() - 2
    window = ([kernel] * dims, [stride] * dims, [padding] * dims)
    average_options, max_options = (*window, False, True, None), (*window, [1] * dims, False)
    name = "{}_pool{}d{}".format
    y, indices = getattr(torch.ops.aten, name("max", dims, "_with_indices"))(x, *max_options)
    dy = torch.randn_like(y)
    end = "" if is_forward else "_backward"
    average = getattr(torch.ops.aten, name("avg", dims, end))
    maximum = getattr(torch.ops.aten, name("max", dims, f"_with_indices{end}"))
    inputs, index = ((x,), ()) if is_forward else ((dy, x), (indices,))
    moved = x.element_size() * (x.numel() + y.numel())
    return {
        "PyTorch average": (lambda: average(*inputs, *average_options), moved),
        "PyTorch max": (lambda: maximum(*inputs, *max_options, *index), moved + 8 * y.numel()),
    }


def main():
    for line in sys.stdin:
        number, *sizes, dtype, layout, direction = line.split()
        *shape, kernel, stride, padding = map(int, sizes)
        x = torch.randn([size for size in shape if size > 0], device="cuda").to(getattr(torch, dtype))
        if layout == "channelsLast":
            x = x.contiguous(memory_format=torch.channels_last if x.dim() == 4 else torch.channels_last_3d)
        calls, results = {}, {}
        for subject, (call, moved) in subjects_of(x, kernel, stride, padding, direction == "forward").items():
            source, target = (torch.zeros(moved // 2, dtype=torch.uint8, device="cuda") for _ in range(2))
            results[subject] = {"subject": subject, "problem": int(number), "bytes": moved, "samples": [], "copies": []}
            calls[subject, "samples"] = call
            calls[subject, "copies"] = lambda source=source, target=target: target.copy_(source)
        counts = {key: calls_per_sample(call) for key, call in calls.items()}
        for _ in range(ROUNDS):
            for (subject, kind), call in calls.items():
                results[subject][kind].append(milliseconds(call, counts[subject, kind]))
        for result in results.values():
            print(json.dumps(result), flush=True)


if __name__ == "__main__":
    with torch.no_grad():
        main()
