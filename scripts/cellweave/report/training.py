"""Training curves, and what a network is and how its training went, in one row."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from cellweave.report.figures import INK, SERIES, WIDTH_IN, house_style, integer_ticks, sentence

PANELS = (("loss", "loss"), ("iou", "IoU"), ("lr", "learning rate"))
RISE, LATE = 1.1, 3
SPLITS = (("train", "training", SERIES[0]), ("val", "validation", SERIES[1]))


def training_figure(history: pd.DataFrame, settings: Mapping[str, float]) -> Figure:
    """Draw loss, IoU and learning rate of a training, training beside validation.

    Parameters
    ----------
    history : DataFrame
        One row per validation: `step` or `epoch`, and any of `train_loss`, `val_loss`, `train_iou`, `val_iou`, `lr`;
        cells may be empty.
    settings : mapping
        Group ``trainer`` of the configuration: how long the encoder was frozen, and when training was to stop.
    """
    history = _tidy(history)
    panels = [(name, title) for name, title in PANELS if _curves(history, name)]
    if not panels:
        return sentence("No training curve: this model recorded no loss and no IoU.")
    with house_style():
        figure = Figure(figsize=(WIDTH_IN, 1.9 * -(-len(panels) // 2)))
        axes = figure.subplots(-(-len(panels) // 2), min(2, len(panels)), squeeze=False).ravel()
        for ax, (name, title) in zip(axes, panels, strict=False):
            _panel(ax, history, name, title)
        _mark(axes[len(panels) - 1], history, settings)
        for ax in axes[len(panels) :]:
            ax.remove()
        if flag := overfitting(history):
            figure.suptitle(flag, fontsize=8.5, color=SERIES[1], x=0.01, ha="left")
    return figure


def overfitting(history: pd.DataFrame) -> str | None:
    """Return a sentence if a training learned its training data by heart, else None.

    It did if at the end, over the last `LATE` validations, the validation loss is `RISE` above its least value while
    the training loss is below what it was there. The model that is kept is that of the least validation loss, so the
    sentence is about how long to train and how much data there is, not about the model itself.
    """
    history = _tidy(history)
    if not {"train_loss", "val_loss"} <= set(history):
        return None
    known = history[["train_loss", "val_loss"]].dropna()
    if len(known) <= LATE:
        return None
    best, late = known.loc[known["val_loss"].idxmin()], known.tail(LATE).median()
    if best["val_loss"] <= 0 or late["val_loss"] < RISE * best["val_loss"] or late["train_loss"] >= best["train_loss"]:
        return None
    rise = late["val_loss"] / best["val_loss"] - 1
    return f"Overfitting: validation loss rose by {rise:.0%} after its least value while training loss fell on."


def ended_by(history: pd.DataFrame, settings: Mapping[str, float]) -> str:
    """Return why a training ended: "all steps", "early stopping", "time limit", or, unvalidated, "nothing learned".

    Parameters
    ----------
    history : DataFrame
        As `training_figure` takes it.
    settings : mapping
        ``max_steps`` and ``patience``, the number of validations without a smaller loss after which training stops.
    """
    history = _tidy(history)
    if history.empty:
        return "nothing learned"
    if history.index[-1] >= settings["max_steps"]:
        return "all steps"
    losses = history.get("val_loss", pd.Series(dtype=float)).to_numpy()
    since_best = len(losses) - 1 - int(np.argmin(losses)) if len(losses) else 0
    return "early stopping" if since_best >= settings["patience"] else "time limit"


def network_row(
    name: str, config: Mapping[str, Mapping], facts: Mapping[str, object], history: pd.DataFrame
) -> dict[str, object]:
    """Return one row of the report's table of networks.

    Parameters
    ----------
    name : str
        Folder of the trained model.
    config : mapping
        How it was to be trained: groups ``model`` and ``trainer``.
    facts : mapping
        The manifest of the training.
    history : DataFrame
        As `training_figure` takes it.
    """
    start = facts["pretrained"] or "random weights"  # a file of weights is torchvision's, all else a model of ours
    trainer, rates = config["trainer"], pd.to_numeric(history.get("lr", pd.Series(dtype=float)), errors="coerce")
    return {
        "model": name,
        "encoder": config["model"]["encoder"],
        "representation": config["model"]["representation"],
        "parameters": facts["parameters"],
        "flops_per_pixel": facts["flops_per_pixel"],
        "receptive_field_px": facts["receptive_field_px"],
        "starts_from": "ImageNet" if start.endswith(".pth") else start,
        "images": facts["training_frames"],
        "held_out": facts["validation_frames"],
        "steps": facts["steps"],
        "best_step": facts["best_step"],
        "ended_by": ended_by(history, trainer),
        "val_loss": facts["best_val_loss"],
        "val_iou": facts["best_val_iou"],
        "overfitting": "yes" if overfitting(history) else "no",
        "highest_rate": rates.max(),
        "encoder_rate": trainer["encoder_rate"],
        "frozen_steps": trainer["freeze_steps"],
        "minutes": facts["seconds"] / 60,
    }


def _tidy(history: pd.DataFrame) -> pd.DataFrame:
    """Numbers only, by step, else by epoch, else by row."""
    history = history.apply(pd.to_numeric, errors="coerce")
    index = next((name for name in ("step", "epoch") if name in history), None)
    return history.rename_axis("row") if index is None else history.dropna(subset=[index]).set_index(index)


def _curves(history: pd.DataFrame, name: str) -> list[tuple[str, str, str]]:
    """(column, legend, colour) of what a panel can show."""
    columns = [(f"{split}_{name}", legend, colour) for split, legend, colour in SPLITS]
    if name == "lr":
        columns = [("lr", "", SERIES[2])]
    return [curve for curve in columns if curve[0] in history and history[curve[0]].notna().any()]


def _mark(ax: Axes, history: pd.DataFrame, settings: Mapping[str, float]) -> None:
    """Mark in the last panel how long the encoder was frozen, and where training stopped before its last step."""
    if frozen := settings["freeze_steps"]:
        ax.axvspan(0, frozen, color=SERIES[2], alpha=0.15, lw=0, label=f"encoder frozen to {frozen:g}")
        ax.legend()
    if (reason := ended_by(history, settings)) != "all steps":
        last = history.index[-1]
        ax.axvline(last, color=SERIES[3], lw=0.8, ls="--", label=f"{reason} at {last:g} of {settings['max_steps']:g}")
        ax.legend()


def _panel(ax: Axes, history: pd.DataFrame, name: str, title: str) -> None:
    curves = _curves(history, name)
    for column, legend, colour in curves:
        values = history[column].dropna()
        ax.plot(values.index, values, color=colour, label=legend, marker="o" if len(values) < 3 else None, ms=3)
    if any(column == "val_loss" for column, _, _ in curves):
        best = history["val_loss"].idxmin()
        ax.axvline(best, color=INK, lw=0.8, ls=":", label=f"least at {best:g}")
    positive = np.concatenate([history[column].dropna() for column, _, _ in curves])
    if name != "iou" and (positive > 0).all() and positive.max() > 20 * positive.min():
        ax.set_yscale("log")
    ax.set_title(title)
    ax.set_xlabel(str(history.index.name))
    integer_ticks(ax)
    if name != "lr":
        ax.legend()
