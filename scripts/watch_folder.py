"""Segment, measure and track the frames of a movie as they arrive in a folder.

Inputs: the folder (or a pattern), the model's file, its calibration, fitted costs.
Outputs: labels (store), objects, cells, frames, nodes, tracks (parquet), as gather_labels, measure_cells and
link_cells write them. Beside the tracks: events.jsonl and latency.tsv, which grow with the movie, and .live/, from
which a run that was cut off goes on.
"""

import time
from pathlib import Path

import numpy as np
import pandas as pd
import yaml

from cellweave.core.devices import own_device
from cellweave.core.latency import Latency
from cellweave.core.logs import log_to
from cellweave.core.progress import bar
from cellweave.formats.arrivals import Arrivals
from cellweave.formats.events import END, EventLog
from cellweave.formats.images import open_series
from cellweave.formats.scale import Scale
from cellweave.formats.series import Series
from cellweave.formats.shelf import Kept, Shelf
from cellweave.formats.statistics import frame_statistics, normalisation
from cellweave.formats.tables import write_table
from cellweave.learn.records import key_of
from cellweave.measure.sequence import Cells
from cellweave.segment.blocks import check_planar
from cellweave.segment.single import Means
from cellweave.track.overlap import shared_pixels
from cellweave.track.stream import Scenery, Stream
from cellweave.track.weights import Weights


class Live:
    """What is known of a growing movie, and what is done with its next frame."""

    def __init__(self, shelf: Shelf, series: Series, means: dict, stream: dict, allow_blank: bool) -> None:
        self.shelf, self.allow_blank, self.done = shelf, allow_blank, 0
        self.scale: Scale = series.scale
        self.segment = Means(**means, pixel_um=self.scale.pixel_um).open(series.sources[0])
        self.stream = Stream(**stream, frame_min=self.scale.frame_min)
        self.norm, self.before = shelf.note("normalisation"), None

    def again(self, kept: Kept) -> list[dict]:
        """Take a frame that was kept by an earlier run."""
        self.done += 1
        return self.stream.add(Scenery(kept.objects, kept.cells, kept.overlaps))

    def measure(self, pixels: list[np.ndarray], reference: int) -> None:
        """Measure centre and spread of the first frames, which all frames are normalised by."""
        table = normalisation(pd.DataFrame([frame_statistics(plane[0]) for plane in pixels]), "movie", reference)
        self.norm = self.shelf.note("normalisation", table.iloc[0].tolist())

    def take(self, pixels: np.ndarray, source: str) -> list[dict]:
        """Segment, measure, keep and link the next frame ``(C, Y, X)``; return what happened."""
        check_planar(pixels[None])
        labels, objects = self.segment(pixels, *self.norm)
        measured = Cells(labels[None], pixels[None], objects, 0, labels.shape, self.scale.pixel_um, self.scale.z_um)
        cells = pd.concat(list(measured.tables()), ignore_index=True).assign(frame=np.int32(self.done))
        objects["frame"] = np.int32(self.done)
        if self.before is None and self.done:
            self.before = self.shelf.labels(self.done - 1)
        overlaps = shared_pixels(np.zeros_like(labels) if self.before is None else self.before, labels)
        overlaps.insert(0, "frame", self.done - 1)
        kept = Kept(source, objects, cells, overlaps, measured.confluence)
        self.shelf.keep(self.done, kept, labels)
        self.before = labels
        return self.again(kept)


def main(
    *,
    source: str,
    means: dict,
    tracker: dict,
    costs: Path | None,
    reference_frames: int,
    watch: dict,
    scale: tuple[float | None, float | None],
    allow_blank: bool,
    key: str,
    outputs: dict[str, Path],
) -> Live:
    """Process the frames that arrive in `source` until the last one, then write `outputs`."""
    folder = outputs["nodes"].parent
    shelf = Shelf(folder / ".live", key)
    events, latency = EventLog(folder / "events.jsonl", shelf.fresh), Latency(folder / "latency.tsv", shelf.fresh)
    fitted = {"weights": Weights.of(yaml.safe_load(costs.read_text()), costs)} if costs else {}
    stream = {"options": {**tracker, **fitted}, "reference": reference_frames, "rare": watch["rare"]}
    kept = [shelf.read(frame) for frame in range(len(shelf))]
    arrivals = Arrivals(
        source, [each.source for each in kept], watch["frames"], watch["idle_min"] * 60, watch["poll_s"]
    )

    def begin(series: Series) -> Live:
        live = Live(shelf, series.scaled(*scale), means, stream, allow_blank)
        for each in kept:
            events.tell(live.again(each))
        return live

    def catch_up(live: Live, waiting: list[tuple[np.ndarray, str, float | None]]) -> None:
        if live.norm is None and waiting:
            live.measure([pixels for pixels, *_ in waiting], reference_frames)
        for pixels, name, since in waiting:
            started = time.monotonic()
            events.tell(happened := live.take(pixels, name))
            shown.write(latency.add(live.done - 1, name, started, since, happened))
            shown.update()
        waiting.clear()

    live, waiting = None, []
    with bar(f"live {source}", watch["frames"], "frame", initial=len(kept)) as shown:
        for series, since in arrivals:
            live = live or begin(series)
            waiting.append((series.frame(len(series) - 1, allow_blank=allow_blank), arrivals.names[-1], since))
            if live.norm is not None or len(waiting) == reference_frames:
                catch_up(live, waiting)
        if live is None or watch["frames"] is None:
            movie = open_series(source, "movie")  # which refuses a movie with a gap
            live = live or begin(movie)
        catch_up(live, waiting)
        shown.write(latency.summary())
    nodes, tracks, last = live.stream.finish()
    shelf.write(live.done, live.scale, **{name: outputs[name] for name in ("labels", "objects", "cells", "frames")})
    write_table(nodes, outputs["nodes"])
    write_table(tracks, outputs["tracks"])
    events.tell([*last, {"event": END, "frames": live.done}])
    return live


if __name__ == "__main__":
    with log_to(snakemake.log[0]), own_device(snakemake.params.means["device"]):
        given = {name: snakemake.input.get(name) for name in ("checkpoint", "calibration", "weights", "costs")}
        files = {name: Path(found[0]) if found else None for name, found in given.items()}
        settings, costs = {**snakemake.params, "watch": None}, files.pop("costs")
        main(
            source=snakemake.params.source,
            means={**snakemake.params.means, **files, "threads": snakemake.threads},
            tracker=dict(snakemake.params.tracker),
            costs=costs,
            reference_frames=snakemake.params.reference_frames,
            watch=snakemake.params.watch,
            scale=tuple(snakemake.params.scale),
            allow_blank=snakemake.params.allow_blank,
            key=key_of(settings, snakemake.params.code, costs, *files.values()),
            outputs={name: Path(path) for name, path in snakemake.output.items()},
        )
