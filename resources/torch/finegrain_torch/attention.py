"""Causal softmax attention: multi-head (G = H), grouped-query (1 < G < H), multi-query (G = 1)."""

import math

import torch
from torch import Tensor, nn

from .layers import Linear, RMSNorm, Rotary


class Attention(nn.Module):
    """h + Attn(RMSNorm(h)): the attention half of a block."""

    def __init__(self, options: dict, width: int, context: int, epsilon: float):
        super().__init__()
        self.heads = options["heads"]
        self.kv_heads = options["kvHeads"]
        self.head_size = options["headSize"]
        self.norm = RMSNorm(width, epsilon)
        self.query = Linear(width, self.heads * self.head_size)
        self.key = Linear(width, self.kv_heads * self.head_size)
        self.value = Linear(width, self.kv_heads * self.head_size)
        self.output = Linear(self.heads * self.head_size, width)
        self.rotary = Rotary(context, self.head_size, options["rotaryBase"])

    def forward(self, stream: Tensor) -> Tensor:  # [B, T, d]
        B, T, _ = stream.shape
        x = self.norm(stream)
        query = self.rotary(self.query(x).view(B, T, self.heads, self.head_size).transpose(1, 2))
        key = self.rotary(self.key(x).view(B, T, self.kv_heads, self.head_size).transpose(1, 2))
        value = self.value(x).view(B, T, self.kv_heads, self.head_size).transpose(1, 2)

        # Query head i reads key/value head floor(i / (H / G)).
        key = key.repeat_interleave(self.heads // self.kv_heads, dim=1)
        value = value.repeat_interleave(self.heads // self.kv_heads, dim=1)

        scores = query @ key.transpose(-2, -1) / math.sqrt(self.head_size)  # [B, H, T, T]
        future = torch.ones(T, T, dtype=torch.bool, device=x.device).triu(1)
        attention = scores.masked_fill(future, float("-inf")).softmax(-1)
        mixed = (attention @ value).transpose(1, 2).reshape(B, T, -1)
        return stream + self.output(mixed)
