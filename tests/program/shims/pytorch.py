"""Loads both networks of a checkpoint into PyTorch, and compares what they make of values with what the program's made of them.

    python3 pytorch.py NETWORKS.toml CHECKPOINT VALUES

NETWORKS.toml is what `genai-tui model --format toml` prints. VALUES has, of each network, what it was given and what it gave:
`generator.in` and `generator.out`, three rows, images channels last.
"""

import json
import struct
import sys
import tomllib
from pathlib import Path

import torch

ROWS = 3


class Residual(torch.nn.Sequential):
    def forward(self, x):
        return x + super().forward(x)


def tensors(file: Path) -> dict[str, torch.Tensor]:
    data = bytearray(file.read_bytes())
    (size,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8 : 8 + size])
    found = {}
    for name, about in header.items():
        if name != "__metadata__":
            first, last = about["data_offsets"]
            values = torch.frombuffer(data[8 + size + first : 8 + size + last], dtype=torch.float32)
            found[name.removeprefix("model.")] = values.reshape(about["shape"])
    return found


def sequential(modules: str) -> torch.nn.Sequential:
    names = {**vars(torch.nn), "Residual": Residual}
    return torch.nn.Sequential(*eval("[" + ", ".join(modules.splitlines()) + "]", names))


def main() -> None:
    networks, checkpoint, values = map(Path, sys.argv[1:])
    arch = tomllib.loads(networks.read_text())["arch"]

    def read(name: str) -> torch.Tensor:
        return torch.frombuffer(bytearray((values / name).read_bytes()), dtype=torch.float32)

    for name in ("generator", "discriminator"):
        network = sequential(arch[name])
        network.load_state_dict(tensors(checkpoint / f"{name}.safetensors"), strict=True)
        network.eval()
        given, expected = read(f"{name}.in"), read(f"{name}.out")
        channels = network[0].in_channels
        side = round((given.numel() / ROWS / channels) ** 0.5)
        x = given.reshape(ROWS, side, side, channels).permute(0, 3, 1, 2)
        with torch.no_grad():
            found = network(x).permute(0, 2, 3, 1).flatten()
        off, most = (found - expected).abs().max().item(), expected.abs().max().item()
        print(f"{name}: {len(list(network.parameters()))} tensors, off by {off:.1e} of {most:.1e}")
        if not off < 1e-5 * min(1.0, 10 * most):
            raise SystemExit(f"{name}: {found[:4]} is not {expected[:4]}")


main()
