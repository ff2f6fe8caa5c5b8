"""What training differentiates: cross-entropy with label smoothing, TaiLr, and the z-loss of the output logits."""

import torch
from torch import Tensor

PLAIN = {"loss": "mle", "labelSmoothing": 0.0, "zLoss": 0.0, "gamma": 0.1, "minWeight": 0.3}


def tailr_weight(log_p: Tensor, gamma: float, min_weight: float) -> Tensor:
    """TaiLr (arXiv 2302.13344): p / (gamma + (1 - gamma) p) of the target, clamped to [min_weight, 1]; no gradient."""
    with torch.no_grad():
        p = log_p.exp()
        return (p / (gamma + (1 - gamma) * p)).clamp(min_weight, 1)


def next_token_loss(logits: Tensor, targets: Tensor) -> Tensor:
    """-log p of the target in nats, [N]: what is logged as the loss, whatever the objective. logits [N, V]."""
    return -logits.log_softmax(-1).gather(-1, targets[:, None]).squeeze(-1)


def objective(logits: Tensor, targets: Tensor, settings: dict) -> Tensor:
    """(1 - eps) * weight * (-log p_target) + eps/V * sum_v(-log p_v), [N]."""
    target = next_token_loss(logits, targets)
    weight = 1.0
    if settings["loss"] == "tailr":
        weight = tailr_weight(-target, settings["gamma"], settings["minWeight"])
    epsilon = settings["labelSmoothing"]
    return (1 - epsilon) * weight * target - epsilon * logits.log_softmax(-1).mean(-1)


def output_z(logits: Tensor) -> Tensor:
    """logsumexp(logits)^2, [N] (PaLM)."""
    return logits.logsumexp(-1).square()


def mean_over(values: Tensor, mask: Tensor | None) -> Tensor:
    """Mean over the positions [N] whose mask is 1; over all without a mask."""
    return values.mean() if mask is None else (values * mask).sum() / mask.sum()
