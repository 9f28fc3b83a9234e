"""Runs a training to its end: seeds, trainer, history, and going on where a killed run stopped."""

import logging
import warnings
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

import pytorch_lightning as pl
import torch
from pytorch_lightning.callbacks import EarlyStopping
from pytorch_lightning.loggers import TensorBoardLogger
from pytorch_lightning.plugins.environments import LightningEnvironment
from torch.utils.data import DataLoader

from cellweave.learn.augmentation import Strength
from cellweave.learn.callbacks import History, Resume, StepBar
from cellweave.learn.datasets import Crops, Pool
from cellweave.learn.encoders import PlainEncoder, read_weights
from cellweave.learn.module import Training
from cellweave.learn.networks import Network, bf16_is_fast, start_from
from cellweave.learn.rates import find_rate

logger = logging.getLogger(__name__)

VALIDATION_SERIES, TRIAL_SERIES = 1 << 40, 1 << 41  # crop numbers that no training reaches


def new_network(
    architecture: Mapping[str, object], seed: int, weights: Path | None = None, pretrained: Path | None = None
) -> Network:
    """Return a network with seeded random weights, then those of ImageNet or of another model.

    Parameters
    ----------
    architecture : mapping
        See `Network`.
    seed : int
        Seed of the random weights.
    weights : Path, optional
        torchvision's ImageNet weights, for an encoder that has any.
    pretrained : Path, optional
        Checkpoint of the same architecture to start from.
    """
    pl.seed_everything(seed, workers=True, verbose=False)
    network = Network(architecture)
    if weights is not None and not isinstance(network.encoder, PlainEncoder):
        network.encoder.load_imagenet(read_weights(weights))
    elif weights is not None:
        logger.warning("encoder %s has no ImageNet weights: it starts from random ones", architecture["encoder"])
    if pretrained is not None:
        start_from(network, pretrained)
    return network


class CropModule(pl.LightningDataModule):
    """Crops for each round of training, and the same plain crops for every validation.

    Attributes
    ----------
    start : int
        Number of the step that the trainer calls 0: above 0 in a run that goes on.
    """

    def __init__(
        self, training: Pool, validation: Pool, data: Mapping, trainer: Mapping, seed: int, workers: int
    ) -> None:
        super().__init__()
        self.start = 0
        self._pools, self._data, self._seed = (training, validation), data, seed
        self._steps, self._round = trainer["max_steps"], trainer["validate_every"]
        self._workers = workers

    def train_dataloader(self) -> DataLoader:
        """Return the crops of the steps up to the next validation."""
        done = self.start + self.trainer.global_step
        batch = self._data["batch"]
        first, last = (step * batch for step in (done, min(done + self._round, self._steps)))
        strength = Strength.of(self._data["augmentation"])
        return self._loader(Crops(self._pools[0], self._data["side_px"], strength, self._seed, first, last))

    def trial(self, steps: int) -> DataLoader:
        """Return crops of their own for so many steps, augmented as those to train on."""
        strength = Strength.of(self._data["augmentation"])
        last = TRIAL_SERIES + steps * self._data["batch"]
        return self._loader(Crops(self._pools[0], self._data["side_px"], strength, self._seed, TRIAL_SERIES, last))

    def val_dataloader(self) -> DataLoader:
        """Return the validation crops."""
        last = VALIDATION_SERIES + self._data["validation_crops"]
        return self._loader(Crops(self._pools[1], self._data["side_px"], None, self._seed, VALIDATION_SERIES, last))

    def _loader(self, crops: Crops) -> DataLoader:
        return DataLoader(crops, self._data["batch"], num_workers=self._workers)


def fit(
    network: Network, crops: CropModule, settings: Mapping, *, device: torch.device, folder: Path, logs: Path
) -> list[dict[str, float]]:
    """Train `network` and leave it with the weights that validated best.

    Parameters
    ----------
    network : Network
        Trained in place.
    crops : CropModule
        Training and validation crops.
    settings : mapping
        Group ``trainer`` of the configuration.
    device : torch.device
        Where to train.
    folder : Path
        Holds the state of an unfinished run; where there is one, the run goes on from it.
    logs : Path
        Folder for TensorBoard.

    Returns
    -------
    list of dict
        History, one row per validation: step, epoch, train_loss, val_loss, val_iou, lr.
    """
    logging.getLogger("pytorch_lightning").setLevel(logging.WARNING)
    if steps := settings["find_rate_steps"]:  # in a run that goes on, too, and alike: it starts from the same weights
        settings = {**settings, "learning_rate": find_rate(network, crops.trial(steps), steps, device)}
    module = Training(network, settings)
    history = History()
    # Its turn at the end of an epoch would come after Resume's, which is to save what it has counted.
    patience = EarlyStopping("val_loss", patience=settings["patience"], check_on_train_epoch_end=False)
    resume = Resume(folder, [history, patience])
    crops.start = history.start = resume.load()
    if crops.start < settings["max_steps"] and not resume.stopped:
        with warnings.catch_warnings():  # Lightning's about itself, few workers and Slurm are not for users
            warnings.filterwarnings("ignore", module="pytorch_lightning|lightning_fabric")
            trainer = _trainer(settings, crops.start, resume.seconds, device, logs)
            trainer.callbacks += [history, StepBar(crops.start, settings["max_steps"]), patience, resume]
            trainer.fit(module, datamodule=crops)
    else:
        resume.restore(module)
    network.load_state_dict((module.best if history.rows else module.network).state_dict())
    return history.rows


def _trainer(settings: Mapping, start: int, seconds: float, device: torch.device, logs: Path) -> pl.Trainer:
    """Return a trainer for what is left after `start` steps and `seconds`."""
    minutes = settings["max_minutes"]
    return pl.Trainer(
        accelerator="gpu" if device.type == "cuda" else "cpu",
        devices=1,
        precision="bf16-mixed" if bf16_is_fast(device) else "32-true",
        max_steps=settings["max_steps"] - start,
        max_time=None if minutes is None else timedelta(minutes=minutes, seconds=-seconds),
        gradient_clip_val=settings["gradient_clip"],
        reload_dataloaders_every_n_epochs=1,
        num_sanity_val_steps=0,
        logger=TensorBoardLogger(logs, name=None, version=""),
        log_every_n_steps=settings["validate_every"],
        plugins=[LightningEnvironment()],  # inside a Slurm job Lightning would take over its signals
        enable_checkpointing=False,  # see Resume
        enable_progress_bar=False,
        enable_model_summary=False,
    )
