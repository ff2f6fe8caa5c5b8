"""PyTorch's side of the training benchmarks: the readable modules of resources/torch, run eagerly.

JSON lines in, JSON lines out: `open` builds the model, `run` does whole steps (forward, backward, clipping, AdamW) and
times each, `optimiser` chooses AdamW's implementation, `memory` reads this process' peak. Thread settings come from the
environment, since OpenMP and OpenBLAS read theirs when they start.
"""

import json
import pathlib
import resource
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "resources" / "torch"))

import torch
from finegrain_torch import LanguageModel, adamw, clip_gradients

LEARNING_RATE = 1e-3
CLIP = 1.0


class Session:
    def open(self, request: dict) -> dict:
        started = time.perf_counter()
        torch.manual_seed(0)
        self.device = request.get("device", "cpu")
        self.model = LanguageModel(request["architecture"]).to(self.device).train()
        shape = (request["batch"], request["context"])
        vocabulary = request["architecture"]["vocabulary"]
        ids = torch.randint(0, vocabulary, (shape[0] * shape[1] + 1,))
        self.tokens = ids[:-1].view(shape).to(self.device)
        self.targets = ids[1:].view(shape).to(self.device)
        self.choose(request.get("optimiser", "fused"))
        return {
            "version": torch.__version__,
            "threads": torch.get_num_threads(),
            "buildSeconds": time.perf_counter() - started,
        }

    def choose(self, implementation: str) -> None:
        self.optimiser = adamw(self.model, LEARNING_RATE, **{implementation: True})

    def step(self) -> float:
        self.optimiser.zero_grad(set_to_none=True)
        loss, total = self.model.loss(self.tokens, self.targets)
        total.backward()
        clip_gradients(self.model, CLIP)
        self.optimiser.step()
        return loss.item()

    def run(self, steps: int) -> dict:
        milliseconds = []
        loss = float("nan")
        for _ in range(steps):
            started = time.perf_counter()
            loss = self.step()  # .item() waits for the device
            milliseconds.append(1000 * (time.perf_counter() - started))
        return {"milliseconds": milliseconds, "loss": loss}


def peak_bytes() -> int:
    try:
        with open("/proc/self/status") as status:
            return next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmHWM:"))
    except OSError:
        usage = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return usage if sys.platform == "darwin" else usage * 1024


def main() -> None:
    session = Session()
    for line in sys.stdin:
        request = json.loads(line)
        command = request["command"]
        try:
            if command == "open":
                answer = session.open(request)
            elif command == "run":
                answer = session.run(request["steps"])
            elif command == "optimiser":
                session.choose(request["implementation"])
                answer = {}
            elif command == "memory":
                answer = {"peakBytes": peak_bytes()}
            else:
                answer = {"error": f"unknown command {command}"}
        except Exception as error:  # reported to the other side, which decides
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), flush=True)


main()
