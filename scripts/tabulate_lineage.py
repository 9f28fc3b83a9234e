"""Tables of a lineage: detections, cells, events and the lengths of cell cycles.

Inputs: labels (store, for the size of the field), nodes, tracks, cells (parquet)
Outputs: detections, lives, events, survival (parquet)
"""

from pathlib import Path

import numpy as np

from cellweave.core.logs import log_to
from cellweave.formats.ngff import open_labels
from cellweave.formats.tables import read_table, write_table
from cellweave.track.lives import survival, tabulate_cells, tabulate_events, tabulate_lives


def main(
    *,
    labels: Path,
    objects: Path,
    cells: Path,
    nodes: Path,
    tracks: Path,
    detections: Path,
    lives: Path,
    events: Path,
    survived: Path,
) -> None:
    """Tabulate the lineage of `nodes` and `tracks` with the intensities in `cells`."""
    shape, lineage, measured = open_labels(labels).shape, read_table(tracks), read_table(cells)
    light = [name for name in measured if name.startswith("mean_intensity_")]
    found = read_table(nodes).merge(measured[["frame", "label", *light]], on=["frame", "label"], how="left")
    area = read_table(objects)["area_px"]
    margin = 2 * float(np.sqrt(area.median() / np.pi)) if len(area) else 0.0
    life = tabulate_lives(found, lineage, frames=shape[0], shape=shape[-2:], margin_px=margin)
    table = tabulate_cells(found, lineage, life)
    happened = tabulate_events(table, life)
    born = life[life["born"]]
    write_table(table.drop(columns=light), detections)
    write_table(life, lives)
    write_table(happened, events)
    write_table(survival(born["life_frames"].to_numpy(), born["divided"].to_numpy()), survived)


if __name__ == "__main__":
    with log_to(snakemake.log[0]):
        main(
            labels=Path(snakemake.input.labels),
            objects=Path(snakemake.input.objects),
            cells=Path(snakemake.input.cells),
            nodes=Path(snakemake.input.nodes),
            tracks=Path(snakemake.input.tracks),
            detections=Path(snakemake.output.detections),
            lives=Path(snakemake.output.lives),
            events=Path(snakemake.output.events),
            survived=Path(snakemake.output.survived),
        )
