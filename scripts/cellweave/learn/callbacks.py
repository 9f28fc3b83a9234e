"""What happens beside the steps of a training: history, progress bar, the state to go on from."""

import logging
import time
from collections.abc import Sequence
from pathlib import Path

import pytorch_lightning as pl
from pytorch_lightning.callbacks import Callback

from cellweave.core.progress import bar
from cellweave.learn.encoders import load_plain, save_plain

logger = logging.getLogger(__name__)

METRICS = ("train_loss", "val_loss", "val_iou")


class History(Callback):
    """Collects one row per validation: step, epoch, train_loss, val_loss, val_iou, lr.

    Attributes
    ----------
    start : int
        Number of the step that the trainer calls 0.
    """

    def __init__(self) -> None:
        self.start = 0
        self.rows: list[dict[str, float]] = []

    def on_train_epoch_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Add a row."""
        metrics = {key: float(trainer.callback_metrics[key]) for key in METRICS}
        step = self.start + trainer.global_step
        rate = float(trainer.optimizers[0].param_groups[0]["lr"])
        self.rows.append({"step": step, "epoch": len(self.rows), **metrics, "lr": rate})
        logger.info("step %d: %s", step, metrics)

    def state_dict(self) -> dict:
        """Return the rows so far."""
        return {"rows": self.rows}

    def load_state_dict(self, state: dict) -> None:
        """Take over the rows of an unfinished run."""
        self.rows = state["rows"]


class Resume(Callback):
    """Saves the whole state after every validation, and puts it back.

    Lightning's own checkpoints carry the progress of its nested loops, and one that is saved at the end of an
    epoch resumes into an epoch without batches; here a resumed run is a new trainer for the steps that are left.

    Parameters
    ----------
    folder : Path
        Where the state lies.
    others : sequence of Callback
        Callbacks whose state belongs to it.

    Attributes
    ----------
    seconds : float
        Time trained by the runs before this one.
    stopped : bool
        Whether the run before this one had seen enough.
    """

    def __init__(self, folder: Path, others: Sequence[Callback]) -> None:
        self._path = folder / "last.ckpt"
        self._others = others
        self._state: dict | None = None
        self._began = time.monotonic()
        self._start = 0
        self.seconds = 0.0
        self.stopped = False

    def load(self) -> int:
        """Read the state of an unfinished run and return its number of steps, 0 when there is none."""
        if self._path.exists():
            self._state = load_plain(self._path)
            self._start, self.seconds, self.stopped = (self._state[key] for key in ("step", "seconds", "stopped"))
            for callback, state in zip(self._others, self._state["callbacks"], strict=True):
                callback.load_state_dict(state)
            logger.warning("an unfinished training lies in %s: it goes on from step %d", self._path.parent, self._start)
        return self._start

    def restore(self, module: pl.LightningModule) -> None:
        """Put the saved weights into `module`."""
        if self._state is not None:
            module.load_state_dict(self._state["module"])

    def on_train_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Put weights, optimizer and schedule where they were."""
        self.restore(pl_module)
        if self._state is not None:
            trainer.optimizers[0].load_state_dict(self._state["optimizer"])
            trainer.lr_scheduler_configs[0].scheduler.load_state_dict(self._state["schedule"])

    def on_train_epoch_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Save all that the next step depends on."""
        state = {
            "step": self._start + trainer.global_step,
            "stopped": trainer.should_stop,
            "seconds": self.seconds + time.monotonic() - self._began,
            "module": pl_module.state_dict(),
            "optimizer": trainer.optimizers[0].state_dict(),
            "schedule": trainer.lr_scheduler_configs[0].scheduler.state_dict(),
            "callbacks": [callback.state_dict() for callback in self._others],
        }
        save_plain(state, self._path)


class StepBar(Callback):
    """The progress bar: steps, and the last losses.

    Parameters
    ----------
    start, steps : int
        Steps done before this run, and in all.
    """

    def __init__(self, start: int, steps: int) -> None:
        self._start, self._steps = start, steps

    def on_train_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Show the bar."""
        self._bar = bar("train", self._steps, "step", initial=self._start)

    def on_train_batch_end(self, *_: object) -> None:
        """Move on by a step."""
        self._bar.update()

    def on_train_epoch_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Show the losses of the round."""
        self._bar.set_postfix({key: f"{float(trainer.callback_metrics[key]):.3f}" for key in METRICS})

    def teardown(self, trainer: pl.Trainer, pl_module: pl.LightningModule, stage: str) -> None:
        """Leave the bar as it stands."""
        if hasattr(self, "_bar"):
            self._bar.close()
