"""Tables of lives by hand, and cycle lengths of simulated trees."""

import numpy as np
import pandas as pd
import pytest

from cellweave.track.lives import (
    cells_of_tracks,
    median_life,
    survival,
    tabulate_cells,
    tabulate_events,
    tabulate_lives,
)

# Cell 1 is lost in frame 2 and found as track 2, which divides into 3 and 4; 3 leaves; 5 enters in frame 3.
TRACKS = pd.DataFrame(
    [[1, 0, 1, 0], [2, 3, 4, 1], [3, 5, 6, 2], [4, 5, 9, 2], [5, 3, 9, 0]], columns=["track", "begin", "end", "parent"]
)
FIELD = {"frames": 10, "shape": (100, 120), "margin_px": 10}
PLACES = {1: (50, 50), 2: (50, 50), 3: (5, 40), 4: (5, 60), 5: (80, 98)}


def nodes() -> pd.DataFrame:
    rows = [
        (frame, track, track, float(PLACES[track][0]), PLACES[track][1] + 2.0 * (frame - begin), 10.0)
        for track, begin, end, _ in TRACKS.to_numpy().tolist()
        for frame in range(begin, end + 1)
    ]
    table = pd.DataFrame(rows, columns=["frame", "label", "track", "y_px", "x_px", "mean_intensity_c0"])
    return table.assign(confidence=np.where(table["track"].isin([3, 4]), 0.8, np.nan))


def test_a_gap_joins_two_tracks_into_one_cell():
    assert cells_of_tracks(TRACKS).tolist() == [1, 1, 3, 4, 5]


def test_lives_by_hand():
    lives = tabulate_lives(nodes(), TRACKS, **FIELD).set_index("cell")
    assert lives.index.tolist() == [1, 3, 4, 5]
    assert lives["end"].tolist() == [4, 6, 9, 9]
    assert lives["mother"].tolist() == [0, 1, 1, 0]
    assert lives["sister"].tolist() == [0, 4, 3, 0]
    assert lives["generation"].tolist() == [0, 1, 1, 0]
    assert lives["founder"].tolist() == [1, 1, 1, 5]
    assert lives["divided"].tolist() == [True, False, False, False]
    assert lives["censored"].all()
    assert lives["begins_by"].tolist() == ["start", "division", "division", "appearance"]
    assert lives["ends_by"].tolist() == ["division", "exit", "end", "end"]
    assert lives["integrated_mean_intensity_c0"].tolist() == [40, 20, 50, 70]
    assert lives.loc[4, ["path_px", "displacement_px", "persistence", "speed_px"]].tolist() == [8, 8, 1, 2]
    assert lives["division_angle_rad"][1] == pytest.approx(0)


def test_age_and_time_to_division():
    lives = tabulate_lives(nodes(), TRACKS, **FIELD)
    table = tabulate_cells(nodes(), TRACKS, lives)
    assert table.loc[table["cell"] == 4, "age_frames"].tolist() == [0, 1, 2, 3, 4]
    assert table.loc[table["cell"] == 1, "time_to_division_frames"].tolist() == [4, 3, 1, 0]
    assert table.loc[table["cell"] == 1, "age_frames"].isna().all()


def test_events_by_hand():
    lives = tabulate_lives(nodes(), TRACKS, **FIELD)
    table = tabulate_cells(nodes(), TRACKS, lives)
    events = tabulate_events(table, lives)
    assert events[["kind", "frame", "cell"]].to_numpy().tolist() == [
        ["appearance", 3, 5],
        ["division", 4, 1],
        ["exit", 6, 3],
    ]
    assert events.loc[1, ["y_px", "x_px", "confidence"]].tolist() == [50, 52, 0.8]
    for margin_px, kinds in ((2, ["appearance", "division", "death"]), (22, ["entry", "division", "exit"])):
        lives = tabulate_lives(nodes(), TRACKS, **FIELD | {"margin_px": margin_px})
        assert tabulate_events(table, lives)["kind"].tolist() == kinds


def test_lives_and_events_tell_the_same():
    """Of random trees: every end of a life but the movie's own is one event, at its frame."""
    rng = np.random.default_rng(4)
    rows = [[1, 0, 3, 0]]
    for track in range(2, 60):
        mother = rows[rng.integers(len(rows))] if rng.random() < 0.7 else [0, 0, rng.integers(-1, 30), 0]
        rows.append([track, mother[2] + 1, mother[2] + 1 + rng.integers(0, 9), mother[0]])
    tracks = pd.DataFrame(rows, columns=["track", "begin", "end", "parent"])
    table = pd.DataFrame([(f, t) for t, b, e, _ in rows for f in range(b, e + 1)], columns=["frame", "track"])
    table[["y_px", "x_px"]] = rng.uniform(0, 99, (len(table), 2))
    lives = tabulate_lives(table, tracks, frames=int(tracks["end"].max()) + 1, shape=(100, 100), margin_px=20)
    events = tabulate_events(tabulate_cells(table, tracks, lives), lives)
    ends = lives.loc[lives["ends_by"] != "end", ["ends_by", "end", "cell"]].to_numpy().tolist()
    begins = lives.loc[lives["begins_by"].isin(["entry", "appearance"]), ["begins_by", "begin", "cell"]]
    assert sorted(events[["kind", "frame", "cell"]].to_numpy().tolist()) == sorted(ends + begins.to_numpy().tolist())
    assert set(events["kind"]) == {"division", "death", "exit", "entry", "appearance"}
    assert (lives["begins_by"] == "division").equals(lives["born"])
    assert (lives["ends_by"] == "division").equals(lives["divided"])


def test_nothing_lives():
    none = nodes()[:0], TRACKS[:0]
    lives = tabulate_lives(*none, **FIELD)
    assert lives.empty
    assert tabulate_events(tabulate_cells(*none, lives), lives).empty


def test_survival_by_hand():
    curve = survival(np.array([3, 5, 5, 8, 9]), np.array([True, True, False, True, False]))
    assert curve["at_risk"].tolist() == [5, 4, 2]
    assert curve["undivided"].tolist() == pytest.approx([0.8, 0.6, 0.3])
    assert median_life(curve) == 8
    assert np.isnan(median_life(survival(np.array([4]), np.array([False]))))


def test_cycle_length_is_unbiased_when_the_movie_cuts_lives_short():
    """Trees of cycles of 30 +- 6 frames seen for 45: complete cycles look short, the estimate does not."""
    rng = np.random.default_rng(2)
    length, divided = [], []
    for _ in range(400):
        births = [-rng.integers(0, 30)]
        while births:
            birth, cycle = births.pop(), round(rng.normal(30, 6))
            if birth >= 0:
                length.append(min(cycle, 45 - birth))
                divided.append(birth + cycle < 45)
            if birth + cycle < 45:
                births += [birth + cycle] * 2
    length, divided = np.array(length), np.array(divided)
    assert median_life(survival(length, divided)) == pytest.approx(30, abs=1)  # its error is about half a frame
    assert np.median(length[divided]) < 28.5
