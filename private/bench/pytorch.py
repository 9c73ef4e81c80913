"""PyTorch as a peer: computes what each line of the standard input names, and answers when done.

Arguments: the shape [N, C, H, W]. A line: a subject and the number of threads.
"""
import sys

import torch
from torch.nn.functional import avg_pool2d

x = torch.randn([int(size) for size in sys.argv[1:]])


def composition():
    """The original's code where its CUDA kernels are missing, for windows of 2 at stride 2."""
    e = torch.sum(torch.exp(x), dim=1, keepdim=True)
    return avg_pool2d(x.mul(e), 2).mul_(4).div_(avg_pool2d(e, 2).mul_(4))


subjects = {'average': lambda: avg_pool2d(x, 2), 'composition': composition}
with torch.no_grad():
    for line in sys.stdin:
        subject, threads = line.split()
        if int(threads) != torch.get_num_threads():
            torch.set_num_threads(int(threads))
        subjects[subject]()
        print('done', flush=True)
