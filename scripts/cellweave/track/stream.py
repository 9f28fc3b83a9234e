"""Tracking while a movie is still growing: every frame is linked once, and what happened in it is told at once."""

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from cellweave.core.errors import InputError
from cellweave.core.registry import closest
from cellweave.track.candidates import read_detections, reference_cells
from cellweave.track.lineage import tracks_of
from cellweave.track.linker import Linker, link_cells
from cellweave.track.movie import detected

logger = logging.getLogger(__name__)

Event = dict[str, Any]


class Scenery(NamedTuple):
    """What is known of a frame before it is linked.

    Attributes
    ----------
    objects, measured : DataFrame
        As `gather_labels` and `measure_cells` write them, of this frame.
    overlaps : DataFrame
        Pixels shared with the frame before, as `overlap.overlaps_of` gives them.
    """

    objects: pd.DataFrame
    measured: pd.DataFrame
    overlaps: pd.DataFrame


@dataclass(frozen=True)
class Rare:
    """A rule for what is rare: a column, a value, and the side of it.

    Attributes
    ----------
    column : str
    side : {"above", "below"}
    value : float
        In the unit of the column.
    """

    column: str
    side: str
    value: float

    @classmethod
    def of(cls, rule: Mapping[str, Any], reference: pd.DataFrame) -> "Rare":
        """Return the rule that the configuration describes, with quantiles of the `reference` cells.

        Raises
        ------
        InputError
            The column is not measured.
        """
        column = rule["column"]
        if column not in reference or not pd.api.types.is_numeric_dtype(reference[column]):
            todo = closest(column, [name for name in reference if name not in ("frame", "label")])
            raise InputError(f"no measured column {column!r}", where="watch.rare", todo=todo)
        side = next(name for name in ("above", "below") if name in rule or f"{name}_quantile" in rule)
        value = rule[side] if side in rule else reference[column].quantile(rule[f"{side}_quantile"])
        return cls(column, side, float(value))

    def fits(self, measured: pd.DataFrame) -> np.ndarray:
        """Return which cells are rare, ``(N,)`` bool."""
        values = measured[self.column].to_numpy(float)
        return values > self.value if self.side == "above" else values < self.value


