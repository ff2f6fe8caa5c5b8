"""Writes test/oracle/fixtures with PyTorch: run `/usr/bin/python3 test/oracle/make_fixtures.py` (python3-torch, safetensors).

One safetensors file for each case. Metadata: the architecture document, the optimiser's settings, ten losses and
gradient norms. Tensors: `logits` (training) and `inferenceLogits` [B*T, V], `gradient/NAME` of the total loss on the
first batch, `after/NAME` the parameters after ten AdamW steps. Weights and tokens come from recipe.py.
"""

import itertools
import json
import sys
from pathlib import Path

import torch
from safetensors.torch import save_file

here = Path(__file__).parent
sys.path[:0] = [str(here), str(here.parent.parent / "resources" / "torch")]

import recipe  # noqa: E402
from finegrain_torch import LanguageModel, adamw, clip_gradients  # noqa: E402

BATCH, STEPS = 2, 10
OPTIMISER = {"beta1": 0.9, "beta2": 0.95, "epsilon": 1e-8, "weightDecay": 0.1, "clip": 1.0}
LEARNING_RATES = [0.002 * (step + 1) / STEPS for step in range(STEPS)]

# A gate this close to the threshold could fall on the other side in another order of summation.
TAU_MARGIN = 1e-4

FINEDEEP = {
    "kind": "finedeep", "width": 24, "subLayers": 2, "expertsPerSubLayer": 3, "routerScoreInput": "output",
    "routerWeight": "perExpert", "gate": "sigmoid", "normPerSubLayer": True, "residualPerSubLayer": True,
    "routerInitStd": 0.02, "initFrom": "scratch", "nsarThreshold": 0.1, "nsarSweep": [0.01, 0.05, 0.1, 0.2, 0.5],
    "nsarActivation": "act",
}  # fmt: skip
DSMOE = {
    "kind": "dsmoe", "width": 24, "nExperts": 4, "tau": 0.5, "useSte": True, "gateInThreshold": "G",
    "rescaleByActive": "trainAndInfer", "penaltyGate": "G", "penaltyReduction": "tokenMean", "lambdaSparse": 1.0,
    "zeroActivePolicy": "clampCount", "gateInitStd": 0.02, "padFfnToMultiple": True,
}  # fmt: skip


