"""Writes test/fixtures/scaling-laws.json with SciPy: run `/usr/bin/python3 test/oracle/scaling_laws.py` (python3-scipy).

Chinchilla's and Kaplan's laws fitted to test/fixtures/chinchilla-runs.json without the 5 largest losses: L-BFGS-B from a grid
of starts on the sum of Huber losses (delta 1e-3) of the residuals of log L, gradients by SciPy's finite differences, then
BFGS from the best. For each law: its parameters and its objective.
"""

import itertools
import json
from pathlib import Path

import numpy
from scipy.optimize import minimize
from scipy.special import huber, logsumexp

fixtures = Path(__file__).parent.parent / "fixtures"
rows = numpy.array(json.loads((fixtures / "chinchilla-runs.json").read_text()))
log_n = rows[:, 0] * numpy.log(10)
log_d = rows[:, 1] * numpy.log(10) - numpy.log(6) - log_n
log_l = numpy.log(rows[:, 2])
keep = numpy.argsort(rows[:, 2], kind="stable")[:-5]
log_n, log_d, log_l = log_n[keep], log_d[keep], log_l[keep]


def objective(predict):
    # Scaled up for the optimiser, whose tolerances are absolute.
    return lambda x: 1e3 * huber(1e-3, predict(x) - log_l).sum()


def chinchilla(x):
    a, b, e, alpha, beta = x
    return logsumexp([a - alpha * log_n, b - beta * log_d, numpy.full_like(log_n, e)], axis=0)


def kaplan(x):
    nc, dc, alpha_n, alpha_d = x
    return alpha_d * logsumexp([(nc - log_n) * alpha_n / alpha_d, dc - log_d], axis=0)


def best(predict, grid):
    goal = objective(predict)
    results = [minimize(goal, start, method="L-BFGS-B") for start in itertools.product(*grid)]
    finalists = sorted(results, key=lambda r: r.fun)[:5]
    polished = [minimize(goal, r.x, method="Nelder-Mead", options={"maxiter": 40000, "maxfev": 40000, "xatol": 1e-11, "fatol": 1e-14}) for r in finalists]
    result = min(polished, key=lambda r: r.fun)
    return result.x, result.fun / 1e3


c, c_value = best(chinchilla, [[0, 10, 20], [0, 10, 20], [-1, 0, 1], [0, 0.5, 1], [0, 0.5, 1]])
k, k_value = best(kaplan, [[25, 30, 35], [25, 30, 35], [0.05, 0.1, 0.2], [0.05, 0.1, 0.2]])
result = {
    "chinchilla": {
        "E": numpy.exp(c[2]), "A": numpy.exp(c[0]), "B": numpy.exp(c[1]), "alpha": c[3], "beta": c[4], "objective": c_value,
    },
    "kaplan": {"Nc": numpy.exp(k[0]), "Dc": numpy.exp(k[1]), "alphaN": k[2], "alphaD": k[3], "objective": k_value},
}
(fixtures / "scaling-laws.json").write_text(json.dumps(result, indent=2) + "\n")
print(json.dumps(result, indent=2))
