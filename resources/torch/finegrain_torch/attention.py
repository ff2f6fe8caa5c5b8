"""Causal softmax attention: multi-head (G = H), grouped-query (1 < G < H), multi-query (G = 1); alone or shared by layers.

A leader leaves its map (UniAttn) or its keys and values (cross-layer KV sharing) in the forward pass; the followers of
its superblock read them.
"""

import math

import torch
from torch import Tensor, nn

from .forward_pass import ForwardPass, LayerShape
from .layers import Linear, RMSNorm
from .positions import Rotary


def is_follower(sharing: dict, layer: int) -> bool:
    """Superblocks of `groupSize` layers from `begin` to before `end`: all but the first of each follow it."""
    if sharing["kind"] == "none" or not sharing["begin"] <= layer < sharing["end"]:
        return False
    return (layer - sharing["begin"]) % sharing["groupSize"] != 0


class HeadLayout(nn.Module):
    """Splitting into heads and back, and the map and mixing of heads."""

    def __init__(self, options: dict, shape: LayerShape):
        super().__init__()
        self.heads = options["heads"]
        self.kv_heads = options["kvHeads"]
        self.head_size = options["headSize"]
        self.norm = RMSNorm(shape.width, shape.epsilon)
        self.output = Linear(self.heads * self.head_size, shape.width)

    def split(self, x: Tensor, heads: int) -> Tensor:  # [B, T, heads*h] -> [B, heads, T, h]
        return x.unflatten(-1, (heads, self.head_size)).transpose(1, 2)

    def map(self, query: Tensor, key: Tensor) -> Tensor:
        """A = softmax(Q K^T / sqrt(h)) with the future masked: [B, H, T, T]."""
        T = query.shape[2]
        scores = query @ self.for_queries(key).transpose(-2, -1) / math.sqrt(self.head_size)
        future = torch.ones(T, T, dtype=torch.bool, device=query.device).triu(1)
        return scores.masked_fill(future, float("-inf")).softmax(-1)

    def mix(self, attention: Tensor, value: Tensor) -> Tensor:
        """(A V) W_O."""
        return self.output((attention @ self.for_queries(value)).transpose(1, 2).flatten(-2))

    def for_queries(self, x: Tensor) -> Tensor:
        """Query head i reads key/value head floor(i / (H / G))."""
        return x.repeat_interleave(self.heads // self.kv_heads, dim=1)


class Attention(HeadLayout):
    """h + (A V) W_O with its own query, key and value."""

    def __init__(self, options: dict, shape: LayerShape, layer: int):
        super().__init__(options, shape)
        self.query = Linear(shape.width, self.heads * self.head_size)
        self.key = Linear(shape.width, self.kv_heads * self.head_size)
        self.value = Linear(shape.width, self.kv_heads * self.head_size)
        self.rotary = Rotary(options["position"], self.head_size, self.kv_heads, shape.context, layer)

    def forward(self, stream: Tensor, forward_pass: ForwardPass) -> Tensor:  # [B, T, d]
        u = self.norm(stream)
        query = self.rotary(self.split(self.query(u), self.heads))
        key = self.rotary(self.split(self.key(u), self.kv_heads))
        value = self.split(self.value(u), self.kv_heads)
        attention = self.map(query, key)
        forward_pass.leader = {"map": attention, "key": key, "value": value}
        return stream + self.mix(attention, value)


class MapFollower(HeadLayout):
    """UniAttn: h + (A V) W_O + u W_c, with the leader's map A and no query or key of its own."""

    def __init__(self, options: dict, shape: LayerShape, compensation: str):
        super().__init__(options, shape)
        self.value = Linear(shape.width, self.kv_heads * self.head_size)
        if compensation != "none":
            self.compensation = Linear(shape.width, shape.width)

    def forward(self, stream: Tensor, forward_pass: ForwardPass) -> Tensor:
        u = self.norm(stream)
        value = self.split(self.value(u), self.kv_heads)
        update = self.mix(forward_pass.leader["map"], value)
        if hasattr(self, "compensation"):
            update = update + self.compensation(u)
        return stream + update


class KeyValueFollower(HeadLayout):
    """
    Cross-layer KV sharing: its own query, and with it its own map, over the leader's rotated keys and its values. The
    query turns as in the leader's layer: else products would not depend on distances alone.
    """

    def __init__(self, options: dict, shape: LayerShape, leader: int):
        super().__init__(options, shape)
        self.query = Linear(shape.width, self.heads * self.head_size)
        self.rotary = Rotary(options["position"], self.head_size, self.kv_heads, shape.context, leader)

    def forward(self, stream: Tensor, forward_pass: ForwardPass) -> Tensor:
        query = self.rotary(self.split(self.query(self.norm(stream)), self.heads))
        leader = forward_pass.leader
        return stream + self.mix(self.map(query, leader["key"]), leader["value"])


def attention_of(options: dict, shape: LayerShape, layer: int, sharing: dict) -> nn.Module:
    if not is_follower(sharing, layer):
        return Attention(options, shape, layer)
    if sharing["kind"] == "uniattn":
        return MapFollower(options, shape, sharing["compensation"])
    leader = layer - (layer - sharing["begin"]) % sharing["groupSize"]
    return KeyValueFollower(options, shape, leader)
