"""A comparator: Trackastra's transformer, which looks at the images and knows divisions."""

from pathlib import Path

import numpy as np
import pandas as pd

from cellweave.core.errors import InputError
from cellweave.track.lineage import tracks_of
from cellweave.track.movie import Movie


def link(
    movie: Movie, *, weights_folder: str, mode: str = "greedy", device: str = "cpu"
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Link the cells of a movie with Trackastra (Gallusser and Weigert 2024, ECCV).

    It needs ``make extra NAME=trackastra`` and a folder of pretrained weights (``general_2d`` of the Trackastra
    releases, unpacked), which this workflow does not download. The whole movie is held in memory.

    Parameters
    ----------
    movie : Movie
        With labels and the image, of which channel 0 counts.
    weights_folder : str
        Holds ``model.pt`` and ``train_config.yaml``.
    mode : "greedy" or "greedy_nodiv"
        With or without divisions.
    device : str
        "cpu" or "cuda".

    Returns
    -------
    nodes, tracks : DataFrame
        See `cellweave.track.lineage.tracks_of`.

    Raises
    ------
    InputError
        Trackastra is not installed, or there are no weights.
    """
    try:
        from trackastra.model import Trackastra
    except ImportError as error:
        raise InputError(
            f"the tracker trackastra is not installed ({error})", where="trackers", todo="make extra NAME=trackastra"
        ) from error
    if not (Path(weights_folder) / "model.pt").is_file():
        raise InputError(
            "no weights of Trackastra",
            where=weights_folder,
            todo="unpack general_2d.zip of github.com/weigertlab/trackastra-models there",
        )
    if movie.labels is None or movie.image is None:
        raise InputError("Trackastra looks at masks and images", where="trackers", todo="give it both")
    table = movie.sorted_cells
    if table["frame"].nunique() < 2:
        return tracks_of(table, np.full(len(table), -1, np.int64))
    frames = range(movie.labels.shape[0])
    masks = np.stack([movie.labels[frame] for frame in frames]).astype(np.int32)
    images = np.stack([movie.image[frame][0] for frame in frames])
    graph, _ = Trackastra.from_folder(Path(weights_folder), device=device).track(images, masks, mode=mode)
    return tracks_of(table, _predecessors(table, graph))


def _predecessors(table: pd.DataFrame, graph: object) -> np.ndarray:
    """The row that each cell comes from in a graph whose nodes carry `time` and `label`."""
    row = {key: index for index, key in enumerate(zip(table["frame"], table["label"], strict=True))}
    place = {node: row[int(data["time"]), int(data["label"])] for node, data in graph.nodes(data=True)}
    predecessor = np.full(len(table), -1, np.int64)
    for source, target in graph.edges:
        predecessor[place[target]] = place[source]
    return predecessor
