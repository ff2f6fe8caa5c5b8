"""Rotary position embeddings: plain (ABF: a larger base), position interpolation, YaRN, and HARPE's base for every head.

h head size, pair i of h/2, T positions, G key/value heads. Frequencies are kept in double precision: float32 angles are
off by thousandths of a radian at positions in the ten thousands.
"""

import math

import torch
from torch import Tensor, nn

# HARPE, Table 2, in millions: the base of each of 32 heads.
PUBLISHED_32 = [
    1.00, 1.15, 1.30, 1.45, 2.17, 2.20, 2.23, 2.47, 2.50, 2.65, 2.68, 2.71, 2.74, 2.80, 2.83, 2.92,
    3.01, 3.04, 3.10, 3.13, 3.16, 3.22, 3.43, 3.46, 3.61, 3.88, 4.09, 4.15, 4.39, 4.45, 4.51, 4.54,
]  # fmt: skip


def frequencies(base: float, head_size: int) -> Tensor:
    """theta_i = base^(-2i/h), i = 0 .. h/2 - 1, in radians per position."""
    return base ** (-torch.arange(0, head_size, 2, dtype=torch.float64) / head_size)


def yarn_frequencies(options: dict, head_size: int) -> Tensor:
    """YaRN (arXiv 2309.00071): fast pairs keep their frequency, slow ones are interpolated, a ramp lies between."""
    theta = frequencies(options["base"], head_size)
    if options["ramp"] == "rotations":  # the paper's equation: by the turns of a pair within the original context
        rotations = options["originalContext"] * theta / (2 * math.pi)
        kept = (rotations - options["betaSlow"]) / (options["betaFast"] - options["betaSlow"])
    else:  # 'dimensions', the authors' code: linear in the pair's index

        def pair_of(rotations: float) -> float:
            periods = options["originalContext"] / (rotations * 2 * math.pi)
            return head_size * math.log(periods) / (2 * math.log(options["base"]))

        low = max(math.floor(pair_of(options["betaFast"])), 0)
        high = min(math.ceil(pair_of(options["betaSlow"])), head_size - 1)
        if low == high:
            high += 0.001
        kept = 1 - (torch.arange(head_size // 2, dtype=torch.float64) - low) / (high - low)
    kept = kept.clamp(0, 1)
    return kept * theta + (1 - kept) * theta / options["scale"]


def harpe_bases(options: dict, count: int, layer: int) -> list[float]:
    """The base of every key/value head of a layer (HARPE, equations 6 and 9)."""
    scheme = options["baseScheme"]
    low, high = options["baseMin"], options["baseMax"]
    if scheme == "published32":
        bases = [1e6 * base for base in PUBLISHED_32]
        bases = bases[::-1] if options["headOrder"] == "descending" else bases
    elif scheme in ("uniformAscending", "uniformDescending"):
        bases = [low + g * (high - low) / max(count - 1, 1) for g in range(count)]
        bases = bases if scheme == "uniformAscending" else bases[::-1]
    elif scheme == "custom":
        bases = list(options["bases"])
    elif scheme == "single":
        bases = [high] * count
    else:
        raise NotImplementedError(f"HARPE bases by '{scheme}' are searched in Finegrain: write them out as 'custom'.")
    if options["headOrder"] == "shuffled":
        raise NotImplementedError("Shuffled HARPE bases are drawn in Finegrain: write them out as 'custom'.")
    if len(bases) != count:
        raise ValueError(f"HARPE has {len(bases)} bases for {count} key/value heads: give one base for each.")
    if not options["sameBasesInAllLayers"]:
        bases = [bases[(g + layer) % count] for g in range(count)]
    return bases


class Rotary(nn.Module):
    """Rotate-half form: pairs are (i, i + h/2). Heads of one key/value group share their angles."""

    def __init__(self, position: dict, head_size: int, kv_heads: int, context: int, layer: int):
        super().__init__()
        kind = position["kind"]
        self.magnitude = 1.0
        if kind == "harpe":
            bases = harpe_bases(position, kv_heads, layer)
            theta = torch.stack([frequencies(base, head_size) for base in bases])  # [G, h/2]
        elif kind == "yarn":
            theta = yarn_frequencies(position, head_size)[None]
            if position["temperature"] and position["scale"] > 1:
                self.magnitude = 0.1 * math.log(position["scale"]) + 1
        else:
            scale = position["scale"] if kind == "pi" else 1
            theta = frequencies(position["base"], head_size)[None] / scale
        self.theta = theta  # [G or 1, h/2]
        self.tabulate(context)

    def tabulate(self, context: int) -> None:
        positions = torch.arange(context, dtype=torch.float64)[:, None]
        angles = positions * self.theta[:, None]  # [G or 1, T, h/2]
        angles = torch.cat([angles, angles], -1)
        device = self.cos.device if hasattr(self, "cos") else None
        self.register_buffer("cos", (self.magnitude * angles.cos()).float().to(device), persistent=False)
        self.register_buffer("sin", (self.magnitude * angles.sin()).float().to(device), persistent=False)

    def forward(self, x: Tensor) -> Tensor:  # [B, H or G, T, h]
        heads, T = x.shape[1], x.shape[2]
        if T > self.cos.shape[1]:
            self.tabulate(T)
        cos, sin = (table[:, :T].repeat_interleave(heads // len(table), dim=0) for table in (self.cos, self.sin))
        first, second = x.chunk(2, -1)
        rotated = torch.cat([-second, first], -1)
        return x * cos + rotated * sin
