"""Global-norm clipping and AdamW as in Finegrain: decay on weight matrices, not on gains and routers."""

import torch
from torch import Tensor

from .language_model import LanguageModel


def adamw(
    model: LanguageModel,
    learning_rate: float,
    betas: tuple[float, float] = (0.9, 0.95),
    epsilon: float = 1e-8,
    weight_decay: float = 0.1,
    **options,
) -> torch.optim.AdamW:
    plain = [parameter for name, parameter in model.named_parameters() if without_decay(name)]
    decayed = [parameter for name, parameter in model.named_parameters() if not without_decay(name)]
    groups = [
        {"params": decayed, "weight_decay": weight_decay},
        {"params": plain, "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(groups, lr=learning_rate, betas=betas, eps=epsilon, **options)


def without_decay(name: str) -> bool:
    return name.endswith("gain") or "router" in name


def clip_gradients(model: LanguageModel, limit: float) -> Tensor:
    """Scales all gradients so that their global L2 norm is at most `limit`; returns the norm before that."""
    return torch.nn.utils.clip_grad_norm_(model.parameters(), limit if limit > 0 else float("inf"))
