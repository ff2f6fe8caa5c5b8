"""What training differentiates: cross-entropy with label smoothing, TaiLr, and the z-loss of the output logits."""

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

PLAIN = {"loss": "mle", "labelSmoothing": 0.0, "zLoss": 0.0, "gamma": 0.1, "minWeight": 0.3}


def tailr_weight(log_p: Tensor, gamma: float, min_weight: float) -> Tensor:
    """TaiLr (arXiv 2302.13344): p / (gamma + (1 - gamma) p) of the target, clamped to [min_weight, 1]; no gradient."""
    with torch.no_grad():
        p = log_p.exp()
        return (p / (gamma + (1 - gamma) * p)).clamp(min_weight, 1)


def objective(logits: Tensor, targets: Tensor, settings: dict) -> Tensor:
    """
    Mean over positions of (1 - eps) * weight * (-log p_target) + eps/V * sum_v(-log p_v), and zLoss times the mean of
    logsumexp(logits)^2. logits [N, V], targets [N].
    """
    log_p = logits.log_softmax(-1)
    target = log_p.gather(-1, targets[:, None]).squeeze(-1)
    weight = 1.0
    if settings["loss"] == "tailr":
        weight = tailr_weight(target, settings["gamma"], settings["minWeight"])
    epsilon = settings["labelSmoothing"]
    value = ((1 - epsilon) * weight * -target - epsilon * log_p.mean(-1)).mean()
    if settings["zLoss"] > 0:
        value = value + settings["zLoss"] * logits.logsumexp(-1).square().mean()
    return value


def next_token_loss(logits: Tensor, targets: Tensor) -> Tensor:
    """Mean next-token loss in nats: what is logged as the loss, whatever the objective."""
    return cross_entropy(logits, targets)
