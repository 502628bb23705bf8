#!/usr/bin/env python3
"""A GAN in Lightning with a callback for `genai-tui run`: metrics that the module logs, learning rates, pause, stop, checkpoints
and samples.

    genai-tui run -- python lightning_gan.py --data ~/data/mnist
"""

import argparse
import os
import sys

import torch
from torch.utils.data import DataLoader, TensorDataset

try:
    import lightning.pytorch as pl
except ImportError:
    import pytorch_lightning as pl

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import genai_tui  # panel
from pytorch_gan import drawn, loss_of_d, loss_of_g, mnist, networks


class Gan(pl.LightningModule):
    def __init__(self, latent=64, width=256, lr=2e-4):
        super().__init__()
        self.save_hyperparameters()
        self.automatic_optimization = False
        self.generator, self.discriminator = networks(latent, width)
        self.register_buffer("fixed", torch.randn(64, latent))

    def configure_optimizers(self):
        lr = self.hparams.lr
        networks = (self.generator, self.discriminator)
        return [torch.optim.Adam(network.parameters(), lr=lr, betas=(0.5, 0.999)) for network in networks]

    def training_step(self, batch, batch_idx):
        (images,) = batch
        g_optimizer, d_optimizer = self.optimizers()
        fake = self.generator(torch.randn(len(images), self.hparams.latent, device=self.device))

        d_loss = loss_of_d("gan", self.discriminator(images), self.discriminator(fake.detach()))
        d_optimizer.zero_grad()
        self.manual_backward(d_loss)
        d_optimizer.step()

        g_loss = loss_of_g("gan", self.discriminator(fake))
        g_optimizer.zero_grad()
        self.manual_backward(g_loss)
        g_optimizer.step()
        self.log_dict({"d_loss": d_loss, "g_loss": g_loss}, prog_bar=True)


def samples(module):
    with torch.no_grad():
        return module.generator(module.fixed).reshape(-1, 1, 28, 28)


def main():
    parser = argparse.ArgumentParser(description="A GAN on MNIST, in Lightning.")
    parser.add_argument("--data", help="folder of MNIST's idx files; without it, digits are drawn")
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--batch-size", type=int, default=64)
    parser.add_argument("--width", type=int, default=128)
    args = parser.parse_args()
    images = mnist(args.data) if args.data else drawn()
    loader = DataLoader(TensorDataset(images), batch_size=args.batch_size, shuffle=True)
    trainer = pl.Trainer(
        max_epochs=args.epochs,
        accelerator="auto",
        devices=1,
        logger=False,
        enable_checkpointing=False,
        callbacks=[genai_tui.lightning_callback(images=samples, rates=("lr_g", "lr_d"))],  # panel
    )
    trainer.fit(Gan(width=args.width), loader)


if __name__ == "__main__":
    main()
