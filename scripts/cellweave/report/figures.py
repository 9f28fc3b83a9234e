"""One look for every plot: light and dark in the browser, sober on paper, with tooltips."""

import io
import re
from collections.abc import Iterator
from contextlib import contextmanager

import matplotlib
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure

WIDTH_IN = 5.2  # narrow, so that text stays readable when a phone shrinks it
INK, FAINT = "#1f2a37", "#c3cad3"  # become variables of the page in an SVG
VARIABLES = {INK: "--ink", FAINT: "--faint"}
SERIES = ("#3b82d6", "#e2743b", "#2fa084", "#a867c9", "#c9a227", "#d0557f")
TOOLTIP = "tip:"

STYLE = {
    "font.size": 8.5,
    "axes.titlesize": 9.5,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": FAINT,
    "axes.labelcolor": INK,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": FAINT,
    "grid.linewidth": 0.4,
    "text.color": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "xtick.major.size": 0,
    "ytick.major.size": 0,
    "legend.frameon": False,
    "legend.fontsize": 8,
    "lines.linewidth": 1.5,
    "figure.constrained_layout.use": True,
    "svg.fonttype": "none",
    "svg.hashsalt": "cellweave",
    "font.sans-serif": ["DejaVu Sans", "system-ui", "Helvetica", "Arial"],
}


@contextmanager
def house_style() -> Iterator[None]:
    """Draw what is inside this block in the report's style."""
    with matplotlib.rc_context(STYLE):
        yield


def sentence(text: str) -> Figure:
    """Return a figure that says why there is nothing to draw."""
    with house_style():
        figure = Figure(figsize=(WIDTH_IN, 0.6))
        figure.text(0.01, 0.5, text, va="center", style="italic")
    return figure


def integer_ticks(ax: Axes, axis: str = "x") -> None:
    """Put ticks of `axis` on whole numbers only."""
    ax.locator_params(axis=axis, integer=True, nbins=6)


def tooltip(artist: Artist, text: str) -> None:
    """Make `text` appear when the pointer rests on `artist` in an SVG."""
    artist.set_gid(TOOLTIP + text)


def render(figure: Figure, suffix: str) -> bytes:
    """Return a figure as ``.svg`` or ``.png`` bytes, the same for the same content.

    In an SVG, text stays text, its ink follows the page's (`--ink`, `--faint`, with a fallback) and
    artists marked by `tooltip` carry a title.

    Raises
    ------
    ValueError
        Another suffix.
    """
    if suffix not in (".svg", ".png"):
        raise ValueError(f"figures are .svg or .png, not {suffix!r}")
    stream = io.BytesIO()
    with house_style():
        if suffix == ".png":
            figure.savefig(stream, format="png", dpi=200)
            return stream.getvalue()
        figure.savefig(stream, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
    return _themed(stream.getvalue().decode()).encode()


def _themed(svg: str) -> str:
    svg = re.sub(rf'<g id="{TOOLTIP}([^"]*)">', r'<g class="tip"><title>\1</title>', svg)
    for colour, variable in VARIABLES.items():
        svg = svg.replace(colour, f"var({variable}, {colour})")
    return svg
