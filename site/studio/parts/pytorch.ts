/**
 * SoftPool in PyTorch, for users of Python: stable at any magnitude, differentiable, and exported
 * to ONNX as standard operators (slices, softmax, sum).
 */
const DEFINITION = `import torch
import torch.nn.functional as F


def soft_pool2d(x, kernel_size, stride=None, padding=0, dilation=1, beta=1.0):
    """Softmax-weighted pooling of [N, C, H, W]. Padding has no weight."""
    pair = lambda value: (value, value) if isinstance(value, int) else tuple(value)
    (kh, kw), (sh, sw) = pair(kernel_size), pair(stride or kernel_size)
    (ph, pw), (dh, dw) = pair(padding), pair(dilation)
    x = F.pad(x, (pw, pw, ph, ph), value=torch.finfo(x.dtype).min)
    rows = (x.shape[2] - dh * (kh - 1) - 1) // sh + 1
    columns = (x.shape[3] - dw * (kw - 1) - 1) // sw + 1
    taps = torch.stack([
        x[:, :, i * dh : i * dh + (rows - 1) * sh + 1 : sh, j * dw : j * dw + (columns - 1) * sw + 1 : sw]
        for i in range(kh) for j in range(kw)
    ], dim=-1)
    weights = torch.softmax(beta * (taps - taps.amax(-1, keepdim=True)), dim=-1)
    return (weights * taps).sum(-1)


`;

/** The definition and a call of it. */
export function pytorch(call: string): string {
  return `${DEFINITION}${call}\n`;
}
