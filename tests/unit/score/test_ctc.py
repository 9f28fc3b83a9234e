"""The challenge's measures: official logs, a second implementation, toy cases by hand, invariance."""

import logging
import math
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import tifffile

from cellweave.core.errors import InputError
from cellweave.formats.ctc import read_mask, read_tracks
from cellweave.score.contingency import contingency, seg
from cellweave.score.ctc import detection_scores, overall_scores, segmentation_scores, tracking_scores, warn_undefined
from cellweave.score.graph import Tracks

# py-ctcmetrics adds the same terms in another order: rounding only
SAME = {"abs": 1e-9, "nan_ok": True}
PEER_NAMES = {**{f"BC{i}": f"BC({i})" for i in range(4)}, "BIO": "BIO(2)", "OP_CLB": "OP_CLB(2)"}


def scores_of(truth, result, truth_tracks, result_tracks, border=0, gold=()) -> dict[str, float]:
    frames = [contingency(one, other, border_px=border) for one, other in zip(truth, result, strict=True)]
    lineages = Tracks.of(truth_tracks), Tracks.of(result_tracks)
    scores = tracking_scores(frames, *lineages, cut=border > 0)
    scores += segmentation_scores([frames[frame] for frame in gold], "SEG") if len(gold) else []
    return {score.metric: score.value for score in scores + overall_scores(scores)}


def tracks(*rows) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["track", "begin", "end", "parent"])


def folder_scores(truth: Path, result: Path) -> dict[str, float]:
    stacks = [[read_mask(file) for file in sorted(place.glob("*.tif"))] for place in (truth / "TRA", result)]
    tables = read_tracks(truth / "TRA" / "man_track.txt"), read_tracks(result / "res_track.txt")
    return scores_of(*stacks, *tables)


def folder_seg(truth: Path, result: Path) -> float:
    files = sorted((truth / "SEG").glob("*.tif"))
    return seg([contingency(read_mask(file), read_mask(result / f"mask{file.stem[-3:]}.tif")) for file in files])


def peer_scores(pair, folder: Path, gold) -> dict[str, float]:
    """Scores of py-ctcmetrics from files."""
    from ctc_metrics.scripts.evaluate import evaluate_sequence

    gt, res = folder / "01_GT", folder / "01_RES"
    for place in (gt / "TRA", gt / "SEG", res):
        place.mkdir(parents=True)
    for frame, (truth, result) in enumerate(zip(pair.truth, pair.result, strict=True)):
        tifffile.imwrite(gt / "TRA" / f"man_track{frame:03}.tif", truth.astype(np.uint16))
        tifffile.imwrite(res / f"mask{frame:03}.tif", result.astype(np.uint16))
        if frame in gold:
            tifffile.imwrite(gt / "SEG" / f"man_seg{frame:03}.tif", truth.astype(np.uint16))
    np.savetxt(gt / "TRA" / "man_track.txt", pair.truth_tracks, fmt="%d")
    np.savetxt(res / "res_track.txt", pair.result_tracks, fmt="%d")
    return evaluate_sequence(str(res), str(gt), threads=1)


def compare_with_peer(random_pair, seeds, tmp_path) -> None:
    divisions = matched = 0
    for seed in seeds:
        pair, gold = random_pair(seed), (2, 5, 6)
        ours = scores_of(pair.truth, pair.result, pair.truth_tracks, pair.result_tracks, gold=gold)
        peer = peer_scores(pair, tmp_path / str(seed), gold)
        assert peer["Valid"] == 1
        for name, value in ours.items():
            theirs = peer[PEER_NAMES.get(name, name)]
            assert value == pytest.approx(math.nan if theirs is None else theirs, **SAME), (seed, name)
        divisions, matched = divisions + peer["gt_divisions"], matched + peer["tp_div(1)"]
    assert divisions > matched > len(seeds) / 2, "the sequences are to hold divisions, found and missed"


def test_random_sequences_agree_with_py_ctcmetrics(random_pair, tmp_path):
    compare_with_peer(random_pair, range(40), tmp_path)


@pytest.mark.slow
def test_many_random_sequences_agree_with_py_ctcmetrics(random_pair, tmp_path):
    compare_with_peer(random_pair, range(1000, 1200), tmp_path)


def test_official_log_of_a_segmentation(oracles):
    folder = oracles / "ctc-testing-dataset"
    assert f"{folder_seg(folder / '01_GT', folder / '01_RES'):.6f}" == "0.232874"


def test_official_log_of_a_tracking(oracles):
    folder = oracles / "ctc-testing-dataset"
    scores = folder_scores(folder / "03_GT", folder / "03_RES")
    assert f"{scores['DET']:.6f} {scores['TRA']:.6f} {scores['AOGM']:g}" == "0.688000 0.622980 105"
    terms = {name: scores[f"AOGM_{name}"] for name in ("NS", "FN", "FP", "ED", "EA", "EC")}
    assert terms == {"NS": 5, "FN": 5, "FP": 3, "ED": 1, "EA": 16, "EC": 2}
    assert scores["LNK"] == pytest.approx(0.0526316, abs=5e-8)
    assert [scores[name] for name in ("CT", "TF", "BC0", "BC1", "BC2", "BC3")] == pytest.approx([0, 0.5, 0, 0, 0, 0])
    assert scores["HOTA"] == pytest.approx(0.4833098751, abs=5e-11)
    assert scores["CHOTA"] == pytest.approx(0.6063325053, abs=5e-11)
    assert math.isnan(scores["CCA"])


