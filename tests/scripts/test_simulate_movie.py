"""A simulated movie on disk is a valid sequence of the challenge."""

import numpy as np

import simulate_movie
from cellweave.formats import ctc

SMALL = {"frames": 4, "size": 96, "cells": 5}


def test_a_movie_in_the_challenges_layout(tmp_path):
    folder = tmp_path / "simulated"
    simulate_movie.main(folder=folder, sequence="01", simulation=SMALL, seed=1)
    sequence = ctc.open_sequence(folder, "simulated", "01")
    truth = ctc.truth_of(sequence, range(4), slices=None)
    assert [len(masks) for masks in (truth.gold, truth.silver, truth.markers)] == [4, 4, 4]
    ids = {frame: ctc.ids_of(read()) for frame, read in truth.markers.items()}
    ctc.check_tracks(truth.tracks, ids)
    assert ctc.read_mask(sequence.images[0]).shape == (96, 96)


def test_sequences_differ_and_repeat(tmp_path):
    for name, sequence in (("a", "01"), ("b", "01"), ("c", "02")):
        simulate_movie.main(folder=tmp_path / name, sequence=sequence, simulation=SMALL, seed=1)
    first, again, other = (
        ctc.read_mask(tmp_path / name / sequence / "t003.tif")
        for name, sequence in (("a", "01"), ("b", "01"), ("c", "02"))
    )
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()
