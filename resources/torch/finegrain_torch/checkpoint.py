"""Reads the model of a Finegrain checkpoint: a folder with architecture.json, model.safetensors and, where layers have untrained constants,
buffers.safetensors."""

import json
from pathlib import Path

from safetensors.torch import load_file

from .language_model import LanguageModel


def load_model(folder: str | Path) -> LanguageModel:
    """The model in evaluation mode. Raises where a parameter or buffer is missing, unexpected, or of another shape."""
    folder = Path(folder)
    model = LanguageModel(json.loads((folder / "architecture.json").read_text()))
    tensors = load_file(folder / "model.safetensors")
    buffers = folder / "buffers.safetensors"
    if buffers.exists():
        tensors |= load_file(buffers)
    model.load_state_dict(tensors, strict=True)
    return model.eval()
