"""What routed FFNs have in common: choosing experts, dropping what is over capacity, and the router's losses.

N tokens, E experts, K choices of a token. `chosen` [N, E] is true where a token goes to an expert.
"""

import math

import torch
from torch import Tensor


def top_k(scores: Tensor, K: int) -> Tensor:
    """True at the K largest scores of a row; of equal scores the expert of lower index comes first."""
    largest = descending_order(scores)[:, :K]
    return torch.zeros_like(scores, dtype=torch.bool).scatter(-1, largest, True)


def descending_order(scores: Tensor) -> Tensor:
    return scores.argsort(dim=-1, descending=True, stable=True)


def top_p(p: Tensor, P: float) -> Tensor:
    """True at the fewest experts, most probable first, whose probabilities sum to at least P."""
    order = descending_order(p)
    descending = p.gather(-1, order)
    sum_before = descending.cumsum(-1) - descending
    return torch.zeros_like(p, dtype=torch.bool).scatter(-1, order, sum_before < P)


def jittered(u: Tensor, jitter: float, uniform) -> Tensor:
    """u * U(1 - e, 1 + e), element by element: the router's input in training (Switch Transformer)."""
    return u * (1 - jitter + 2 * jitter * uniform(tuple(u.shape))) if jitter > 0 else u


def within_capacity(chosen: Tensor, K: int, factor: float) -> Tensor:
    """The choices that are kept where every expert takes its first ceil(factor * N * K / E) tokens only."""
    N, E = chosen.shape
    capacity = max(1, math.ceil(factor * N * K / E))  # more than N is never used
    return chosen & (chosen.long().cumsum(0) <= capacity)


def balance_loss(p: Tensor, chosen: Tensor) -> Tensor:
    """E * sum_i f_i P_i (Switch Transformer): f the shares of all choices, P the mean probabilities. 1 where even."""
    f = chosen.sum(0) / chosen.sum()
    return p.shape[-1] * (f * p.mean(0)).sum()


def router_z_loss(logits: Tensor) -> Tensor:
    """Mean of logsumexp(logits)^2 over tokens (ST-MoE)."""
    return logits.logsumexp(-1).square().mean()
