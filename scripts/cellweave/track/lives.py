"""The lives of cells: tables per detection, per cell and per event, and how long cycles last.

A *cell* lives from one division to the next. Where it is lost for some frames its life consists of several tracks, each
the only child of the one before; it is named after the first of them. A life of which birth or end was not seen is
*censored*: its length is only a lower bound. What lies within a margin of the border when it comes or goes has entered
or left; elsewhere it has appeared or died (or was lost: a tracker cannot tell).
"""

import numpy as np
import pandas as pd

from cellweave.track.lineage import families

EVENTS = ["kind", "frame", "cell", "y_px", "x_px", "confidence"]


def cells_of_tracks(tracks: pd.DataFrame) -> pd.Series:
    """Return the cell (its first track) that each track belongs to, indexed by track."""
    tree = families(tracks).set_index("track")
    single = tree["parent"].gt(0) & tree["children"].reindex(tree["parent"]).eq(1).to_numpy()
    cell = pd.Series(tree.index, index=tree.index)
    for track in tree.index[single][np.argsort(tree["begin"][single].to_numpy(), kind="stable")]:
        cell[track] = cell[tree["parent"][track]]
    return cell


def tabulate_lives(
    nodes: pd.DataFrame, tracks: pd.DataFrame, *, frames: int, shape: tuple[int, int], margin_px: float
) -> pd.DataFrame:
    """Return one row per cell.

    Parameters
    ----------
    nodes : DataFrame
        frame, label, track, y_px, x_px; columns ``mean_intensity_*`` are integrated.
    tracks : DataFrame
        track, begin, end, parent.
    frames : int
        Length of the movie.
    shape : (int, int)
        Height and width, pixels.
    margin_px : float
        About the diameter of a cell.

    Returns
    -------
    DataFrame
        cell, begin, end (frames), begins_by (division, entry, appearance, start of the movie), ends_by (division, exit,
        death, end of the movie), mother, sister (0 = none; of three the first other), founder, generation, daughters,
        born, divided, censored (bool), life_frames, path_px, displacement_px, persistence (displacement over path),
        speed_px (path per frame), division_angle_rad (direction from the first to the second daughter against the
        rows, 0 to pi), integrated_mean_intensity_* (sum over the life).
    """
    cell = cells_of_tracks(tracks)
    tree = families(tracks).set_index("track")
    first, last = cell[~cell.duplicated()], cell[~cell.duplicated(keep="last")]
    lives = pd.DataFrame({"cell": first.to_numpy(), "begin": tree["begin"][first.index].to_numpy()}).set_index("cell")
    lives["end"] = tree["end"][last.index].set_axis(last.to_numpy())
    lives["mother"] = cell.reindex(tree["parent"][first.index]).fillna(0).astype(np.int32).to_numpy()
    lives["founder"] = cell.reindex(tree["founder"][first.index]).to_numpy()
    lives["generation"] = tree["generation"][first.index].to_numpy()
    lives["sister"] = _sisters(lives["mother"])
    lives["daughters"] = lives["mother"].value_counts().reindex(lives.index).fillna(0).astype(np.int32)
    lives["born"] = lives["mother"] > 0
    lives["divided"] = lives["daughters"] > 1
    lives["censored"] = ~(lives["born"] & lives["divided"])
    lives["life_frames"] = lives["end"] - lives["begin"] + 1
    nodes = nodes.assign(cell=cell.reindex(nodes["track"]).to_numpy())
    lives = lives.join([_limits(lives, nodes, frames, shape, margin_px), _journeys(nodes)])
    lives["division_angle_rad"] = _angles(lives, nodes)
    whole = ["begin", "end", "mother", "founder", "generation", "sister", "daughters", "life_frames"]
    return lives.astype(dict.fromkeys(whole, np.int32)).reset_index().astype({"cell": np.int32})


def tabulate_cells(nodes: pd.DataFrame, tracks: pd.DataFrame, lives: pd.DataFrame) -> pd.DataFrame:
    """Return one row per detection: nodes with cell, mother, sister, generation, age and time to division.

    age_frames counts from birth, and time_to_division_frames to the last frame before the daughters; both are NaN where
    that end of the life was not seen.
    """
    table = nodes.assign(cell=cells_of_tracks(tracks).reindex(nodes["track"]).to_numpy())
    life = lives.set_index("cell").reindex(table["cell"])
    for name in ("mother", "sister", "generation"):
        table[name] = life[name].to_numpy()
    frame = table["frame"].to_numpy(float)
    table["age_frames"] = np.where(life["born"], frame - life["begin"], np.nan)
    table["time_to_division_frames"] = np.where(life["divided"], life["end"] - frame, np.nan)
    return table


