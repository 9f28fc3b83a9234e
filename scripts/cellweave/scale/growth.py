"""What one step of the workflow took on one sequence, per megapixel."""

from collections.abc import Sequence

import pandas as pd

from cellweave.core.usage import Usage
from cellweave.scale.exactness import Agreement


def step_row(
    step: str, frames: pd.DataFrame, usages: Sequence[Usage], objects: int, agreement: Agreement
) -> dict[str, object]:
    """Return one row of ``scale.tsv``.

    Parameters
    ----------
    step : str
        Name of a rule.
    frames : DataFrame
        height, width of every frame.
    usages : sequence of Usage
        What its jobs took: seconds are added up, memory is that of the largest.
    objects : int
        Objects of the sequence.
    agreement : Agreement
        Of its labels with those of another cutting.
    """
    megapixels = float((frames["height"].astype("int64") * frames["width"]).sum() / 1e6)
    seconds, cpu = (sum(getattr(usage, name) for usage in usages) for name in ("seconds", "cpu_seconds"))
    return {
        "megapixels": megapixels,
        "frames": len(frames),
        "objects": objects,
        "step": step,
        "jobs": len(usages),
        "seconds": seconds,
        "cpu_seconds": cpu,
        "cpu_seconds_per_megapixel": cpu / megapixels,
        "seconds_per_megapixel": seconds / megapixels,
        "peak_mib": max(usage.peak_mib for usage in usages),
        "pixels_compared": agreement.pixels,
        "objects_compared": agreement.objects,
        "split": agreement.split,
        "merged": agreement.merged,
        "swapped": agreement.swapped,
        "astray": agreement.astray,
    }


def memory_growth(scale: pd.DataFrame) -> pd.DataFrame:
    """Return peak memory [MiB] of every step for images of growing size, and how much more the largest takes.

    Parameters
    ----------
    scale : DataFrame
        step, sequence, megapixels, frames, peak_mib, as `step_row` gives them; movies are left out.

    Returns
    -------
    DataFrame
        One row per step, one column per sequence from the smallest on, and `growth`, the largest over the smallest - 1.
    """
    stills = scale[scale["frames"] == 1].sort_values("megapixels", kind="stable")
    peaks = stills.pivot_table("peak_mib", "step", "sequence", sort=False)
    return peaks.assign(growth=peaks.iloc[:, -1] / peaks.iloc[:, 0] - 1).rename_axis(columns=None).reset_index()
