"""Rotary frequencies of YaRN from the formulas of arXiv 2309.00071, section 3.2, written apart from resources/torch.

    python3 test/oracle/yarn_frequencies.py > test/fixtures/yarn-frequencies.json

wavelength_d = 2 pi b^(2d/D), r(d) = L / wavelength_d, gamma(r) = 0 below alpha, 1 above beta, linear between;
h(theta) = (1 - gamma) theta / s + gamma theta; sqrt(1/t) = 0.1 ln(s) + 1. "dimensions" is the ramp of the authors'
code (jquesnelle/yarn): linear in d between the rounded dimensions at which r equals beta and alpha.
"""

import json
import math

CASES = [  # base, head size, original context, scale
    (10_000, 128, 4096, 32),
    (10_000, 64, 2048, 4),
    (500_000, 128, 8192, 8),
    (100, 16, 128, 4),
    (10_000, 32, 16, 2.5),
]
ALPHA, BETA = 1, 32


def paper(base, size, context, scale):
    for d in range(size // 2):
        wavelength = 2 * math.pi * base ** (2 * d / size)
        r = context / wavelength
        gamma = 0.0 if r < ALPHA else 1.0 if r > BETA else (r - ALPHA) / (BETA - ALPHA)
        theta = 2 * math.pi / wavelength
        yield (1 - gamma) * theta / scale + gamma * theta


def authors_code(base, size, context, scale):
    def dimension(rotations):
        return size * math.log(context / (rotations * 2 * math.pi)) / (2 * math.log(base))

    low = max(math.floor(dimension(BETA)), 0)
    high = min(math.ceil(dimension(ALPHA)), size - 1)
    if low == high:
        high += 0.001
    for d in range(size // 2):
        extrapolated = 1 / base ** (2 * d / size)
        kept = 1 - min(max((d - low) / (high - low), 0), 1)
        yield extrapolated / scale * (1 - kept) + extrapolated * kept


print(json.dumps([
    {
        "base": base, "headSize": size, "originalContext": context, "scale": scale,
        "amplitude": 0.1 * math.log(scale) + 1,
        "rotations": list(paper(base, size, context, scale)),
        "dimensions": list(authors_code(base, size, context, scale)),
    }
    for base, size, context, scale in CASES
]))
