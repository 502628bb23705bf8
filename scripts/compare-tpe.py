#!/usr/bin/env python3
"""The sampler tpe beside Optuna's, on two functions: the least value of so many trials, median over seeds, as rows of docs/sweeps.md.

    scripts/compare-tpe.py [--program target/release/genai-tui] [--seeds 100] [--trials 100]

Needs Optuna (pip install optuna), whose TPESampler is taken as it is by default.
"""

import argparse
import json
import math
import statistics
import subprocess

import optuna

WEIGHTS = [1.0, 1.2, 3.0, 3.2]
NEAR = [
    [10, 3, 17, 3.5, 1.7, 8],
    [0.05, 10, 17, 0.1, 8, 14],
    [3, 3.5, 1.7, 10, 17, 8],
    [17, 8, 0.05, 10, 0.1, 14],
]
AT = [
    [0.1312, 0.1696, 0.5569, 0.0124, 0.8283, 0.5886],
    [0.2329, 0.4135, 0.8307, 0.3736, 0.1004, 0.9991],
    [0.2348, 0.1451, 0.3522, 0.2883, 0.3047, 0.6650],
    [0.4047, 0.8828, 0.8732, 0.5743, 0.1091, 0.0381],
]


def branin(x):
    a, b = 15 * x[0] - 5, 15 * x[1]
    bent = b - 5.1 / (4 * math.pi**2) * a * a + 5 / math.pi * a - 6
    return bent * bent + 10 * (1 - 1 / (8 * math.pi)) * math.cos(a) + 10 - 0.397887


def hartmann6(x):
    def well(weight, near, at):
        return weight * math.exp(-sum(n * (v - p) ** 2 for v, n, p in zip(x, near, at)))

    return 3.32237 - sum(well(*of) for of in zip(WEIGHTS, NEAR, AT))


FUNCTIONS = {"branin": (branin, 2), "hartmann6": (hartmann6, 6)}


def optunas(sampler, function, trials, seeds):
    of, dimensions = FUNCTIONS[function]
    least = []
    for seed in range(seeds):
        study = optuna.create_study(sampler=sampler(seed))
        study.optimize(lambda trial: of([trial.suggest_float(f"x{i}", 0, 1) for i in range(dimensions)]), n_trials=trials)
        least.append(study.best_value)
    return least


def own(program, sampler, function, trials, seeds):
    command = [program, "bench", "sampler", sampler, "--function", function, "--format", "json"]
    done = subprocess.run(command + ["--trials", str(trials), "--seeds", str(seeds)], check=True, capture_output=True)
    return json.loads(done.stdout)["least"]


def in_words(least):
    low, median, high = statistics.quantiles(least, n=4)
    return f"{median:.4f} ({low:.4f} to {high:.4f})"


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--program", default="target/release/genai-tui")
    parser.add_argument("--seeds", type=int, default=100)
    parser.add_argument("--trials", type=int, default=100)
    given = parser.parse_args()
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    print(f"Optuna {optuna.__version__}, {given.trials} trials, {given.seeds} seeds: median (middle half)\n")
    print("| sampler | Branin | Hartmann 6 |")
    print("|---|---|---|")
    size = (given.trials, given.seeds)
    rows = [
        ("genai-tui `tpe`", lambda function: own(given.program, "tpe", function, *size)),
        ("Optuna `TPESampler`", lambda function: optunas(lambda seed: optuna.samplers.TPESampler(seed=seed), function, *size)),
        ("genai-tui `random`", lambda function: own(given.program, "random", function, *size)),
        ("Optuna `RandomSampler`", lambda function: optunas(lambda seed: optuna.samplers.RandomSampler(seed=seed), function, *size)),
    ]
    for name, least in rows:
        print(f"| {name} | {' | '.join(in_words(least(function)) for function in FUNCTIONS)} |", flush=True)


if __name__ == "__main__":
    main()
