"""Lineage trees: time runs to the right, a line is a track, a fork is a division, dashes are gaps."""

from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from cellweave.report.colours import hex_colour, track_colours
from cellweave.report.figures import INK, WIDTH_IN, house_style, integer_ticks, sentence, tooltip

ROWS = 120
ROW_IN, TALL_ROW_IN = 0.1, 0.2
HALF = 0.4  # frames by which a line is longer than the time between its first and last frame, at each end
GAP = {"lw": 1, "ls": (0, (2, 1.5)), "zorder": 1.5}


def lineage_figure(nodes: pd.DataFrame, tracks: pd.DataFrame) -> Figure:
    """Draw the lineage trees of a sequence.

    Parameters
    ----------
    nodes : DataFrame
        `frame`, `track`: the frames in which each track was seen; the others within its life are drawn as a gap.
    tracks : DataFrame
        `track`, `begin`, `end`, `parent` (0 = none), as in the Cell Tracking Challenge.
    """
    if tracks.empty:
        return sentence("No lineage: nothing was tracked in this sequence.")
    trees = layout(tracks)
    shown = select(trees, ROWS)
    rows = int(shown["row"].max()) + 1
    colours = track_colours(tracks["track"], dict(zip(tracks["track"], tracks["parent"], strict=True)))
    with house_style():
        height = 0.9 + rows * max(ROW_IN, min(TALL_ROW_IN, 4 / rows))
        figure = Figure(figsize=(WIDTH_IN, height))
        ax = figure.subplots()
        _draw_tracks(ax, shown, nodes, {track: hex_colour(colour) for track, colour in colours.items()})
        _name_founders(ax, shown)
        ax.set_ylim(rows, -1)
        ax.set_xlim(tracks["begin"].min() - 0.5, max(tracks["end"].max(), tracks["begin"].min() + 1) + 0.5)
        ax.set_yticks([])
        ax.grid(visible=False, axis="y")
        ax.spines["left"].set_visible(False)
        ax.set_xlabel("frame")
        ax.set_title(_title(trees, shown))
        integer_ticks(ax)
    return figure


def layout(tracks: pd.DataFrame) -> pd.DataFrame:
    """Give every track a row, so that no lines cross.

    Parameters
    ----------
    tracks : DataFrame
        `track`, `begin`, `end`, `parent`; a parent that is not listed counts as none.

    Returns
    -------
    DataFrame
        The same tracks in drawing order with `founder` (root of the tree), `children` (their number) and `row`:
        leaves have whole numbers from 0, a parent the mean of its children's.
    """
    table = tracks.sort_values(["begin", "track"]).drop_duplicates("track").set_index("track", drop=False)
    table["parent"] = table["parent"].where(table["parent"].isin(table.index), 0)
    children = {parent: list(group) for parent, group in table["track"].groupby(table["parent"])}
    founder, row = {}, {}
    leaves = 0
    for root in children.get(0, []):
        todo = [root]
        while todo:  # preorder, without recursion: a line of gaps can be long
            track = todo.pop()
            founder[track] = root
            todo += reversed(children.get(track, []))
            if track not in children:
                row[track] = float(leaves)
                leaves += 1
    for track in reversed(list(founder)):
        if track in children:
            row[track] = sum(row[child] for child in children[track]) / len(children[track])
    ordered = table.loc[list(founder)].reset_index(drop=True)
    return ordered.assign(
        founder=ordered["track"].map(founder),
        children=[len(children.get(track, [])) for track in ordered["track"]],
        row=ordered["track"].map(row),
    )


def select(trees: pd.DataFrame, rows: int) -> pd.DataFrame:
    """Keep whole trees, at most about `rows` rows: those that divide first, then the longest.

    Parameters
    ----------
    trees : DataFrame
        As `layout` returns it.
    rows : int
        Rows that fit; the first tree is kept whatever its size.

    Returns
    -------
    DataFrame
        The kept trees in their old order, with rows counted anew.
    """
    leaves = trees["children"] == 0
    by_tree = trees.groupby("founder")
    size = pd.DataFrame(
        {
            "divisions": (trees["children"] > 1).groupby(trees["founder"]).sum(),
            "span": by_tree["end"].max() - by_tree["begin"].min(),
            "leaves": leaves.groupby(trees["founder"]).sum(),
        }
    ).sort_values(["divisions", "span"], ascending=False, kind="stable")
    fits = size["leaves"].cumsum() <= max(rows, size["leaves"].iloc[0])
    kept = trees[trees["founder"].isin(size.index[fits])]
    if len(kept) == len(trees):
        return trees
    return layout(kept[["track", "begin", "end", "parent"]])


def _title(trees: pd.DataFrame, shown: pd.DataFrame) -> str:
    divisions = int((trees["children"] > 1).sum())
    text = f"{len(trees)} tracks, {trees['founder'].nunique()} founders, {divisions} divisions"
    hidden = trees["founder"].nunique() - shown["founder"].nunique()
    return text if not hidden else f"{text} ({hidden} founders not shown)"


def _draw_tracks(ax: Axes, trees: pd.DataFrame, nodes: pd.DataFrame, colours: dict[int, str]) -> None:
    lives = {life.track: life for life in trees.itertuples()}
    seen = {track: sorted(frames) for track, frames in nodes.groupby("track")["frame"]}
    for track, life in lives.items():
        text = f"track {track}: frames {life.begin} to {life.end}"
        if life.parent:
            text += f", from track {life.parent}"
        for first, last in runs(seen.get(track, [])) or [(life.begin, life.end)]:
            # half a frame either way, so that a single frame is visible too
            ends = [first - HALF, last + HALF]
            (line,) = ax.plot(ends, [life.row] * 2, color=colours[track], lw=2.2, solid_capstyle="butt")
            tooltip(line, text)
        ax.plot([life.begin, life.end], [life.row] * 2, color=colours[track], **GAP)
        if life.parent:
            _draw_descent(ax, lives[life.parent], life, colours[track])


def _draw_descent(ax: Axes, parent: Any, child: Any, colour: str) -> None:
    """A fork where the parent divides, dashes up to where the child begins."""
    at = parent.end + HALF
    ax.plot([at, at], [parent.row, child.row], color=colour, lw=1.2, solid_capstyle="projecting")
    ax.plot([at, child.begin - HALF], [child.row, child.row], color=colour, **GAP)
    if parent.children > 1:
        ax.plot([at], [parent.row], marker="o", ms=2.8, color=INK, zorder=4)


def _name_founders(ax: Axes, trees: pd.DataFrame) -> None:
    for life in trees[trees["track"] == trees["founder"]].itertuples():
        ax.annotate(
            str(life.track),
            (life.begin - HALF, life.row),
            xytext=(-3, 0),
            textcoords="offset points",
            ha="right",
            va="center",
            fontsize=5.5,
            annotation_clip=False,
        )


def runs(frames: list[int]) -> list[tuple[int, int]]:
    """Return the stretches of consecutive numbers in sorted `frames` as (first, last)."""
    breaks = [i for i in range(1, len(frames)) if frames[i] != frames[i - 1] + 1]
    return [(frames[i], frames[j - 1]) for i, j in zip([0, *breaks], [*breaks, len(frames)], strict=True) if i < j]
