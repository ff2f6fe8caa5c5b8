"""Writes test/oracle/fixtures with PyTorch: run `/usr/bin/python3 test/oracle/make_fixtures.py` (python3-torch, safetensors).
Names given as arguments write only the cases whose names start with one of them.

One safetensors file for each case of fixture_cases.py. Metadata: the architecture document, the objective's and the
optimiser's settings, and of the ten steps the losses, objectives, totals and gradient norms. Tensors: `logits`
(training), `inferenceLogits` and perhaps `longerLogits` [B*T, V], `gradient/NAME` of the total loss on the first batch,
`after/NAME` the parameters after ten AdamW steps, `buffer/NAME` what both sides start with, `lossesWithoutTop1/ROUTER`
[B*T] at inference with that router's first choice taken away. Weights, tokens and noise come from recipe.py.
"""

import json
import sys
from pathlib import Path

import numpy
import torch
from safetensors.torch import save_file

here = Path(__file__).parent
sys.path[:0] = [str(here), str(here.parent.parent / "resources" / "torch")]

import recipe  # noqa: E402
from finegrain_torch import LanguageModel, adamw, clip_gradients  # noqa: E402
from finegrain_torch.dsmoe import Dsmoe  # noqa: E402
from finegrain_torch.fixed_routing import HashLayer  # noqa: E402
from finegrain_torch.mask_moe import MaskMoe  # noqa: E402
from finegrain_torch.moe import Moe  # noqa: E402
from finegrain_torch.objective import PLAIN, next_token_loss  # noqa: E402
from fixture_cases import Case, cases  # noqa: E402

BATCH, STEPS = 2, 10
OPTIMISER = {"beta1": 0.9, "beta2": 0.95, "epsilon": 1e-8, "weightDecay": 0.1, "clip": 1.0}
LEARNING_RATES = [0.002 * (step + 1) / STEPS for step in range(STEPS)]

# A choice this close to another one could fall the other way in another order of summation: a gate near its threshold,
# the least probable chosen expert near the most probable other one, a sum of probabilities near P.
MARGIN = 1e-4


def batch(seed: str, architecture: dict, step: int, context: int) -> tuple[torch.Tensor, torch.Tensor]:
    shape = (BATCH, context)
    inputs = recipe.tokens(f"{seed}/inputs/{step}", BATCH * context, architecture["vocabulary"])
    targets = recipe.tokens(f"{seed}/targets/{step}", BATCH * context, architecture["vocabulary"])
    return torch.from_numpy(inputs).view(shape), torch.from_numpy(targets).view(shape)


class Noise:
    """uniform(shape) of one forward pass, from the recipe."""

    def __init__(self, seed: str, step: int):
        self.seed, self.step, self.calls = seed, step, 0

    def __call__(self, shape: tuple[int, ...]) -> torch.Tensor:
        self.calls += 1
        return torch.from_numpy(recipe.noise(self.seed, self.step, self.calls - 1, tuple(shape)))


def layers_of(model: LanguageModel, kind: type) -> list:
    return [module for module in model.modules() if isinstance(module, kind)]


@torch.no_grad()
def fill(model: LanguageModel, seed: str) -> None:
    """Weights and buffers from the recipe. Buffers follow the rows' sums that the options ask for, nothing else."""
    for name, parameter in model.named_parameters():
        parameter.copy_(torch.from_numpy(recipe.weights(seed, name, tuple(parameter.shape))))
    for prefix, module in model.named_modules():
        options = getattr(module, "options", {})
        if isinstance(module, MaskMoe):
            name = f"{prefix}.visible"
            frequent = recipe.hashes(f"{seed}/{name}/frequent", len(module.visible)) % 2 == 0
            counts = numpy.where(frequent, options["vFrequent"], options["vRare"])
            module.visible.copy_(torch.from_numpy(recipe.ones(f"{seed}/{name}", counts, options["nExperts"])))
        elif isinstance(module, HashLayer):
            name = f"{prefix}.assigned"
            counts = numpy.full(len(module.assigned), options["topK"])
            module.assigned.copy_(torch.from_numpy(recipe.ones(f"{seed}/{name}", counts, options["nExperts"])))


def ambiguous(model: LanguageModel) -> bool:
    """Whether a choice of the last pass hangs on less than MARGIN."""
    gates = [(ffn.last_gates - ffn.options["tau"]).abs().min() for ffn in layers_of(model, Dsmoe)]
    margins = [ffn.margin().min() for ffn in layers_of(model, Moe)]
    return any(float(margin) < MARGIN for margin in gates + margins)


def closed_tokens(model: LanguageModel) -> int:
    """Tokens of the last pass without an open DSMoE expert."""
    return sum(int((~(ffn.last_gates > ffn.options["tau"]).any(-1)).sum()) for ffn in layers_of(model, Dsmoe))