def test_golden_values_of_a_whole_sequence(oracles):
    folder = oracles / "hela01-traccuracy-sample"
    scores = folder_scores(folder / "01_GT", folder / "01_RES")
    # as printed: 7, 6 and 6 digits
    assert scores["DET"] == pytest.approx(0.9954856, abs=5e-8)
    assert scores["TRA"] == pytest.approx(0.993636, abs=5e-7)
    assert folder_seg(folder / "01_GT", folder / "01_RES") == pytest.approx(0.883936, abs=5e-7)
    assert (scores["AOGM_FN"], scores["AOGM_FP"], scores["AOGM_NS"]) == (39, 0, 0)


def test_perfect_result_scores_one_whatever_the_numbering(random_pair):
    pair = random_pair(3)
    table = pair.truth_tracks
    rename = np.concatenate([[0], 70_000 + 31 * np.arange(1, len(table) + 1)])
    other = tracks(*zip(rename[table["track"]], table["begin"], table["end"], rename[table["parent"]], strict=True))
    scores = scores_of(pair.truth, rename[pair.truth], table, other)
    assert all(value == 0 for name, value in scores.items() if name.startswith("AOGM"))
    ideal = {name: value for name, value in scores.items() if not name.startswith("AOGM") and not math.isnan(value)}
    assert ideal == pytest.approx(dict.fromkeys(ideal, 1.0), abs=1e-12)


@pytest.mark.parametrize("offset", [40_000, 70_000, 2**31])
def test_large_ids_score_as_small_ones(random_pair, offset):
    pair = random_pair(5)
    shifted = numbered_on(pair.result_tracks, offset)
    large = np.where(pair.result > 0, pair.result + offset, 0)
    expected = scores_of(pair.truth, pair.result, pair.truth_tracks, pair.result_tracks)
    assert scores_of(pair.truth, large, pair.truth_tracks, shifted) == pytest.approx(expected, nan_ok=True)


def test_flipped_images_score_the_same(random_pair):
    pair = random_pair(6)
    lineages = pair.truth_tracks, pair.result_tracks
    flipped = scores_of(pair.truth[:, ::-1], pair.result[:, ::-1], *lineages)
    assert flipped == pytest.approx(scores_of(pair.truth, pair.result, *lineages), nan_ok=True)


def test_order_of_lines_in_the_table_does_not_matter(random_pair):
    pair = random_pair(7)
    mixed = pair.result_tracks.sample(frac=1, random_state=1)
    expected = scores_of(pair.truth, pair.result, pair.truth_tracks, pair.result_tracks)
    assert scores_of(pair.truth, pair.result, pair.truth_tracks, mixed) == pytest.approx(expected, nan_ok=True)


def test_empty_result_scores_zero(random_pair):
    pair = random_pair(3)
    scores = scores_of(pair.truth, np.zeros_like(pair.truth), pair.truth_tracks, tracks(), gold=(1, 2))
    zero = ["SEG", "DET", "TRA", "LNK", "CT", "BC0", "CCA", "BIO", "HOTA", "CHOTA", "MOTA", "IDF1", "OP_CTB"]
    assert {name: scores[name] for name in zero} == dict.fromkeys(zero, 0)
    assert math.isnan(scores["TF"]), "no track is detected, so there is none to take the fraction of"


def test_without_truth_objects_every_score_is_undefined_and_one_warning_says_so(caplog):
    nothing = np.zeros((3, 9, 9), int)
    frames = [contingency(frame, frame) for frame in nothing]
    scores = tracking_scores(frames, Tracks.of(tracks()), Tracks.of(tracks()), cut=False)
    assert all(math.isnan(score.value) for score in scores if not score.metric.startswith("AOGM"))
    with caplog.at_level(logging.WARNING):
        warn_undefined(scores, "score a on b/01")
    assert len(caplog.messages) == 1
    assert caplog.messages[0].startswith("score a on b/01: undefined here, given as nan: DET, TRA, LNK")


def two_cells() -> np.ndarray:
    image = np.zeros((4, 20, 20), int)
    image[:, 8:12, 4:8], image[:, 8:12, 12:16] = 1, 2
    return image


def test_one_result_on_two_cells_needs_one_split():
    merged = np.where(two_cells() > 0, 1, 0)
    scores = {s.metric: s.value for s in detection_scores([contingency(two_cells()[0], merged[0])])}
    assert scores == {"DET": 1 - 5 / 20, "AOGM_NS": 1, "AOGM_FN": 0, "AOGM_FP": 0}


