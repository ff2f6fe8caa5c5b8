"""Least-squares fits of the temporal scaling law by SciPy, written apart from src/shared/laws from its equations.

    python3 test/oracle/laws_scipy.py > test/fixtures/laws-scipy.json

Data with noise and the least objective that scipy.optimize.least_squares finds from many starts, all parameters free at
once (ours solves the linear ones inside a search of the others). laws.test.ts compares the objectives.
"""

import json

import numpy as np
from scipy.optimize import least_squares

RNG = np.random.default_rng(7)
WARM, TOTAL = 50_000.0, 1_000_000.0
SCALE = 400_000.0  # tokens are fitted in this unit, so that parameters are near 1
TOKENS = np.linspace(100_000, 700_000, 37)
SEPARATION = 412_345.0


def best(residuals, starts, low, high):
    """Least sum of squared residuals over the starts."""
    low, high = np.array(low, float), np.array(high, float)
    found = np.inf
    for start in starts:
        start = np.clip(np.array(start, float), low + 1e-9, high - 1e-9)
        fit = least_squares(residuals, start, bounds=(low, high), xtol=1e-14, ftol=1e-14, gtol=1e-14, max_nfev=4000)
        found = min(found, 2 * fit.cost)
    return found


def rounded(values):
    return [float(f"{v:.9g}") for v in values]


# Position laws: three parameters, a0 and a2 not negative.
def hyperbolic(i, a1):
    return 1 / (1 + a1 * i)


def power(i, a1):
    return i ** -a1


def log(i, a1):
    return -np.log1p(a1 * i)


def position_cases():
    ranges = {"hyperbolic": (1e-5, 10), "power": (1e-3, 20), "log": (1e-5, 1e4)}
    shapes = {"hyperbolic": hyperbolic, "power": power, "log": log}
    i = np.arange(1, 65.0)
    for truth in [("hyperbolic", 2.5, 0.2, 1.5), ("power", 1.4, 0.6, 2.0), ("log", 0.3, 0.8, 4.0)]:
        name, a0, a1, a2 = truth
        loss = np.array(rounded(a0 * shapes[name](i, a1) + a2 + 0.03 * RNG.standard_normal(len(i))))
        for law, shape in shapes.items():
            low, high = ranges[law]
            starts = [(s0, np.log(s1), s2) for s0 in (0.3, 3) for s1 in np.geomspace(low * 3, high / 3, 9) for s2 in (1, 4)]
            objective = best(
                lambda p, shape=shape: p[0] * shape(i, np.exp(p[1])) + p[2] - loss,
                starts,
                [0, np.log(low), 0],
                [1e4, np.log(high), 1e4],
            )
            yield {"law": law, "loss": loss.tolist(), "objective": objective}


# Temporal forms.
def angle(n):
    return np.pi * np.clip((n - WARM) / (TOTAL - WARM), 0, 1)


def cosine(n):
    return np.cos(angle(n))


def rate(n):  # cosine schedule to 10 %, relative to its peak
    return 0.1 + 0.9 * (1 + np.cos(angle(n))) / 2


def early_log(n, p):
    return p[0] * np.log(n / SCALE) + p[1]


def early_hyperbolic(n, p):
    return p[0] / (1 + np.exp(p[2]) * n / SCALE) + p[1]


def early_power(n, p):
    return p[0] * (n / SCALE) ** -np.exp(p[1])


def then(early, late):
    """Two pieces that meet at N_sep; the parameters end with the late factor and N_sep."""

    def form(p, n=TOKENS):
        factor, sep = p[-2], p[-1] * SCALE
        return early(np.minimum(n, sep), p) + factor * np.where(n > sep, late(n) - late(sep), 0)

    return form


WIDE = 1e3
SEPARATIONS = [float(s) for s in np.linspace(TOKENS[3], TOKENS[-4], 25) / SCALE]
SEP_BOUNDS = (TOKENS[3] / SCALE, TOKENS[-4] / SCALE)


def log_rates(low, high, count):
    return [float(v) for v in np.log(np.geomspace(low, high, count))]


