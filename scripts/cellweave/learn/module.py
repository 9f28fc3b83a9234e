"""The LightningModule: what one step of training and one of validation do."""

import copy
from collections.abc import Mapping

import pytorch_lightning as pl
import torch
from torch import Tensor
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from cellweave.learn.losses import foreground_overlap, training_loss
from cellweave.learn.networks import Network


class Training(pl.LightningModule):
    """Trains a network and keeps a moving average of its weights, which is what gets validated and saved.

    Parameters
    ----------
    network : Network
        Trained in place.
    settings : mapping
        ``max_steps``, ``learning_rate``, ``encoder_rate`` (factor of it for the encoder), ``freeze_steps`` (the encoder
        stays as it is for so many), ``weight_decay``, ``warm_up`` (share of the steps) and ``average`` (decay of the
        moving average per step).

    Attributes
    ----------
    best : Network
        The average with the least validation loss so far.
    """

    def __init__(self, network: Network, settings: Mapping[str, float]) -> None:
        super().__init__()
        self.network = network
        self.average = AveragedModel(network, multi_avg_fn=get_ema_multi_avg_fn(settings["average"]), use_buffers=True)
        self.best = copy.deepcopy(network)
        self.register_buffer("best_loss", torch.tensor(torch.inf))
        self.register_buffer("done", torch.tensor(0))  # steps, those of a run before this one included
        self._settings = settings
        self._overlap = torch.zeros(2)

    def on_train_batch_start(self, *_: object) -> None:
        """Keep the statistics of a frozen encoder too."""
        self.network.encoder.train(not self._frozen())

    def on_before_optimizer_step(self, _optimizer: torch.optim.Optimizer) -> None:
        """Keep a frozen encoder: without a gradient AdamW leaves a weight as it is, decay included."""
        if self._frozen():
            for parameter in self.network.encoder.parameters():
                parameter.grad = None

    def _frozen(self) -> bool:
        return int(self.done) < self._settings["freeze_steps"]

    def training_step(self, batch: tuple[Tensor, Tensor], _index: int) -> Tensor:
        """Return the loss of one batch: images ``(B, 1, Y, X)`` and targets, see `training_targets`."""
        images, targets = batch
        loss = training_loss(self.network(channels_last(images)), targets, self.network.representation)
        self.log("train_loss", loss, on_step=False, on_epoch=True, batch_size=len(images))
        return loss

    def on_train_batch_end(self, *_: object) -> None:
        """Move the average towards the weights of this step."""
        self.average.update_parameters(self.network)
        self.done += 1

    def validation_step(self, batch: tuple[Tensor, Tensor], _index: int) -> None:
        """Measure loss and foreground overlap of the average on one batch."""
        images, targets = batch
        outputs, representation = self.average(channels_last(images)), self.network.representation
        self.log("val_loss", training_loss(outputs, targets, representation), batch_size=len(images))
        self._overlap += torch.stack(foreground_overlap(outputs, targets, representation.classes)).cpu()

    def on_validation_epoch_end(self) -> None:
        """Keep the average if it is the best so far."""
        intersection, union = self._overlap.tolist()
        self._overlap.zero_()
        self.log("val_iou", intersection / max(union, 1.0))
        loss = self.trainer.callback_metrics["val_loss"].detach().to(self.best_loss)
        if loss < self.best_loss:
            self.best_loss.copy_(loss)
            self.best.load_state_dict(self.average.module.state_dict())

    def configure_optimizers(self) -> dict:
        """Return AdamW with one cycle of the learning rate (Smith and Topin 2017, arXiv:1708.07120)."""
        settings = self._settings
        encoder = list(self.network.encoder.parameters())
        others = [*self.network.decoder.parameters(), *self.network.head.parameters()]
        rate = settings["learning_rate"]
        groups = [{"params": others, "lr": rate}, {"params": encoder, "lr": rate * settings["encoder_rate"]}]
        optimizer = torch.optim.AdamW(groups, weight_decay=settings["weight_decay"])
        schedule = torch.optim.lr_scheduler.OneCycleLR(
            optimizer,
            max_lr=[group["lr"] for group in groups],
            total_steps=settings["max_steps"] + 1,  # torch asks for one value beyond the last step
            pct_start=settings["warm_up"],
        )
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}


def channels_last(images: Tensor) -> Tensor:
    """Return `images` with the channels of a pixel side by side in memory, which convolutions like."""
    return images.contiguous(memory_format=torch.channels_last)
