"""Numbers that TypeScript and Python both make from a name, so that fixtures need not store weights or tokens.

value i of the tensor `name` is a 32-bit hash of i and name. test/oracle/recipe.ts is the same in TypeScript.
"""

import numpy as np


def name_hash(text: str) -> int:
    """32-bit FNV-1a."""
    value = 0x811C9DC5
    for byte in text.encode():
        value = ((value ^ byte) * 0x01000193) & 0xFFFFFFFF
    return value


def hashes(name: str, count: int) -> np.ndarray:
    """uint32 [count]; the mixing function is lowbias32."""
    mask = np.uint64(0xFFFFFFFF)
    x = (np.arange(count, dtype=np.uint64) * np.uint64(0x9E3779B1) + np.uint64(name_hash(name))) & mask
    x ^= x >> np.uint64(16)
    x = (x * np.uint64(0x7FEB352D)) & mask
    x ^= x >> np.uint64(15)
    x = (x * np.uint64(0x846CA68B)) & mask
    x ^= x >> np.uint64(16)
    return x.astype(np.uint32)


def uniform(name: str, count: int) -> np.ndarray:
    """float64 in [-1, 1)."""
    return hashes(name, count).astype(np.float64) / 2.0**31 - 1.0


def tokens(name: str, count: int, vocabulary: int) -> np.ndarray:
    return (hashes(name, count) % vocabulary).astype(np.int64)


def weights(seed: str, name: str, shape: tuple[int, ...]) -> np.ndarray:
    """Initial values of a parameter, float32: of order one in every product, gains near 1."""
    draw = uniform(f"{seed}/{name}", int(np.prod(shape)))
    if name.endswith("gain"):
        values = 1.0 + 0.2 * draw
    elif name == "embedding.weight":
        values = draw
    elif "router" in name:
        values = 0.5 * draw
    else:
        values = draw * np.sqrt(3.0 / shape[-2])  # [in, out], or stacked experts [N, in, out]
    return values.astype(np.float32).reshape(shape)


def noise(seed: str, step: int, index: int, shape: tuple[int, ...]) -> np.ndarray:
    """What the model's draw number `index` in optimiser step `step` gives: float32 in [0, 1). Inference is step 0."""
    draw = uniform(f"{seed}/uniform/{step}/{index}", int(np.prod(shape)))
    return ((draw + 1.0) / 2.0).astype(np.float32).reshape(shape)


def mask(name: str, count: int) -> np.ndarray:
    """float32 0 or 1: about three in four positions count."""
    return (hashes(name, count) % 4 != 0).astype(np.float32)


def ones(name: str, counts: np.ndarray, columns: int) -> np.ndarray:
    """A table of 0 and 1, float32 [rows, columns]: row r has counts[r] ones, at random."""
    draws = hashes(name, len(counts) * columns).reshape(len(counts), columns)
    places = draws.argsort(axis=1, kind="stable").argsort(axis=1)
    return (places < counts[:, None]).astype(np.float32)
