"""What the report can show: a new figure or table is an entry of `KINDS`, and a line of `exhibits()` in the rules."""

import io
from dataclasses import dataclass
from pathlib import Path, PurePath

import pandas as pd

from cellweave.core.errors import InputError
from cellweave.core.registry import closest

UNTRACKED = "untracked"  # stands in paths where a tracker would
FIGURES = "figures"
PICTURES = (".svg", ".png", ".webp", ".gif")
TABLES = (".tsv", ".csv", ".parquet")
DATA = (".json",)


@dataclass(frozen=True)
class Kind:
    """A kind of figure or table: the part of the page where it stands, its title and its caption.

    `part` is ``summary``, ``explore`` (frames to step through), ``quality`` (can the results be trusted?),
    ``training`` or ``sequences`` (one fold per sequence, model and tracker). Within a part, kinds stand in the order
    of `KINDS`.
    """

    part: str
    title: str
    caption: str = ""


KINDS: dict[str, Kind] = {
    "frames": Kind("explore", "Frames"),
    "cells": Kind("explore", "Cells"),
    "runs": Kind(
        "summary",
        "What was found",
        "Medians are over all cells of all frames; a division is a track that ends in two or more.",
    ),
    "overlay": Kind("sequences", "Overlay", "Outlines in the colour of their track, as in the lineage."),
    "lineage": Kind(
        "sequences",
        "Lineage",
        "Time runs to the right. A fork with a dot is a division, dashes are gaps; colours are those of the outlines.",
    ),
    "measurements": Kind("sequences", "Measurements", "Dotted: medians. Histograms end at the 99.5th percentile."),
    "areas": Kind("sequences", "Areas of classes", "Share of each frame that the pixels of a class take up."),
    "fractions": Kind("sequences", "Area fractions", "1 is the whole frame; iou: overlap with the annotated class."),
    "reliability": Kind(
        "quality", "Reliability of scores", "On the dotted line, a score is the share of its objects that are right."
    ),
    "worst": Kind(
        "quality",
        "Worst cases",
        "The images with the least F1, where truth and model differ most. Green: truth, magenta: model.",
    ),
    "images": Kind("quality", "Scores of single images", "Worst first, at most 20 of a sequence and model."),
    "suspicions": Kind(
        "quality",
        "Annotations to look at again",
        "Where the model contradicts the truth, surest first, at most 20 of a sequence and model. Truth and label "
        "are ids in the label images.",
    ),
    "doubt": Kind(
        "quality",
        "Where the model is unsure",
        "The frame whose outlines are least sure on average; the frame viewer shows all of them by colour.",
    ),
    "truth": Kind(
        "quality",
        "How hard the data are",
        "Measures of the Cell Tracking Challenge (Ulman et al. 2017), from the annotated objects.",
    ),
    "stability": Kind(
        "quality", "Frames to distrust", "Jumps of the stage, flashes and bleaching; drift is from the first frame."
    ),
    "trackers": Kind(
        "quality",
        "Trackers",
        "The same detections, linked by each. Filled: first sequence of a set; hollow: others. Arrow: lower still.",
    ),
    "rounds": Kind(
        "quality",
        "Rounds of corrections",
        "Mean over the sequences; round 0 is the network before any correction. Where `allow_contaminated` is set, "
        "frames that were corrected may be among those that are scored.",
    ),
    "stress": Kind(
        "quality",
        "Trackers under stress",
        "Left: every second, fourth or eighth frame only. Others: shares of cells left out, added, or merged.",
    ),
    "leaderboard": Kind(
        "quality",
        "Among published scores",
        "The rank that the mean over `sequences` would have among the published values that are known, not all that "
        "there are. The challenge scores its entries on movies whose truth is secret; ours are its training movies.",
    ),
    "attribution": Kind(
        "quality",
        "Where tracking scores are lost",
        "TRA + segmentation_loss + linking_loss = 1. LNK_ceiling: what a perfect linker would reach on the same masks; "
        "links_unreachable end in a cell that the masks lack. Intervals: 95 %, bootstrap over frames.",
    ),
    "confidence": Kind(
        "quality",
        "Are trackers as sure as they are right?",
        "All sequences of a view together. ECE: expected calibration error, 0 where a link of confidence .8 is right "
        "in eight of ten cases. Divisions that the truth leaves open, a track ending where two begin, do not count.",
    ),
    "links": Kind(
        "quality",
        "Worst links",
        "Frame before on the left, frame after on the right. One colour is one track of the result; numbers are tracks "
        "of the truth, at their markers. Right would be one colour per number.",
    ),
    "processors": Kind(
        "quality",
        "On another machine",
        "Labels of a run are the same bytes on one machine. Another processor adds in another order: the same network "
        "on one image, computed in other ways. map_levels_max: largest difference of the maps, of 255; map_share, "
        "label_share: share of pixels with another value, or in another object; f1: objects that are found again. A "
        "training on another machine takes another path and differs by more.",
    ),
    "networks": Kind(
        "training",
        "Networks",
        "Operations are floating point ones per pixel of the image as the network sees it (an addition and a "
        "multiplication are two); an output depends on a square of receptive_field_px, and on nothing further away. "
        "Overfitting: the validation loss rose by a tenth after its least value while the training loss fell on; the "
        "weights of the best step are kept.",
    ),
    "training": Kind("training", "Training curves"),
    "scale": Kind("quality", "Cost of size", "Dotted: 2 GiB, and as fast as here. Numbers: results/scale/*.tsv."),
}


