"""Reads the model of a Finegrain checkpoint: a folder with architecture.json and model.safetensors."""

import json
from pathlib import Path

from safetensors.torch import load_file

from .language_model import LanguageModel


def load_model(folder: str | Path) -> LanguageModel:
    """The model in evaluation mode. Raises where a parameter is missing, unexpected, or of another shape."""
    folder = Path(folder)
    model = LanguageModel(json.loads((folder / "architecture.json").read_text()))
    model.load_state_dict(load_file(folder / "model.safetensors"), strict=True)
    return model.eval()
