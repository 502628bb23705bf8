"""A program that trains nothing with the client, for `conformance.py client`: it has everything that there is to steer."""

import sys
import time

import genai_tui

run = genai_tui.init(
    config={"seconds": 60},
    controls={"lr": (2e-4, 0.0, 1.0), "loss": ["gan", "wgan"], "batch": 8, "augment": False, "note": "none"},
    metrics={"d_loss": "discriminator_loss", "g_loss": "generator_loss"},
)
until = time.monotonic() + 60
for step in run.steps():
    if time.monotonic() > until:
        sys.exit("nobody stopped it")
    time.sleep(0.002)
    run.log(d_loss=run["lr"] * step, g_loss=float("nan") if step % 100 == 0 else 1.0, step_time=0.002)
    if run.wants_images():
        run.images("samples", [[[[step % 2, 0.5], [1.0, 0.0]]]])