def tabulate_events(nodes: pd.DataFrame, lives: pd.DataFrame) -> pd.DataFrame:
    """Return how cells begin and end but with the movie, by frame: divisions, deaths, exits, entries, appearances.

    Parameters
    ----------
    nodes : DataFrame
        frame, track, y_px, x_px, confidence if known, cell.
    lives : DataFrame
        As `tabulate_lives` returns them.

    Returns
    -------
    DataFrame
        kind, frame (of the last detection before a division, death or exit; of the first after an entry or
        appearance), cell, y_px, x_px, confidence (of divisions; NaN else).
    """
    ordered = nodes.sort_values("frame", kind="stable")
    if "confidence" not in ordered:
        ordered = ordered.assign(confidence=np.nan)
    first, last = (ordered.groupby("cell")[["frame", "y_px", "x_px", "confidence"]].nth(n) for n in (0, -1))
    first, last = (part.join(ordered["cell"]).set_index("cell") for part in (first, last))
    life = lives.set_index("cell")
    sure = first["confidence"].groupby(life["mother"].reindex(first.index)).min()
    ended, came = life.index[life["ends_by"] != "end"], life.index[life["begins_by"].isin(["entry", "appearance"])]
    kind = life["ends_by"].loc[ended]
    parts = [
        last.loc[ended].assign(kind=kind, confidence=sure.reindex(ended).where(kind == "division")),
        first.loc[came].assign(kind=life["begins_by"].loc[came], confidence=np.nan),
    ]
    events = pd.concat(parts).reset_index(names="cell")[EVENTS]
    return events.sort_values(["frame", "kind", "cell"], ignore_index=True)


def survival(length: np.ndarray, divided: np.ndarray) -> pd.DataFrame:
    """Estimate the share of cells that have not divided by each age.

    The product limit (Kaplan and Meier 1958, J. Am. Stat. Assoc. 53:457) over cells whose birth was seen: those that
    leave, die or outlive the movie count for as long as they were seen, so that long cycles are not underrated as they
    are in the mean over complete ones. Error by Greenwood's formula.

    Parameters
    ----------
    length : ndarray (N,), int
        Frames from birth to the last detection.
    divided : ndarray (N,), bool
        Whether a division ended the life.

    Returns
    -------
    DataFrame
        age_frames, at_risk, divisions, undivided (share), error; one row per age at which cells divide.
    """
    length, divided = np.asarray(length), np.asarray(divided, bool)
    age, divisions = np.unique(length[divided], return_counts=True)
    at_risk = len(length) - np.searchsorted(np.sort(length), age)
    undivided = np.cumprod(1 - divisions / at_risk)
    left = np.maximum(at_risk - divisions, 1)
    error = undivided * np.sqrt(np.cumsum(divisions / (at_risk * left)))
    return pd.DataFrame(
        {"age_frames": age, "at_risk": at_risk, "divisions": divisions, "undivided": undivided, "error": error}
    )


def median_life(curve: pd.DataFrame) -> float:
    """Return the age in frames by which half of the cells have divided, NaN if fewer do."""
    reached = curve["age_frames"][curve["undivided"] <= 0.5]
    return float(reached.iloc[0]) if len(reached) else float("nan")


def _sisters(mother: pd.Series) -> np.ndarray:
    """The first other daughter of the same mother, 0 for none."""
    groups = mother[mother > 0].groupby(mother[mother > 0]).apply(lambda group: group.index.tolist())
    pairs = zip(mother.index, mother, strict=True)
    return np.array([next((other for other in groups[m] if other != cell), 0) if m else 0 for cell, m in pairs], int)


def _limits(
    lives: pd.DataFrame, nodes: pd.DataFrame, frames: int, shape: tuple[int, int], margin_px: float
) -> pd.DataFrame:
    """begins_by and ends_by of each cell."""
    by_cell = nodes.sort_values("frame", kind="stable").groupby("cell")[["y_px", "x_px"]]
    near = {}
    for side, place in (("begin", by_cell.first()), ("end", by_cell.last())):
        place = place.reindex(lives.index).to_numpy()
        near[side] = np.minimum(place, np.array(shape) - 1 - place).min(axis=1, initial=np.inf) < margin_px
    begins = [lives["born"], lives["begin"] == 0, near["begin"]]
    ends = [lives["divided"], lives["end"] == frames - 1, near["end"]]
    table = pd.DataFrame(index=lives.index)
    table["begins_by"] = np.select(begins, ["division", "start", "entry"], "appearance")
    table["ends_by"] = np.select(ends, ["division", "end", "exit"], "death")
    return table


def _journeys(nodes: pd.DataFrame) -> pd.DataFrame:
    """Path, displacement, persistence and speed per cell, and integrated intensities."""
    nodes = nodes.sort_values(["cell", "frame"])
    by_cell = nodes.groupby("cell")
    steps = by_cell[["y_px", "x_px"]].diff()
    path = np.hypot(steps["y_px"], steps["x_px"]).groupby(nodes["cell"]).sum()
    first, last = by_cell[["frame", "y_px", "x_px"]].first(), by_cell[["frame", "y_px", "x_px"]].last()
    shift = np.hypot(last["y_px"] - first["y_px"], last["x_px"] - first["x_px"])
    elapsed = (last["frame"] - first["frame"]).where(lambda frames: frames > 0)
    table = pd.DataFrame({"path_px": path, "displacement_px": shift})
    table["persistence"] = shift / path.where(path > 0)
    table["speed_px"] = path / elapsed
    light = [name for name in nodes if name.startswith("mean_intensity_")]
    return table.join(by_cell[light].sum().add_prefix("integrated_"))


def _angles(lives: pd.DataFrame, nodes: pd.DataFrame) -> np.ndarray:
    """Direction between the first two daughters where they are first seen, 0 to pi; NaN without a division."""
    place = nodes.sort_values("frame").groupby("track")[["y_px", "x_px"]].first()
    angle = pd.Series(np.nan, lives.index)
    for mother, daughters in lives[lives["born"]].groupby("mother"):
        if len(daughters) > 1:
            one, other = place.loc[daughters.index[:2]].to_numpy()
            angle[mother] = np.arctan2(other[0] - one[0], other[1] - one[1]) % np.pi
    return angle.to_numpy()