class Stream:
    """Links frame after frame and reports divisions and rare cells.

    The first frames wait until as many frames with cells as `reference` are there, in whose units the movie is
    measured. From then on what is said of a frame never changes, and linking costs what the new frame costs.

    Parameters
    ----------
    options : mapping
        The tracker weave as configured, fitted weights among its options.
    reference : int
    rare : iterable of mapping
        `watch.rare` of the configuration.
    frame_min : float or None
        Time between frames, for the events.
    """

    def __init__(
        self, options: Mapping[str, Any], reference: int, rare: Iterable[Mapping[str, Any]], frame_min: float | None
    ) -> None:
        self.linked = 0
        """Frames that were linked; tests count with it."""
        self._options = {name: value for name, value in options.items() if name != "kind"}
        self._reference, self._frame_min = reference, frame_min
        self._rules = list(rare)
        self._rare: list[Rare] = []
        self._linker: Linker | None = None
        self._waiting: list[Scenery] = []
        self._tables: list[pd.DataFrame] = []
        self._rows = self._tracks = 0
        self._previous: np.ndarray = np.zeros(0, np.int64)
        self._track_of: dict[int, int] = {}
        self._told: set[tuple[int, int]] = set()

    def add(self, scenery: Scenery) -> list[Event]:
        """Take the next frame; return what is now known to have happened, in it or in frames that waited."""
        self._waiting.append(scenery)
        if self._linker is None:
            held = sum(len(each.objects) > 0 for each in self._waiting)
            if held < self._reference:
                return []
            self._begin()
        return self._link_waiting()

    def finish(self) -> tuple[pd.DataFrame, pd.DataFrame, list[Event]]:
        """Return nodes, tracks (`lineage.tracks_of`) and the last events, after the last frame."""
        if self._linker is None and any(len(each.objects) for each in self._waiting):
            self._begin()
        if self._linker is None:
            cells = pd.concat([detected(each.objects, each.measured) for each in self._waiting], ignore_index=True)
            return *link_cells(cells), []
        events = self._link_waiting()
        table = pd.concat(self._tables, ignore_index=True)
        return *tracks_of(table.drop(columns="predecessor"), table["predecessor"].to_numpy()), events

    def _begin(self) -> None:
        known = pd.concat([detected(each.objects, each.measured) for each in self._waiting], ignore_index=True)
        self._linker = Linker.of(reference_cells(known, self._reference), **self._options)
        measured = pd.concat([each.measured for each in self._waiting], ignore_index=True)
        self._rare = [Rare.of(rule, reference_cells(measured, self._reference)) for rule in self._rules]
        for rare in self._rare:
            logger.info("rare: %s %s %.6g", rare.column, rare.side, rare.value)

    def _link_waiting(self) -> list[Event]:
        waiting, self._waiting = self._waiting, []
        return [event for scenery in waiting for event in self._link(scenery)]

    def _link(self, scenery: Scenery) -> list[Event]:
        frame, cells = self.linked, detected(scenery.objects, scenery.measured)
        detections = read_detections(cells, self._linker.standards)
        rows = self._rows + np.arange(len(detections))
        source, sure = self._linker.link(frame, detections, rows, scenery.overlaps)
        table = pd.DataFrame(detections.position, columns=["y_px", "x_px"])
        table = table.assign(
            frame=detections.frame, label=detections.label, confidence=sure, predecessor=source, row=rows
        )
        self.linked, self._rows = frame + 1, self._rows + len(rows)
        self._tables.append(table.drop(columns="row"))
        split = table["predecessor"].ge(0) & table.duplicated("predecessor", keep=False)
        table["track"] = self._number(table, split)
        self._previous, mothers = rows, self._track_of
        self._track_of = dict(zip(table["row"], table["track"], strict=True)) | {
            row: mothers[row] for row in self._linker.memory.row if row in mothers
        }
        return [*self._divisions(table[split], mothers), *self._rarities(table, scenery.measured)]

    def _number(self, table: pd.DataFrame, split: pd.Series) -> np.ndarray:
        """Number tracks as `lineage.tracks_of` does: those that begin in a frame by y, then x."""
        goes_on = (~split & table["predecessor"].isin(self._previous)).to_numpy()
        order = np.lexsort((table["x_px"], table["y_px"]))
        begins = order[~goes_on[order]]
        numbers = np.zeros(len(table), np.int64)
        numbers[goes_on] = np.array([self._track_of[row] for row in table["predecessor"][goes_on]], np.int64)
        numbers[begins] = self._tracks + 1 + np.arange(len(begins))
        self._tracks += len(begins)
        return numbers

    def _divisions(self, born: pd.DataFrame, mothers: Mapping[int, int]) -> list[Event]:
        return [
            self._event("division", int(daughters["frame"].iloc[0]))
            | {
                "mother_track": mothers[row],
                "confidence": round(float(daughters["confidence"].iloc[0]), 4),
                "daughters": [self._cell(cell) for cell in daughters.itertuples()],
            }
            for row, daughters in born.groupby("predecessor")
        ]

    def _rarities(self, table: pd.DataFrame, measured: pd.DataFrame) -> list[Event]:
        events = []
        for number, rare in enumerate(self._rare):
            values = dict(zip(measured["label"], measured[rare.column], strict=True))
            labels = set(measured["label"][rare.fits(measured)])
            for cell in table[table["label"].isin(labels)].itertuples():
                if (number, cell.track) not in self._told:
                    self._told.add((number, cell.track))
                    what = {"column": rare.column, "value": float(values[cell.label]), rare.side: rare.value}
                    events.append(self._event("rare", int(cell.frame)) | self._cell(cell) | what)
        return events

    def _event(self, kind: str, frame: int) -> Event:
        time = {} if self._frame_min is None else {"time_min": round(frame * self._frame_min, 6)}
        return {"event": kind, "frame": frame} | time

    @staticmethod
    def _cell(cell: Any) -> Event:
        return {
            "track": int(cell.track),
            "label": int(cell.label),
            "y_px": round(float(cell.y_px), 2),
            "x_px": round(float(cell.x_px), 2),
        }
