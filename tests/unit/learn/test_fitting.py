import pandas as pd
import pytest
import torch

from cellweave.learn.datasets import Pool
from cellweave.learn.fitting import CropModule, fit, new_network
from cellweave.learn.rates import LEAST, find_rate
from cellweave.learn.records import key_of, summary
from cellweave.learn.sources import open_source, split_frames

DATA = {
    "side_px": 32,
    "batch": 2,
    "validation_crops": 4,
    "boundary_px": 2,
    "band_px": 4,
    "cache_gb": 1,
    "augmentation": {
        "scale": 0.1,
        "stretch": 0.1,
        "elastic_px": 1,
        "contrast": 0.1,
        "brightness": 0.1,
        "gamma": 0.1,
        "noise": 0.1,
        "blur_px": 1,
    },
}
TRAINER = {
    "max_steps": 6,
    "max_minutes": None,
    "validate_every": 2,
    "patience": 9,
    "learning_rate": 5e-3,
    "find_rate_steps": 0,
    "encoder_rate": 1.0,
    "freeze_steps": 0,
    "weight_decay": 1e-2,
    "warm_up": 0.2,
    "gradient_clip": 1.0,
    "average": 0.9,
}
ARCHITECTURE = {"encoder": "plain", "channels": [6, 8]}


@pytest.fixture(scope="module")
def pools(movie) -> tuple[Pool, Pool]:
    source = open_source(movie["sources"][0], movie["images"][0], movie["truths"][0], movie["frames_tables"][0])
    return tuple(Pool([(source, frames)], DATA, "frames") for frames in split_frames(source, 0.3))


class Killed(Exception):
    pass


def trained(pools, folder, *, seed: int = 1, pool_type: type | None = None, **changes):
    network = new_network(ARCHITECTURE, seed)
    settings = {**TRAINER, **changes}
    crops = CropModule(*pools, DATA, settings, seed, 0)
    rows = fit(network, crops, settings, device=torch.device("cpu"), folder=folder, logs=folder / "logs")
    return network.state_dict(), rows


def same(one: dict, two: dict) -> bool:
    return all(torch.equal(one[key], two[key]) for key in one)


def test_a_killed_run_goes_on_and_ends_exactly_like_an_uninterrupted_one(pools, tmp_path, monkeypatch) -> None:
    expected, rows = trained(pools, tmp_path / "whole")
    draw, calls = Pool.crop, []

    def dies(*arguments):
        calls.append(1)
        if len(calls) > 14:  # in the second round, after the first validation was saved
            raise Killed
        return draw(*arguments)

    with monkeypatch.context() as patch:
        patch.setattr(Pool, "crop", dies)
        with pytest.raises(Killed):
            trained(pools, tmp_path / "killed")
    assert (tmp_path / "killed" / "last.ckpt").exists()
    resumed, resumed_rows = trained(pools, tmp_path / "killed")
    assert resumed_rows == rows and [row["step"] for row in rows] == [2, 4, 6]
    assert same(resumed, expected)


def test_a_run_that_was_killed_after_it_had_stopped_early_does_not_train_on(pools, tmp_path) -> None:
    still = {"max_steps": 40, "patience": 1, "learning_rate": 0.0, "average": 0.0}  # never better than at first
    expected, rows = trained(pools, tmp_path, **still)
    again, rows_again = trained(pools, tmp_path, **still)  # the state lies there until the model is written
    assert rows_again == rows and rows[-1]["step"] < 40 and same(again, expected)


def test_a_seed_gives_one_network_and_another_seed_another(pools, tmp_path) -> None:
    one, same_seed, other = (
        trained(pools, tmp_path / name, seed=seed)[0] for name, seed in (("a", 1), ("b", 1), ("c", 2))
    )
    assert same(one, same_seed) and not same(one, other)


def test_a_frozen_encoder_stays_as_it_was_and_then_learns(pools, tmp_path) -> None:
    start = new_network(ARCHITECTURE, 1).state_dict()
    encoder = [key for key in start if key.startswith("encoder.")]
    frozen, _ = trained(pools, tmp_path / "frozen", freeze_steps=6)
    assert all(torch.equal(frozen[key], start[key]) for key in encoder)
    assert not torch.equal(frozen["head.weight"], start["head.weight"])
    thawed, _ = trained(pools, tmp_path / "thawed", freeze_steps=2)
    assert not any(torch.equal(thawed[key], start[key]) for key in encoder if key.endswith("0.weight"))


def test_an_encoder_rate_of_zero_moves_no_weight_of_it(pools, tmp_path) -> None:
    start = new_network(ARCHITECTURE, 1)
    still, _ = trained(pools, tmp_path, encoder_rate=0.0)
    assert all(torch.equal(still[f"encoder.{name}"], value) for name, value in start.encoder.named_parameters())
    assert not torch.equal(still["head.weight"], start.head.weight)


def test_it_learns_and_stops_early(pools, tmp_path) -> None:
    _, rows = trained(pools, tmp_path, max_steps=120, validate_every=20, learning_rate=2e-2)
    assert rows[-1]["val_iou"] > 0.7  # an untrained network has below 0.3
    assert rows[-1]["val_loss"] < 0.6 * rows[0]["val_loss"]
    _, rows = trained(pools, tmp_path / "patience", max_steps=40, patience=1, learning_rate=0.0)
    assert len(rows) < 20


def test_a_time_limit_ends_the_training(pools, tmp_path) -> None:
    _, rows = trained(pools, tmp_path, max_steps=100_000, max_minutes=0.02, patience=100_000)
    assert rows[-1]["step"] < 100_000


def test_keys_tell_runs_apart(tmp_path) -> None:
    (tmp_path / "weights").write_text("1")
    keys = [
        key_of({"a": 1}, "x"),
        key_of({"a": 2}, "x"),
        key_of({"a": 1}, "y"),
        key_of({"a": 1}, "x", tmp_path / "weights"),
    ]
    assert len(set(keys)) == 4
    assert key_of({"a": 1}, "x", None) != key_of({"a": 1}, "x", tmp_path / "weights")


def test_summary_names_the_best_step() -> None:
    rows = pd.DataFrame({"step": [2, 4, 6], "val_loss": [3, 1, 2], "val_iou": [0.1, 0.5, 0.4]}).to_dict("records")
    assert summary(rows) == {"steps": 6, "best_step": 4, "best_val_loss": 1, "best_val_iou": 0.5}
    assert summary([])["best_step"] is None


def test_a_found_rate_lies_between_standing_still_and_blowing_up(pools, tmp_path) -> None:
    network = new_network(ARCHITECTURE, 1)
    before = {key: value.clone() for key, value in network.state_dict().items()}
    crops = CropModule(*pools, DATA, TRAINER, 1, 0)
    found = find_rate(network, crops.trial(60), 60, torch.device("cpu"))
    assert 10 * LEAST < found < 0.1 and same(network.state_dict(), before)
    assert find_rate(network, crops.trial(60), 60, torch.device("cpu")) == found
    _, rows = trained(pools, tmp_path, find_rate_steps=60)
    assert max(row["lr"] for row in rows) <= found * (1 + 1e-6) and rows != trained(pools, tmp_path / "given")[1]