def check_expectation(case: Case, model: LanguageModel, reports: dict) -> bool:
    """Whether the first training pass shows what the case is for."""
    return {
        None: lambda: True,
        "closed tokens": lambda: closed_tokens(model) > 0,
        "overflow": lambda: reports["overflow"] > 0,
        "no overflow": lambda: reports["overflow"] == 0,
    }[case.expect]()


@torch.no_grad()
def inference_logits(model: LanguageModel, seed: str, context: int, disable_top1: str = "none") -> torch.Tensor:
    inputs, _ = batch(seed, model.architecture, 0, context)
    return model.eval().run(inputs, Noise(seed, 0), disable_top1)[0].flatten(0, 1)


def compute(case: Case, seed: str) -> tuple[dict, dict] | None:
    """Tensors and metadata of one case; None where this seed leaves a choice ambiguous or misses the expectation."""
    architecture, settings = case.architecture, case.objective or PLAIN
    context = architecture["context"]
    model = LanguageModel(architecture)
    fill(model, seed)

    tensors = {f"buffer/{name}": value.clone() for name, value in model.state_dict().items() if name in buffers(model)}
    tensors["inferenceLogits"] = inference_logits(model, seed, context)
    if ambiguous(model):
        return None
    for router in case.robustness:
        logits = inference_logits(model, seed, context, router)
        if ambiguous(model):
            return None
        tensors[f"lossesWithoutTop1/{router}"] = next_token_loss(logits, batch(seed, architecture, 0, context)[1].flatten())
    if case.longer:
        tensors["longerLogits"] = inference_logits(model, seed, 2 * context)

    model.train()
    optimiser = adamw(model, LEARNING_RATES[0], (OPTIMISER["beta1"], OPTIMISER["beta2"]), OPTIMISER["epsilon"],
                      OPTIMISER["weightDecay"])  # fmt: skip
    series: dict[str, list[float]] = {"losses": [], "objectives": [], "totalLosses": [], "gradientNorms": []}
    first: dict[str, dict] = {}
    for step, learning_rate in enumerate(LEARNING_RATES):
        inputs, targets = batch(seed, architecture, step, context)
        optimiser.zero_grad()
        mask = torch.from_numpy(recipe.mask(f"{seed}/mask/{step}", BATCH * context)) if case.masked else None
        result = model.evaluate(inputs, targets, settings, mask, Noise(seed, step))
        if ambiguous(model):
            return None
        result.total.backward()
        if step == 0:
            tensors["logits"] = result.logits.detach()
            first["auxiliary"] = {name: float(value) for name, value in result.auxiliary.items()}
            first["reports"] = {name: float(value) for name, value in result.reports.items()}
            if not check_expectation(case, model, first["reports"]):
                return None
            for name, parameter in model.named_parameters():
                tensors[f"gradient/{name}"] = parameter.grad.clone()
        norm = clip_gradients(model, OPTIMISER["clip"])
        figures = (result.loss, result.objective, result.total, norm)
        for values, value in zip(series.values(), figures):
            values.append(float(value))
        for group in optimiser.param_groups:
            group["lr"] = learning_rate
        optimiser.step()
    for name, parameter in model.named_parameters():
        tensors[f"after/{name}"] = parameter.detach()
    metadata = {
        "architecture": architecture, "seed": seed, "batch": BATCH, "masked": case.masked, "objective": case.objective,
        "optimiser": OPTIMISER, "learningRates": LEARNING_RATES, **series, **first, "torch": torch.__version__,
    }  # fmt: skip
    return tensors, metadata


def buffers(model: LanguageModel) -> set[str]:
    return {name for name, _ in model.named_buffers()}


def write(case: Case, folder: Path) -> int:
    """Bytes of the case's file, made with the first seed that is not ambiguous."""
    for attempt in range(200):
        result = compute(case, f"{case.name}/{attempt}")
        if result is not None:
            break
    else:
        raise SystemExit(f"{case.name}: no seed keeps every choice clear and shows: {case.expect}")
    tensors, metadata = result
    path = folder / f"{case.name}.safetensors"
    save_file({k: v.contiguous() for k, v in tensors.items()}, path, {"case": json.dumps(metadata)})
    losses = metadata["losses"]
    print(f"{path.name:56} {path.stat().st_size:7d} bytes  seed {metadata['seed'].split('/')[-1]:>3}  "
          f"loss {losses[0]:.4f} -> {losses[-1]:.4f}  {metadata['reports'] or ''}")  # fmt: skip
    return path.stat().st_size


def main(prefixes: list[str]) -> None:
    torch.set_num_threads(1)
    folder = here / "fixtures"
    folder.mkdir(exist_ok=True)
    if not prefixes:
        for old in folder.glob("*.safetensors"):
            old.unlink()
    chosen = [case for case in cases() if not prefixes or case.name.startswith(tuple(prefixes))]
    print(sum(write(case, folder) for case in chosen), "bytes")


if __name__ == "__main__":
    main(sys.argv[1:])
