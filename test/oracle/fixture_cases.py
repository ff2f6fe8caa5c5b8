"""The cases of make_fixtures.py: small documents that together take every value of every option.

A case is an architecture document, and where it matters: `objective` (default: plain next-token loss), `masked` (some
positions do not count), `longer` (logits at twice the document's context too), `expect` (what its first step must show),
`robustness` (the routers whose first choice is taken away in turn, at inference).
"""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

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
DENSE = {"kind": "dense", "width": 24}

DISPATCH = {"dispatch": "dense", "capacityFactor": 1.25}
ROUTER = {"renormalise": False, "jitter": 0.0, "balanceAlpha": 0.01, "routerZ": 0.0, **DISPATCH}
EXPERTS = {"nExperts": 4, "expertWidth": 6, "sharedWidth": 6}
MOE = {"kind": "moe", **EXPERTS, "topK": 2, **ROUTER}
TOPP = {"kind": "topp", **EXPERTS, "topP": 0.6, "maxExperts": 0, **ROUTER}
HASH = {"kind": "hash", **EXPERTS, "topK": 1, "hashDraw": "random", "hashPerLayer": True, "hashSeed": 0, **DISPATCH}
RANDOM = {"kind": "random", **EXPERTS, "topK": 2, **DISPATCH}
LLAMAMOE = {"kind": "llamamoe", "width": 24, "nExperts": 4, "topK": 2, "rescale": "nOverK", **ROUTER}
MASKMOE = {
    "kind": "maskmoe", "nExperts": 4, "topK": 1, "expertWidth": 6, "sharedExpert": True, "vFrequent": 3, "vRare": 1,
    "frequentRule": "coverage", "freqCoverage": 0.8, "freqTopN": 1, "maskDraw": "uniform", "maskPerLayer": True,
    "maskSeed": 0, **ROUTER,
}  # fmt: skip
CARTESIANMOE = {
    "kind": "cartesianmoe", "nSubExperts": 4, "topKPerSublayer": 2, "subExpertWidth": 6, "sharedExpert": "perSublayer",
    "residual": "perSublayer", **ROUTER,
}  # fmt: skip

# What the capacity cases set: room for nearly all choices, for some, for one token an expert, for any.
TIGHT = {"dispatch": "capacity", "capacityFactor": 0.75}
ONE_SLOT = {"dispatch": "capacity", "capacityFactor": 0.01}
AMPLE = {"dispatch": "capacity", "capacityFactor": 4.0}
ROBUST = {"robustness": ("both",)}
EVERYTHING = {"renormalise": True, "jitter": 0.2, "balanceAlpha": 0.02, "routerZ": 0.01}

HARPE = {
    "kind": "harpe", "baseScheme": "uniformAscending", "baseMin": 400.0, "baseMax": 1600.0, "baseStep": 100.0,
    "bases": [], "headOrder": "ascending", "shuffleSeed": 0, "sameBasesInAllLayers": True, "gqaBases": "perKvGroup",
}  # fmt: skip

LARGER = {"layers": 2, "heads": 4, "kv_heads": 4, "width": 16, "vocabulary": 32, "context": 8}


@dataclass
class Case:
    architecture: dict
    objective: dict | None = None
    masked: bool = False
    longer: bool = False
    expect: str | None = None
    robustness: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return self.architecture["name"]