@dataclass(frozen=True)
class Exhibit:
    """A file that the report shows: its kind, what it is of (model, tracker, dataset, sequence), and its bytes."""

    kind: str
    names: tuple[str, ...]
    suffix: str
    content: bytes

    def table(self) -> pd.DataFrame:
        """Return the content of a table; text columns stay text ("01" is a name)."""
        stream = io.BytesIO(self.content)
        if self.suffix == ".parquet":
            return pd.read_parquet(stream)
        separator = "\t" if self.suffix == ".tsv" else ","
        table = pd.read_csv(stream, sep=separator, dtype=str, keep_default_na=False, na_values=[""])
        for name in table.columns.difference(["dataset", "sequence", "model", "tracker"]):
            numbers = pd.to_numeric(table[name], errors="coerce")
            if (numbers.notna() | table[name].isin(["nan", "NaN"]) | table[name].isna()).all():
                table[name] = numbers
        return table


def read_exhibit(path: Path) -> Exhibit:
    """Read a file of the report; its path says what it is.

    ``…/figures/overlay/unet/weave/simulated/02.png`` is an `overlay` of ``("unet", "weave", "simulated", "02")``; a
    file outside of a folder ``figures`` is of the kind that it is called after: ``results/score/attribution.tsv``.

    Raises
    ------
    InputError
        `KINDS` does not list the kind, or no exhibit has this suffix.
    """
    kind, names = kind_of(path), names_of(path)
    if kind not in KINDS:
        raise InputError(f"the report knows no figure or table {kind!r}", where=path, todo=closest(kind, list(KINDS)))
    if path.suffix not in PICTURES + TABLES + DATA:
        raise InputError(f"the report cannot show a {path.suffix}", where=path, todo="give a picture or a table")
    return Exhibit(kind, names, path.suffix, path.read_bytes())


def kind_of(path: PurePath) -> str:
    """Return the kind of a file: the folder below ``figures``, else the file's own name."""
    parts = path.parts
    return parts[parts.index(FIGURES) + 1] if FIGURES in parts[:-1] else path.stem


def names_of(path: PurePath) -> tuple[str, ...]:
    """Return what a figure is of: the names in its path below ``figures/<kind>``, none for a file elsewhere."""
    parts = (*path.parts[:-1], path.stem)
    below = parts.index(FIGURES) + 2 if FIGURES in path.parts[:-1] else len(parts)
    return tuple(part for part in parts[below:] if part != UNTRACKED)