def document(name: str, ffn: dict, *, layers=1, heads=2, kv_heads=2, width=8, vocabulary=24, context=6, tied=True,
             base=10_000.0, blocks=None) -> dict:  # fmt: skip
    attention = {"kind": "softmax", "heads": heads, "kvHeads": kv_heads, "headSize": width // heads, "rotaryBase": base}
    return {
        "format": "finegrain.architecture", "version": 1, "name": name, "notes": "", "vocabulary": vocabulary,
        "width": width, "context": context,
        "blocks": blocks or [{"repeat": layers, "attention": attention, "ffn": ffn}],
        "norm": {"kind": "rmsnorm", "epsilon": 1e-5}, "tieEmbeddings": tied,
        "initialisation": {"std": 0.02, "residual": "depth"},
    }  # fmt: skip


def cases():
    dense = {"kind": "dense", "width": 48}
    larger = {"layers": 2, "heads": 4, "kv_heads": 4, "width": 16, "vocabulary": 32, "context": 8}
    yield document("dense-mha", dense, **larger)
    yield document("dense-gqa", dense, **{**larger, "kv_heads": 2})
    yield document("dense-mqa-untied", dense, **{**larger, "kv_heads": 1, "tied": False, "base": 100.0})
    # Long enough for the engine to cut the attention into blocks of queries.
    yield document("dense-gqa-long", dense, **{**larger, "kv_heads": 2, "layers": 1, "context": 256})
    yield document("finedeep", {**FINEDEEP, "width": 48, "expertsPerSubLayer": 4}, **larger)
    yield document("dsmoe", {**DSMOE, "width": 48}, **larger)

    attention = {"kind": "softmax", "heads": 4, "kvHeads": 2, "headSize": 4, "rotaryBase": 10_000.0}
    mixed = [{"repeat": 1, "attention": attention, "ffn": ffn} for ffn in (dense, FINEDEEP, DSMOE)]
    yield document("mixed-stack", {}, **{**larger, "blocks": mixed})

    # Finedeep: every pair of router options with every gate, and the norm and residual switches.
    routers = itertools.product(["output", "input"], ["perExpert", "perSubLayerVector", "perSubLayerMatrix"])
    for (score, weight), gate in itertools.product(routers, ["sigmoid", "softmax"]):
        options = {"routerScoreInput": score, "routerWeight": weight, "gate": gate}
        yield document(f"finedeep-{score}-{weight}-{gate}", {**FINEDEEP, **options})
    yield document("finedeep-none", {**FINEDEEP, "gate": "none"})
    yield document("finedeep-sharedNorm", {**FINEDEEP, "normPerSubLayer": False})
    yield document("finedeep-oneResidual", {**FINEDEEP, "residualPerSubLayer": False})
    yield document("finedeep-sharedNorm-oneResidual-matrix",
                   {**FINEDEEP, "normPerSubLayer": False, "residualPerSubLayer": False, "subLayers": 3,
                    "expertsPerSubLayer": 2, "routerWeight": "perSubLayerMatrix"})  # fmt: skip
    yield document("finedeep-single", {**FINEDEEP, "subLayers": 1, "expertsPerSubLayer": 1})

    # DSMoE: every value of every option; a high tau leaves tokens without an open expert.
    for name, options in {
        "noSte": {"useSte": False},
        "eq20": {"gateInThreshold": "none"},
        "eq20-inferOnly": {"gateInThreshold": "none", "rescaleByActive": "inferOnly"},
        "inferOnly": {"rescaleByActive": "inferOnly"},
        "rescaleOff": {"rescaleByActive": "off"},
        "penaltyS": {"penaltyGate": "S"},
        "penaltyRaw": {"penaltyGate": "raw", "lambdaSparse": 0.3},
        "noPenalty": {"lambdaSparse": 0.0},
        "tauHigh": {"tau": 0.65},
        "tauHigh-keepTop1": {"tau": 0.65, "zeroActivePolicy": "keepTop1"},
        "tauHigh-keepTop1-noSte-off": {"tau": 0.65, "zeroActivePolicy": "keepTop1", "useSte": False,
                                       "rescaleByActive": "off", "penaltyGate": "S"},
        "tauZero": {"tau": 0.0},
        "padded": {"width": 22, "nExperts": 4},
    }.items():  # fmt: skip
        yield document(f"dsmoe-{name}", {**DSMOE, **options})


def batch(seed: str, architecture: dict, step: int) -> tuple[torch.Tensor, torch.Tensor]:
    shape = (BATCH, architecture["context"])
    count, vocabulary = shape[0] * shape[1], architecture["vocabulary"]
    inputs = recipe.tokens(f"{seed}/inputs/{step}", count, vocabulary)
    targets = recipe.tokens(f"{seed}/targets/{step}", count, vocabulary)
    return torch.from_numpy(inputs).view(shape), torch.from_numpy(targets).view(shape)


def near_threshold(model: LanguageModel) -> bool:
    ffns = [block.ffn for block in model.blocks if hasattr(block.ffn, "last_gates")]
    return any(float((ffn.last_gates - ffn.options["tau"]).abs().min()) < TAU_MARGIN for ffn in ffns)


def zero_active_tokens(model: LanguageModel) -> int:
    ffns = [block.ffn for block in model.blocks if hasattr(block.ffn, "last_gates")]
    return sum(int((~(ffn.last_gates > ffn.options["tau"]).any(-1)).sum()) for ffn in ffns)


def compute(architecture: dict, seed: str) -> tuple[dict, dict] | None:
    """Tensors and metadata of one case; None where a gate comes too close to its threshold."""
    model = LanguageModel(architecture)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            parameter.copy_(torch.from_numpy(recipe.weights(seed, name, tuple(parameter.shape))))

    tensors: dict[str, torch.Tensor] = {}
    inputs, targets = batch(seed, architecture, 0)
    model.eval()
    with torch.no_grad():
        tensors["inferenceLogits"] = model(inputs)[0].flatten(0, 1)
    model.train()
    logits, auxiliary = model(inputs)
    tensors["logits"] = logits.detach().flatten(0, 1)
    zero_active = zero_active_tokens(model)

    optimiser = adamw(model, LEARNING_RATES[0], (OPTIMISER["beta1"], OPTIMISER["beta2"]), OPTIMISER["epsilon"],
                      OPTIMISER["weightDecay"])  # fmt: skip
    losses, totals, norms = [], [], []
    for step, learning_rate in enumerate(LEARNING_RATES):
        inputs, targets = batch(seed, architecture, step)
        optimiser.zero_grad()
        loss, total = model.loss(inputs, targets)
        if near_threshold(model):
            return None
        total.backward()
        if step == 0:
            for name, parameter in model.named_parameters():
                tensors[f"gradient/{name}"] = parameter.grad.clone()
        norms.append(float(clip_gradients(model, OPTIMISER["clip"])))
        losses.append(float(loss))
        totals.append(float(total))
        for group in optimiser.param_groups:
            group["lr"] = learning_rate
        optimiser.step()
    for name, parameter in model.named_parameters():
        tensors[f"after/{name}"] = parameter.detach()
    metadata = {
        "architecture": architecture, "seed": seed, "batch": BATCH, "optimiser": OPTIMISER,
        "learningRates": LEARNING_RATES, "losses": losses, "totalLosses": totals, "gradientNorms": norms,
        "auxiliary": {name: float(value) for name, value in auxiliary.items()}, "zeroActiveTokens": zero_active,
        "torch": torch.__version__,
    }  # fmt: skip
    return tensors, metadata


def main() -> None:
    torch.set_num_threads(1)
    folder = here / "fixtures"
    folder.mkdir(exist_ok=True)
    for old in folder.glob("*.safetensors"):
        old.unlink()
    size = 0
    for architecture in cases():
        for attempt in range(50):
            result = compute(architecture, f"{architecture['name']}/{attempt}")
            if result is not None:
                break
        else:
            raise SystemExit(f"{architecture['name']}: no seed keeps every gate away from tau")
        tensors, metadata = result
        if "tauHigh" in architecture["name"]:
            assert metadata["zeroActiveTokens"] > 0, f"{architecture['name']}: every token has an open expert"
        path = folder / f"{architecture['name']}.safetensors"
        save_file({k: v.contiguous() for k, v in tensors.items()}, path, {"case": json.dumps(metadata)})
        size += path.stat().st_size
        print(f"{path.name:56} {path.stat().st_size:7d} bytes  seed {metadata['seed'].split('/')[-1]}  "
              f"loss {metadata['losses'][0]:.4f} -> {metadata['losses'][-1]:.4f}")  # fmt: skip
    print(f"{size} bytes")


if __name__ == "__main__":
    main()