def test_swap_deletes_and_adds_two_links_and_counts_two_switches():
    swapped = two_cells()
    swapped[2:] = np.array([0, 2, 1])[swapped[2:]]
    both = tracks((1, 0, 3, 0), (2, 0, 3, 0))
    scores = scores_of(two_cells(), swapped, both, both)
    assert (scores["AOGM_ED"], scores["AOGM_EA"], scores["AOGM_EC"]) == (2, 2, 0)
    assert scores["LNK"] == 1 - (2 * 1 + 2 * 1.5) / (6 * 1.5)
    assert (scores["MOTA"], scores["TF"], scores["CT"], scores["IDF1"]) == (1 - 2 / 8, 0.5, 0, 0.5)


def test_single_child_is_a_parent_link_but_no_division():
    renamed = two_cells()
    renamed[2:][renamed[2:] == 1] = 3
    scores = scores_of(
        two_cells(), renamed, tracks((1, 0, 3, 0), (2, 0, 3, 0)), tracks((1, 0, 1, 0), (2, 0, 3, 0), (3, 2, 3, 1))
    )
    assert (scores["AOGM_ED"], scores["AOGM_EA"], scores["AOGM_EC"]) == (0, 0, 1), "the link is there, of wrong kind"
    assert scores["HOTA"] == 1, "and the cell is one"
    assert math.isnan(scores["BC1"])


def test_division_is_found_within_its_tolerance():
    truth = np.zeros((5, 12, 20), int)
    truth[:2, 4:8, 4:12], truth[2:, 4:8, 4:8], truth[2:, 4:8, 8:12] = 1, 2, 3
    late = truth.copy()
    late[2, 4:8, 8:12], late[2, 4:8, 4:8] = 1, 0
    lineage = tracks((1, 0, 1, 0), (2, 2, 4, 1), (3, 2, 4, 1))
    scores = scores_of(truth, late, lineage, tracks((1, 0, 2, 0), (2, 3, 4, 1), (3, 3, 4, 1)))
    assert [scores[f"BC{i}"] for i in range(4)] == [0, 1, 1, 1]


def test_objects_outside_the_field_are_dropped_and_their_tracks_cut():
    truth, result = np.zeros((2, 5, 30, 30), int)
    truth[:, 12:16, 12:16] = result[:, 12:16, 12:16] = 1
    # a second cell leaves the field of 5 px for one frame and a third never enters it; the annotators left these out
    for frame, column in enumerate((6, 3, 0, 3, 6)):
        result[frame, 20:24, column : column + 4] = 2
        truth[frame, 20:24, column : column + 4] = 0 if frame == 2 else 2 if frame < 2 else 3
    result[:, 0:3, 10:20] = 7
    wanted = tracks((1, 0, 4, 0), (2, 0, 1, 0), (3, 3, 4, 2))
    scores = scores_of(truth, result, wanted, tracks((1, 0, 4, 0), (2, 0, 4, 0), (7, 0, 4, 0)), border=5)
    assert (scores["TRA"], scores["CT"], scores["AOGM"]) == (1, 1, 0)


def test_border_without_a_field_is_refused():
    with pytest.raises(InputError, match="a border of 10 px leaves nothing of an image of 20x20"):
        contingency(two_cells()[0], two_cells()[0], border_px=10)


def test_track_that_is_not_where_the_table_says_is_refused():
    whole, late = tracks((1, 0, 3, 0), (2, 0, 3, 0)), tracks((1, 0, 1, 0), (2, 7, 8, 1))
    with pytest.raises(InputError, match="track 2 or its parent has no object"):
        scores_of(two_cells(), two_cells(), whole, late)
    with pytest.raises(InputError, match="track 9 is not in the table"):
        scores_of(two_cells(), two_cells(), whole, tracks((1, 0, 3, 0), (2, 0, 3, 9)))


def test_measures_take_a_tenth_of_the_time_of_py_ctcmetrics(random_pair, tmp_path):
    large = sixteen_fold(random_pair(8))
    start = time.perf_counter()
    ours = scores_of(large.truth, large.result, large.truth_tracks, large.result_tracks)
    between = time.perf_counter()
    peer = peer_scores(large, tmp_path, (0,))
    assert ours["TRA"] == pytest.approx(peer["TRA"], abs=1e-9)
    assert time.perf_counter() - between > 10 * (between - start)


def sixteen_fold(pair):
    """Return 4 x 4 copies of a sequence, numbered on."""
    step = int(max(pair.truth.max(), pair.result.max())) + 1
    block = np.kron(np.arange(16).reshape(4, 4), np.ones(pair.truth.shape[1:], int)) * step
    tiled = [np.tile(labels, (1, 4, 4)) for labels in (pair.truth, pair.result)]
    truth, result = (np.where(labels > 0, labels + block, 0) for labels in tiled)
    tables = [
        pd.concat([numbered_on(table, step * copy) for copy in range(16)], ignore_index=True)
        for table in (pair.truth_tracks, pair.result_tracks)
    ]
    return type(pair)(truth, tables[0], result, tables[1])


def numbered_on(table: pd.DataFrame, offset: int) -> pd.DataFrame:
    return table.assign(
        track=table["track"] + offset, parent=table["parent"].where(table["parent"] == 0, table["parent"] + offset)
    )