def form_cases():
    sample = lambda values, noise: np.array(rounded(values + noise * RNG.standard_normal(len(TOKENS))))
    hyper_low, hyper_high = 0.03 / TOKENS[-1] * SCALE, 100 / TOKENS[0] * SCALE
    hyper = log_rates(hyper_low * 1.5, hyper_high / 1.5, 9)
    series = {
        "a0": sample(0.7 * np.log1p(1.2e-5 * TOKENS) + 0.1, 0.01),
        "a1": sample(0.5 / (1 + 8e-6 * TOKENS) + 0.1, 0.004),
        "cos": sample(then(early_log, cosine)([-0.35, 2.2, 0.5, SEPARATION / SCALE]), 0.01),
        "power": sample(then(early_power, cosine)([2.1, np.log(0.3), 0.6, SEPARATION / SCALE]), 0.01),
        "plus": sample(-0.3 * np.log(TOKENS / SCALE) + 2 + 0.6 * rate(TOKENS), 0.01),
        "mean": sample(60 * TOKENS**-0.3 + 0.9, 0.01),
    }
    simple = {
        ("a0", "log"): (lambda p: early_log(TOKENS, p), [(1, 1)], [-WIDE] * 2, [WIDE] * 2),
        ("a0", "logShifted"): (
            lambda p: p[0] * np.log1p(np.exp(p[2]) * TOKENS / SCALE) + p[1],
            [(1, 1, r) for r in hyper],
            [-WIDE, -WIDE, np.log(hyper_low)],
            [WIDE, WIDE, np.log(hyper_high)],
        ),
        ("a1", "hyperbolic"): (
            lambda p: early_hyperbolic(TOKENS, p),
            [(1, 1, r) for r in hyper],
            [-WIDE, -WIDE, np.log(hyper_low)],
            [WIDE, WIDE, np.log(hyper_high)],
        ),
        ("a1", "constant"): (lambda p: np.full(len(TOKENS), p[0]), [(1,)], [-WIDE], [WIDE]),
        ("plus", "logPlusSchedule"): (
            lambda p: early_log(TOKENS, p) + p[2] * rate(TOKENS),
            [(1, 1, 1)],
            [-WIDE, -WIDE, 0],
            [WIDE] * 3,
        ),
        ("mean", "power"): (
            lambda p: p[0] * (TOKENS / SCALE) ** -np.exp(p[2]) + p[1],
            [(1, 1, r) for r in log_rates(0.01, 3, 9)],
            [0, 0, np.log(0.005)],
            [WIDE, WIDE, np.log(4)],
        ),
        ("mean", "reciprocal"): (
            lambda p: early_hyperbolic(TOKENS, p),
            [(1, 1, r) for r in hyper],
            [0, 0, np.log(hyper_low)],
            [WIDE, WIDE, np.log(hyper_high)],
        ),
        ("mean", "log"): (lambda p: early_log(TOKENS, p), [(1, 1)], [-WIDE] * 2, [WIDE] * 2),
    }
    pieces = {
        "logThenCos": (early_log, cosine, [(-0.3, 2)], [-WIDE] * 2, [WIDE] * 2),
        "logThenSchedule": (early_log, rate, [(-0.3, 2)], [-WIDE] * 2, [WIDE] * 2),
        "hyperbolicThenCos": (
            early_hyperbolic,
            cosine,
            [(2, 1, r) for r in log_rates(0.3, 8, 4)],
            [-WIDE, -WIDE, np.log(hyper_low)],
            [WIDE, WIDE, np.log(hyper_high)],
        ),
        "powerThenCos": (
            early_power,
            cosine,
            [(2, r) for r in log_rates(0.05, 1, 4)],
            [-WIDE, np.log(0.005)],
            [WIDE, np.log(3)],
        ),
    }
    for (name, form), (values, starts, low, high) in simple.items():
        y = series[name]
        objective = best(lambda p: values(p) - y, starts, low, high)
        yield {"form": form, "baseline": name == "mean", "series": y.tolist(), "objective": objective}
    for form, (early, late, early_starts, low, high) in pieces.items():
        for name in ("cos", "power"):
            y = series[name]
            model = then(early, late)
            starts = [(*s, 0.4, sep) for s in early_starts for sep in SEPARATIONS]
            objective = best(
                lambda p: model(p) - y, starts, [*low, 0, SEP_BOUNDS[0]], [*high, WIDE, SEP_BOUNDS[1]]
            )
            yield {"form": form, "baseline": False, "series": y.tolist(), "objective": objective}


# Multi-power law (arXiv 2503.12811), over the schedule cut into 64 pieces after warm-up, areas in shares of the horizon.
def multi_power_case():
    def eta(n):
        return np.where(n < WARM, n / WARM, rate(n))

    knots = np.concatenate([[0.0], np.linspace(WARM, TOTAL, 65)])
    widths = np.diff(knots) / TOTAL
    areas = np.concatenate([[0.0], np.cumsum((eta(knots[:-1]) + eta(knots[1:])) / 2 * widths)])
    tokens = np.linspace(100_000, 800_000, 36)
    at = np.clip(np.searchsorted(knots, tokens), 1, len(knots) - 1)
    before = knots[at - 1]
    area = areas[at - 1] + (eta(before) + eta(tokens)) / 2 * (tokens - before) / TOTAL
    drops = eta(knots[1:-1]) - eta(knots[2:])
    middles = (areas[1:-1] + areas[2:]) / 2
    after = np.maximum(1e-3, eta(knots[2:]))

    def law(p):
        l0, a, log_alpha, b, log_c, log_beta, gamma = p
        since = np.maximum(0, area[:, None] - middles[None, :])
        gain = 1 - (np.exp(log_c) * after**-gamma * since + 1) ** -np.exp(log_beta)
        return l0 + a * area ** -np.exp(log_alpha) - b * (drops * gain).sum(axis=1)

    truth = [1.2, 0.9, np.log(0.5), 0.6, np.log(8), np.log(0.6), 0.5]
    losses = np.array(rounded(law(truth) + 0.004 * RNG.standard_normal(len(tokens))))
    low = [0, 0, np.log(0.01), 0, np.log(0.05), np.log(0.05), 0]
    high = [10, 10, np.log(3), 50, np.log(500), np.log(3), 1.5]
    starts = [
        (1, 1, log_alpha, 0.5, log_c, log_beta, gamma)
        for log_alpha in (-2, -0.7, 0.3)
        for log_c in (0, 2, 4)
        for log_beta in (-1.5, 0)
        for gamma in (0.2, 1)
    ]
    objective = best(lambda p: law(p) - losses, starts, low, high)
    return {"tokens": tokens.tolist(), "losses": losses.tolist(), "objective": objective}


print(
    json.dumps(
        {
            "schedule": {
                "kind": "cosine",
                "warmupTokens": WARM,
                "totalTokens": TOTAL,
                "peak": 1,
                "minimumRatio": 0.1,
                "decayShare": 0.2,
            },
            "tokens": TOKENS.tolist(),
            "positions": list(position_cases()),
            "forms": list(form_cases()),
            "multiPower": multi_power_case(),
        }
    )
)
