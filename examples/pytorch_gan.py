#!/usr/bin/env python3
"""The GAN of many PyTorch tutorials, on MNIST, with lines added for `genai-tui run`. Without it, it trains as before.

    genai-tui client python > genai_tui.py      # or: pip install clients/python
    genai-tui run -- python pytorch_gan.py --data ~/data/mnist

Its loss, its learning rate and its n_critic are set while it trains: `loss wgan`, `lr *0.5`, `set n_critic 5`.
The lines for the panel end in `# panel`.
"""

import argparse
import gzip
import os
import struct

import torch
from torch import nn
from torch.nn.functional import binary_cross_entropy_with_logits as bce

import genai_tui  # panel

LOSSES = ["gan", "wgan", "lsgan"]


def mnist(folder):
    """The training images of an idx file, packed or not, from -1 to 1: N×784."""
    for name in ("train-images-idx3-ubyte", "train-images-idx3-ubyte.gz"):
        path = os.path.join(os.path.expanduser(folder), name)
        if os.path.isfile(path):
            break
    else:
        raise SystemExit(f"{folder}: expected train-images-idx3-ubyte or train-images-idx3-ubyte.gz in it")
    with (gzip.open if path.endswith(".gz") else open)(path, "rb") as file:
        data = file.read()
    magic, count, height, width = struct.unpack(">IIII", data[:16])
    if magic != 0x803 or len(data) != 16 + count * height * width:
        raise SystemExit(f"{path}: not an idx file of images")
    pixels = torch.frombuffer(bytearray(data[16:]), dtype=torch.uint8)
    return pixels.reshape(count, height * width).float() / 127.5 - 1


def drawn(count=2000):
    """Digits drawn as on a pocket calculator, at changing places: enough to see something form without a download."""
    segments = ["1110111", "0010010", "1011101", "1011011", "0111010", "1101011", "1101111", "1010010", "1111111", "1111011"]
    bars = [(0, 2, 1, 9), (1, 9, 0, 2), (1, 9, 8, 10), (8, 10, 1, 9), (9, 17, 0, 2), (9, 17, 8, 10), (16, 18, 1, 9)]
    images = torch.full((count, 28, 28), -1.0)
    places = torch.randint(0, 8, (count, 2), generator=torch.Generator().manual_seed(0))
    for index in range(count):
        top, left = (int(place) + 1 for place in places[index])
        for bar, is_on in zip(bars, segments[index % 10]):
            if is_on == "1":
                images[index, top + bar[0] : top + bar[1], left + bar[2] : left + bar[3]] = 1.0
    return images.reshape(count, 784)


def networks(latent, width):
    def block(inputs, outputs):
        return nn.Linear(inputs, outputs), nn.BatchNorm1d(outputs), nn.LeakyReLU(0.2)

    generator = nn.Sequential(
        *block(latent, width), *block(width, 2 * width), *block(2 * width, 4 * width), nn.Linear(4 * width, 784), nn.Tanh()
    )
    discriminator = nn.Sequential(
        nn.Linear(784, 2 * width), nn.LeakyReLU(0.2), nn.Linear(2 * width, width), nn.LeakyReLU(0.2), nn.Linear(width, 1)
    )
    return generator, discriminator


def loss_of_d(loss, real, fake):
    if loss == "gan":
        return bce(real, torch.ones_like(real)) + bce(fake, torch.zeros_like(fake))
    if loss == "lsgan":
        return ((real - 1) ** 2).mean() + (fake**2).mean()
    return fake.mean() - real.mean()


def loss_of_g(loss, fake):
    if loss == "gan":
        return bce(fake, torch.ones_like(fake))
    if loss == "lsgan":
        return ((fake - 1) ** 2).mean()
    return -fake.mean()


def main():
    parser = argparse.ArgumentParser(description="A GAN on MNIST.")
    parser.add_argument("--data", help="folder of MNIST's idx files; without it, digits are drawn")
    parser.add_argument("--steps", type=int, default=20_000)
    parser.add_argument("--batch-size", type=int, default=64)
    parser.add_argument("--latent", type=int, default=64)
    parser.add_argument("--width", type=int, default=128)
    parser.add_argument("--lr", type=float, default=2e-4)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    args = parser.parse_args()
    torch.manual_seed(args.seed)

    run = genai_tui.init(vars(args), {"lr": args.lr, "loss": LOSSES, "n_critic": (1, 1, 20)})  # panel
    images = (mnist(args.data) if args.data else drawn()).to(args.device)
    generator, discriminator = (network.to(args.device) for network in networks(args.latent, args.width))
    g_optimizer = torch.optim.Adam(generator.parameters(), lr=args.lr, betas=(0.5, 0.999))
    d_optimizer = torch.optim.Adam(discriminator.parameters(), lr=args.lr, betas=(0.5, 0.999))
    fixed = torch.randn(64, args.latent, device=args.device)

    run.images("real", images[:64].reshape(-1, 1, 28, 28))  # panel

    @run.on("checkpoint")  # panel
    def save():
        path = os.path.join(os.environ.get("GENAI_TUI_RUN_DIR", "."), "gan.pt")
        torch.save({"generator": generator.state_dict(), "discriminator": discriminator.state_dict()}, path)
        return path

    def batch():
        return images[torch.randint(len(images), (args.batch_size,), device=args.device)]

    def generated():
        return generator(torch.randn(args.batch_size, args.latent, device=args.device))

    for step in run.steps(args.steps):  # panel: was range(args.steps)
        loss = run["loss"]  # panel
        for optimizer in (g_optimizer, d_optimizer):
            optimizer.param_groups[0]["lr"] = run["lr"]  # panel

        for _ in range(run["n_critic"]):
            real, fake = discriminator(batch()), discriminator(generated().detach())
            d_loss = loss_of_d(loss, real, fake)
            d_optimizer.zero_grad()
            d_loss.backward()
            d_optimizer.step()
            if loss == "wgan":
                with torch.no_grad():
                    for weight in discriminator.parameters():
                        weight.clamp_(-0.01, 0.01)

        g_loss = loss_of_g(loss, discriminator(generated()))
        g_optimizer.zero_grad()
        g_loss.backward()
        g_optimizer.step()

        if loss == "gan":
            real, fake = real.sigmoid(), fake.sigmoid()
        scores = {"d_real": real.mean(), "d_fake": fake.mean()}
        run.log(d_loss=d_loss, g_loss=g_loss, images=(step + 1) * args.batch_size, **scores)  # panel
        if run.wants_images():  # panel
            with torch.no_grad():
                run.images("samples", generator(fixed).reshape(-1, 1, 28, 28))  # panel
        if run.wants_images("evaluation"):  # panel: other latents each time, for FID
            with torch.no_grad():
                latents = torch.randn(500, args.latent, device=args.device)
                run.images("evaluation", generator(latents).reshape(-1, 1, 28, 28))  # panel
        if not run.active and (step + 1) % 100 == 0:
            print(f"Step [{step + 1}/{args.steps}], d_loss: {d_loss.item():.4f}, g_loss: {g_loss.item():.4f}", flush=True)

    run.checkpoint(save(), reason="final")  # panel


if __name__ == "__main__":
    main()
