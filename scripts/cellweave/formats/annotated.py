"""Cells by features: how the tables of one run become an AnnData table."""

from pathlib import Path

import numpy as np
import pandas as pd

from cellweave.formats.anndata import write_anndata
from cellweave.formats.scale import Scale

KEYS = ["frame", "label"]
PLACES = ("y_px", "x_px", "z_px")
LIFE = ("founder", "born", "divided", "censored")  # of the cell as a whole, from its life


def write_cells(
    path: str | Path,
    measured: pd.DataFrame,
    detections: pd.DataFrame | None,
    lives: pd.DataFrame | None,
    *,
    scale: Scale,
    names: dict[str, str],
) -> None:
    """Write what was measured of every cell in every frame, with the keys of its lineage, as AnnData.

    Parameters
    ----------
    path : str or Path
        Final name of the zarr group.
    measured : DataFrame
        One row per frame and label, as `measure_cells` writes it; its numbers but for places and boxes become `X`.
    detections, lives : DataFrame or None
        As `tabulate_lineage` writes them; None where nothing was tracked.
    scale : Scale
        `spatial` is in um where the pixel size is known, else in px.
    names : dict
        `dataset`, `sequence`, `model`, `tracker`.
    """
    cells = measured
    if detections is not None:
        known = detections.drop(columns=[name for name in PLACES if name in detections])
        cells = cells.merge(known, on=KEYS, how="left")
        if lives is not None:
            cells = cells.merge(lives[["cell", *LIFE]], on="cell", how="left")
    features = [name for name in measured if name not in (*KEYS, *PLACES) and not name.startswith("box_")]
    about = cells.drop(columns=features).assign(time_min=cells["frame"] * scale.frame_min if scale.frame_min else None)
    about = about.dropna(axis="columns", how="all").convert_dtypes(dtype_backend="numpy_nullable")
    about.index = [f"t{frame}_{label}" for frame, label in zip(cells["frame"], cells["label"], strict=True)]
    write_anndata(
        path,
        values=cells[features],
        cells=_plain(about),
        features=pd.DataFrame({"unit": [unit_of(name) for name in features]}, index=features),
        places=cells[["x_px", "y_px"]].to_numpy() * (scale.pixel_um or 1),
        notes={**names, "pixel_um": scale.pixel_um, "frame_interval_min": scale.frame_min},
    )


def unit_of(column: str) -> str:
    """Return the unit that the name of a column ends in, empty where it has none."""
    ending = column.rsplit("_", 1)[-1]
    return {"um": "µm", "um2": "µm²", "um3": "µm³", "px": "px", "rad": "rad", "frames": "frames"}.get(ending, "")


def _plain(table: pd.DataFrame) -> pd.DataFrame:
    """Missing numbers as NaN, truth values that may be missing as 1, 0 and NaN, so that every reader takes them."""
    columns: dict[str, np.ndarray] = {}
    for name in table:
        column = table[name]
        if pd.api.types.is_string_dtype(column):
            columns[name] = column.fillna("").to_numpy(dtype=object)
        elif column.isna().any():
            columns[name] = column.to_numpy(dtype="float64", na_value=float("nan"))
        else:
            columns[name] = column.to_numpy(dtype={"i": "int64", "b": "bool"}.get(column.dtype.kind, "float64"))
    return pd.DataFrame(columns, index=table.index)
