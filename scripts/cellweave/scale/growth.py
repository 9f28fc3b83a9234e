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