def document(name: str, ffn: dict, *, version=2, layers=1, heads=2, kv_heads=2, width=8, vocabulary=24,
             context=6, tied=True, base=10_000.0, position=None, sharing=None, blocks=None) -> dict:  # fmt: skip
    """An architecture document. Version 1 for the kinds that it knows: their fixtures exercise the migration too."""
    attention = {"kind": "softmax", "heads": heads, "kvHeads": kv_heads, "headSize": width // heads}
    attention |= {"rotaryBase": base} if version == 1 else {"position": position or rope(base)}
    return {
        "format": "finegrain.architecture", "version": version, "name": name, "notes": "", "vocabulary": vocabulary,
        "width": width, "context": context,
        "blocks": [{"repeat": layers, "attention": attention, "ffn": ffn}] if blocks is None else
                  [{"repeat": 1, "attention": attention, "ffn": ffn} for ffn in blocks],
        **({} if version == 1 else {"sharing": sharing or {"kind": "none"}}),
        "norm": {"kind": "rmsnorm", "epsilon": 1e-5}, "tieEmbeddings": tied,
        "initialisation": {"std": 0.02, "residual": "depth"},
    }  # fmt: skip


def rope(base: float) -> dict:
    return {"kind": "rope", "base": base}


def cases() -> Iterator[Case]:
    yield from dense_cases()
    yield from finedeep_cases()
    yield from dsmoe_cases()
    yield from moe_cases()
    yield from baseline_cases()
    yield from maskmoe_cases()
    yield from cartesianmoe_cases()
    yield from position_cases()
    yield from sharing_cases()
    yield from objective_cases()
    yield from mixed_cases()


def variants(kind: str, ffn: dict, options: dict[str, dict], **sizes) -> Iterator[Case]:
    for name, changed in options.items():
        about = {key: changed[key] for key in ("expect", "robustness") if key in changed}
        changed = {key: value for key, value in changed.items() if key not in about}
        yield Case(document(f"{kind}-{name}", {**ffn, **changed}, **sizes), **about)


def dense_cases() -> Iterator[Case]:
    dense = {**DENSE, "width": 48}
    sizes = {**LARGER, "version": 1}
    yield Case(document("dense-mha", dense, **sizes))
    yield Case(document("dense-gqa", dense, **{**sizes, "kv_heads": 2}))
    yield Case(document("dense-mqa-untied", dense, **{**sizes, "kv_heads": 1, "tied": False, "base": 100.0}))
    # Long enough for the engine to cut the attention into blocks of queries.
    yield Case(document("dense-gqa-long", dense, **{**sizes, "kv_heads": 2, "layers": 1, "context": 256}))


def finedeep_cases() -> Iterator[Case]:
    """Every pair of router options with every gate, and the norm and residual switches."""
    yield Case(document("finedeep", {**FINEDEEP, "width": 48, "expertsPerSubLayer": 4}, **LARGER, version=1))
    routers = itertools.product(["output", "input"], ["perExpert", "perSubLayerVector", "perSubLayerMatrix"])
    for (score, weight), gate in itertools.product(routers, ["sigmoid", "softmax"]):
        options = {"routerScoreInput": score, "routerWeight": weight, "gate": gate}
        yield Case(document(f"finedeep-{score}-{weight}-{gate}", {**FINEDEEP, **options}, version=1))
    yield from variants("finedeep", FINEDEEP, {
        "none": {"gate": "none"},
        "sharedNorm": {"normPerSubLayer": False},
        "oneResidual": {"residualPerSubLayer": False},
        "sharedNorm-oneResidual-matrix": {
            "normPerSubLayer": False, "residualPerSubLayer": False, "subLayers": 3, "expertsPerSubLayer": 2,
            "routerWeight": "perSubLayerMatrix",
        },
        "single": {"subLayers": 1, "expertsPerSubLayer": 1},
    }, version=1)  # fmt: skip


def dsmoe_cases() -> Iterator[Case]:
    """Every value of every option; a high tau leaves tokens without an open expert."""
    yield Case(document("dsmoe", {**DSMOE, "width": 48}, **LARGER, version=1))
    yield from variants("dsmoe", DSMOE, {
        "noSte": {"useSte": False},
        "eq20": {"gateInThreshold": "none"},
        "eq20-inferOnly": {"gateInThreshold": "none", "rescaleByActive": "inferOnly"},
        "inferOnly": {"rescaleByActive": "inferOnly"},
        "rescaleOff": {"rescaleByActive": "off"},
        "penaltyS": {"penaltyGate": "S"},
        "penaltyRaw": {"penaltyGate": "raw", "lambdaSparse": 0.3},
        "noPenalty": {"lambdaSparse": 0.0},
        "tauHigh": {"tau": 0.65, "expect": "closed tokens"},
        "tauHigh-keepTop1": {"tau": 0.65, "zeroActivePolicy": "keepTop1", "expect": "closed tokens"},
        "tauHigh-keepTop1-noSte-off": {
            "tau": 0.65, "zeroActivePolicy": "keepTop1", "useSte": False, "rescaleByActive": "off", "penaltyGate": "S",
            "expect": "closed tokens",
        },
        "tauZero": {"tau": 0.0},
        "padded": {"width": 22, "nExperts": 4},
    }, version=1)  # fmt: skip


def moe_cases() -> Iterator[Case]:
    large = {"nExperts": 8, "expertWidth": 12, "sharedWidth": 12}
    yield Case(document("moe", {**MOE, **large}, **LARGER), **ROBUST)
    yield Case(document("moe-large-capacity", {**MOE, **large, **TIGHT}, **LARGER), expect="overflow")
    yield from variants("moe", MOE, {
        "top1": {"topK": 1, **ROBUST},
        "allExperts": {"topK": 4},
        "single": {"nExperts": 1, "topK": 1, "sharedWidth": 0},
        "fineGrained": {"nExperts": 8, "topK": 4, "expertWidth": 3},
        "noShared": {"sharedWidth": 0},
        "noBalance": {"balanceAlpha": 0.0},
        "renormalise": {"renormalise": True},
        "jitter": {"jitter": 0.3},
        "routerZ": {"routerZ": 0.1},
        "everything": {**EVERYTHING, **ROBUST},
        "capacity-tight": {**ROBUST, **TIGHT, "expect": "overflow"},
        "capacity-oneSlot": {**ONE_SLOT, "expect": "overflow"},
        "capacity-ample": {**AMPLE, "expect": "no overflow"},
        "capacity-top1-noShared": {**TIGHT, "topK": 1, "sharedWidth": 0, "expect": "overflow"},
        "capacity-renormalise": {**TIGHT, "renormalise": True, "expect": "overflow"},
        "capacity-jitter": {**TIGHT, "jitter": 0.3, "expect": "overflow"},
        "capacity-fineGrained": {**TIGHT, "nExperts": 8, "topK": 4, "expertWidth": 3, "expect": "overflow"},
        "capacity-everything": {**TIGHT, **EVERYTHING, "expect": "overflow"},
    })  # fmt: skip


def baseline_cases() -> Iterator[Case]:
    yield from variants("topp", TOPP, {
        "base": ROBUST,
        "low": {"topP": 0.2, **ROBUST},
        "high": {"topP": 0.95, **ROBUST},
        "atMost2": {"topP": 0.9, "maxExperts": 2, **ROBUST},
        "noShared-renormalise": {"sharedWidth": 0, "renormalise": True},
        "everything": EVERYTHING,
        "capacity": {**TIGHT, "maxExperts": 3, "expect": "overflow"},
        "capacity-atMost2": {**TIGHT, "topP": 0.9, "maxExperts": 2, "expect": "overflow"},
        "capacity-ample": {**AMPLE, "maxExperts": 4, "expect": "no overflow"},
        "capacity-everything": {**TIGHT, **EVERYTHING, "maxExperts": 3, "expect": "overflow"},
    })  # fmt: skip
    yield from variants("hash", HASH, {
        "base": {},
        "top2": {"topK": 2},
        "top2-noShared": {"topK": 2, "sharedWidth": 0},
        "capacity": {**TIGHT, "expect": "overflow"},
        "capacity-top2": {**TIGHT, "topK": 2, "expect": "overflow"},
        "capacity-ample": {**AMPLE, "topK": 2, "expect": "no overflow"},
    })  # fmt: skip
    yield from variants("random", RANDOM, {
        "base": {},
        "top1-noShared": {"topK": 1, "sharedWidth": 0},
        "capacity": {**TIGHT, "expect": "overflow"},
        "capacity-ample": {**AMPLE, "expect": "no overflow"},
    })  # fmt: skip
    # Two layers draw twice in one pass.
    yield Case(document("random-twoLayers", RANDOM, layers=2))
    yield from variants("llamamoe", LLAMAMOE, {
        "base": ROBUST,
        "noRescale": {"rescale": "none"},
        "rescaleN": {"rescale": "n", "topK": 1},
        "renormalise": {"renormalise": True, "topK": 3},
        "everything": {**EVERYTHING, "rescale": "none"},
        "capacity": {**TIGHT, "expect": "overflow"},
        "capacity-ample": {**AMPLE, "expect": "no overflow"},
        "capacity-everything": {**TIGHT, **EVERYTHING, "expect": "overflow"},
    })  # fmt: skip


def maskmoe_cases() -> Iterator[Case]:
    large = {"nExperts": 8, "expertWidth": 12, "vFrequent": 5, "topK": 2}
    yield Case(document("maskmoe", {**MASKMOE, **large}, **LARGER))
    yield from variants("maskmoe", MASKMOE, {
        "mixed": ROBUST,
        "mixed-top2": {"topK": 2, **ROBUST},
        "oneVisible": {"vFrequent": 1},
        "allVisible": {"vFrequent": 4, "vRare": 4, "topK": 2, **ROBUST},
        "rare2-top3": {"vRare": 2, "topK": 3},
        "noShared-renormalise": {"topK": 2, "sharedExpert": False, "renormalise": True},
        "everything": {"topK": 2, **EVERYTHING},
        "capacity": {**TIGHT, "expect": "overflow"},
        "capacity-top2": {**TIGHT, "topK": 2, "expect": "overflow"},
        "capacity-ample": {**AMPLE, "topK": 2, "expect": "no overflow"},
        "capacity-everything": {**TIGHT, "topK": 2, **EVERYTHING, "expect": "overflow"},
    })  # fmt: skip


def cartesianmoe_cases() -> Iterator[Case]:
    robust = {"robustness": ("first", "second", "both")}
    yield Case(document("cartesianmoe", {**CARTESIANMOE, "nSubExperts": 8}, **LARGER), **robust)
    yield from variants("cartesianmoe", CARTESIANMOE, {
        "top1": {"topKPerSublayer": 1},
        "single": {"nSubExperts": 1, "topKPerSublayer": 1, "sharedExpert": "none"},
        "noShared": {"sharedExpert": "none"},
        "everything": EVERYTHING,
        "capacity": {**TIGHT, "expect": "overflow"},
        "capacity-ample": {**AMPLE, "expect": "no overflow"},
        "outerOnly": {"residual": "outerOnly", **robust},
        "outerOnly-noShared-noBalance": {"residual": "outerOnly", "sharedExpert": "none", "balanceAlpha": 0.0},
        "outerOnly-capacity-everything": {**TIGHT, **EVERYTHING, "residual": "outerOnly", "expect": "overflow"},
    })  # fmt: skip


def position_cases() -> Iterator[Case]:
    """Two heads of 8 unless a case says otherwise; all beyond the document's context too."""
    sizes = {"heads": 2, "width": 16, "context": 16}
    pi = {"kind": "pi", "base": 10_000.0, "scale": 4.0}
    yarn = {
        "kind": "yarn", "base": 1000.0, "scale": 8.0, "originalContext": 64, "betaFast": 4.0, "betaSlow": 1.0,
        "ramp": "dimensions", "temperature": True,
    }  # fmt: skip
    custom = {**HARPE, "baseScheme": "custom"}
    for name, position, changed in [
        ("rope-abf", rope(5e6), {}),
        ("pi", pi, {}),
        ("pi-fractional", {**pi, "scale": 1.5, "base": 500.0}, {}),
        ("yarn", yarn, {}),
        ("yarn-rotations", {**yarn, "ramp": "rotations"}, {}),
        ("yarn-noTemperature", {**yarn, "temperature": False, "betaFast": 32.0}, {}),
        ("yarn-scale1", {**yarn, "scale": 1.0}, {}),
        ("harpe-ascending", HARPE, {"heads": 4, "kv_heads": 4}),
        ("harpe-descending", {**HARPE, "baseScheme": "uniformDescending"}, {"heads": 4, "kv_heads": 4}),
        ("harpe-gqa", HARPE, {"heads": 4}),
        ("harpe-mqa", HARPE, {"heads": 4, "kv_heads": 1}),
        ("harpe-custom", {**custom, "bases": [50.0, 1000.0, 3.0, 200_000.0]}, {"heads": 4, "kv_heads": 4}),
        ("harpe-custom-perLayer", {**custom, "bases": [9.0, 900.0], "sameBasesInAllLayers": False}, {"layers": 2}),
        ("harpe-single", {**HARPE, "baseScheme": "single"}, {}),
        ("harpe-published32", {**HARPE, "baseScheme": "published32", "headOrder": "descending"},
         {"heads": 32, "kv_heads": 32, "width": 64, "context": 8}),
    ]:  # fmt: skip
        yield Case(document(name, {**DENSE, "width": 8}, **{**sizes, **changed}, position=position), longer=True)


def sharing_cases() -> Iterator[Case]:
    uniattn = {"kind": "uniattn", "groupSize": 4, "begin": 0, "end": 4, "compensation": "zero"}
    keys = {"kind": "crossLayerKv", "groupSize": 4, "begin": 0, "end": 4}
    ffn = {**DENSE, "width": 8}
    for name, sharing, changed in [
        ("uniattn", uniattn, {}),
        ("uniattn-none", {**uniattn, "compensation": "none"}, {}),
        ("uniattn-random-gqa", {**uniattn, "compensation": "random"}, {"heads": 4, "kv_heads": 2}),
        ("uniattn-pairs", {**uniattn, "groupSize": 2}, {}),
        ("uniattn-inside", {**uniattn, "groupSize": 3, "begin": 1, "end": 4}, {"layers": 5}),
        ("uniattn-tail", {**uniattn, "begin": 2, "end": 5}, {}),
        ("uniattn-noFollower", {**uniattn, "groupSize": 1, "end": 2}, {"layers": 2}),
        # Long enough for the engine to cut the attention into blocks of queries.
        ("uniattn-long", {**uniattn, "groupSize": 2, "end": 2}, {"context": 256, "layers": 2, "heads": 4, "kv_heads": 2}),
        ("crossLayerKv", keys, {}),
        ("crossLayerKv-gqa-pairs", {**keys, "groupSize": 2}, {"heads": 4, "kv_heads": 2}),
        ("crossLayerKv-inside", {**keys, "groupSize": 2, "begin": 1, "end": 4}, {"layers": 5, "kv_heads": 1}),
        # Every layer has its own bases, but followers turn as their leader.
        ("crossLayerKv-harpe-perLayer", {**keys, "groupSize": 2},
         {"position": {**HARPE, "baseMin": 4.0, "sameBasesInAllLayers": False}}),
    ]:  # fmt: skip
        yield Case(document(name, ffn, **{"layers": 4, **changed}, sharing=sharing))


def objective_cases() -> Iterator[Case]:
    plain = {"loss": "mle", "labelSmoothing": 0.0, "zLoss": 0.0, "gamma": 0.1, "minWeight": 0.3}
    for name, changed in {
        "smoothing": {"labelSmoothing": 0.1},
        "zLoss": {"zLoss": 0.01},
        "tailr": {"loss": "tailr"},
        "tailr-unclamped": {"loss": "tailr", "gamma": 0.8, "minWeight": 0.0},
        "tailr-tinyGamma": {"loss": "tailr", "gamma": 1e-7, "minWeight": 0.2},
        "tailr-totalVariation": {"loss": "tailr", "gamma": 1.0, "minWeight": 0.0},
        "all": {"loss": "tailr", "labelSmoothing": 0.1, "zLoss": 0.01},
    }.items():
        yield Case(document(f"objective-{name}", DENSE), objective={**plain, **changed})
    every = {**plain, "loss": "tailr", "labelSmoothing": 0.1, "zLoss": 0.01}
    yield Case(document("objective-all-moe", {**MOE, **EVERYTHING}, tied=False), objective=every)
    yield Case(document("objective-masked", {**MOE, **TIGHT}), masked=True)
    yield Case(document("objective-masked-all", DENSE), objective=every, masked=True)


def mixed_cases() -> Iterator[Case]:
    blocks = [{**DENSE, "width": 48}, FINEDEEP, DSMOE]
    yield Case(document("mixed-stack", {}, **{**LARGER, "kv_heads": 2, "version": 1}, blocks=blocks))
    # HARPE attention in UniAttn superblocks, CartesianMoE in every second block.
    harpe = {**HARPE, "baseScheme": "custom", "bases": [100.0, 10_000.0]}
    sharing = {"kind": "uniattn", "groupSize": 2, "begin": 0, "end": 4, "compensation": "random"}
    sizes = {"heads": 4, "kv_heads": 2, "position": harpe, "sharing": sharing}
    yield Case(document("mixed-harpe-uniattn-cartesianmoe", {}, **sizes, blocks=[DENSE, CARTESIANMOE] * 2))
    # Every routed kind in one stack, noise and buffers side by side.
    routed = [{**MOE, **EVERYTHING, **TIGHT}, {**MASKMOE, "topK": 2, "jitter": 0.1}, RANDOM, {**HASH, **TIGHT}, TOPP]
    sharing = {"kind": "crossLayerKv", "groupSize": 2, "begin": 1, "end": 5}
    yield Case(document("mixed-routed", {}, sharing=sharing, blocks=routed))
