"""Readable PyTorch modules for every block of Finegrain: the oracle of the engine's tests, and its peer in benchmarks.

Parameter names and layouts equal those of Finegrain's checkpoints (docs/checkpoint.md): matrices are [in, out], so that
a product reads x @ W. Axes in comments: B batch, T position, d width, D FFN width, H heads, G key/value heads, h head
size, V vocabulary, M sub-layers, K experts of a sub-layer, n experts; in routed layers N tokens, E experts, K choices of
a token.
"""

from .attention import Attention
from .checkpoint import load_model
from .dense import DenseFfn
from .dsmoe import Dsmoe
from .finedeep import Finedeep
from .language_model import Block, LanguageModel
from .layers import Embedding, Linear, RMSNorm
from .optimiser import adamw, clip_gradients

__all__ = [
    "Attention",
    "Block",
    "DenseFfn",
    "Dsmoe",
    "Embedding",
    "Finedeep",
    "LanguageModel",
    "Linear",
    "RMSNorm",
    "adamw",
    "clip_gradients",
    "load_model",
]
