"""Bundle image, labels and table of one run in one OME-Zarr that napari, Fiji and vizarr open.

Inputs: image, labels (stores), cells, and where tracked detections and lives (parquet)
Outputs: bundle (OME-Zarr), table (tsv with the columns that MoBIE expects)
"""

import shutil
from pathlib import Path

import numpy as np
import pandas as pd

from cellweave.core.files import whole
from cellweave.core.logs import log_to
from cellweave.core.progress import progress
from cellweave.formats.annotated import write_cells
from cellweave.formats.ngff import adopt_labels, open_labels, read_axes, read_scale, write_labels
from cellweave.formats.tables import read_table


def main(
    *,
    image: Path,
    labels: Path,
    cells: Path,
    detections: Path | None,
    lives: Path | None,
    names: dict[str, str],
    bundle: Path,
    table: Path,
) -> None:
    """Write `bundle`: image, ``labels/cells``, ``labels/tracks`` and ``tables/cells``; and that table as `table`."""
    measured, scale = read_table(cells), read_scale(image)
    found = None if detections is None else read_table(detections)
    with whole(bundle) as part:
        shutil.copytree(image, part, ignore=shutil.ignore_patterns(".snakemake*"))
        _copy_labels(labels, found, part / "labels")
        lived = None if lives is None else read_table(lives)
        write_cells(part / "tables" / "cells", measured, found, lived, scale=scale, names=names)
        adopt_labels(part, tables=("cells",))
    with whole(table) as part:
        _mobie(measured, found, scale.pixel_um).to_csv(part, sep="\t", index=False)


def _copy_labels(labels: Path, detections: pd.DataFrame | None, store: Path) -> None:
    """Copy the ids of objects, and beside them those of their tracks."""
    source = open_labels(labels)
    kinds = ("cells",) if detections is None else ("cells", "tracks")
    with write_labels(
        store, names=kinds, shape=source.shape, axes=read_axes(labels), scale=read_scale(labels)
    ) as written:
        bands = list(written["cells"].bands())
        for frame in progress(range(source.shape[0]), f"bundle {labels.parent.name}"):
            track_of = _track_of(detections, frame)
            for place in np.ndindex(source.shape[1:-2]):
                for top, bottom in bands:
                    ids = source[(frame, *place, slice(top, bottom))]
                    written["cells"][(frame, *place, slice(top, bottom))] = ids
                    if track_of is not None:
                        written["tracks"][(frame, *place, slice(top, bottom))] = track_of[ids]


def _track_of(detections: pd.DataFrame | None, frame: int) -> np.ndarray | None:
    """Label -> track of one frame as an array."""
    if detections is None:
        return None
    here = detections[detections["frame"] == frame]
    table = np.zeros(int(here["label"].max() if len(here) else 0) + 1, np.int32)
    table[here["label"].to_numpy()] = here["track"].to_numpy()
    return table


def _mobie(measured: pd.DataFrame, detections: pd.DataFrame | None, pixel_um: float | None) -> pd.DataFrame:
    """MoBIE's columns first: label_id, timepoint, anchor in physical units."""
    step = pixel_um or 1
    head = pd.DataFrame(
        {
            "label_id": measured["label"],
            "timepoint": measured["frame"],
            "anchor_x": measured["x_px"] * step,
            "anchor_y": measured["y_px"] * step,
        }
    )
    table = pd.concat([head, measured.drop(columns=["label", "frame"])], axis=1)
    if detections is None:
        return table
    known = detections.drop(columns=["y_px", "x_px"]).rename(columns={"label": "label_id", "frame": "timepoint"})
    return table.merge(known, on=["label_id", "timepoint"], how="left")


if __name__ == "__main__":
    with log_to(snakemake.log[0]):
        detections, lives = (snakemake.input.get(name) for name in ("detections", "lives"))
        main(
            image=Path(snakemake.input.image),
            labels=Path(snakemake.input.labels),
            cells=Path(snakemake.input.cells),
            detections=Path(detections) if detections else None,
            lives=Path(lives) if lives else None,
            names=dict(snakemake.wildcards.items()),
            bundle=Path(snakemake.output.bundle),
            table=Path(snakemake.output.table),
        )
