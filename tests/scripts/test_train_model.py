import json
from pathlib import Path

import pandas as pd
import pytest
import torch
import yaml
from training_movie import write_movie

import train_model
from cellweave.core.configs import compose
from cellweave.core.errors import InputError
from cellweave.learn.networks import load_network

HYDRA = Path(__file__).resolve().parents[2] / "config" / "hydra"
SMALL = [
    "trainer.max_steps=4",
    "trainer.validate_every=2",
    "data.side_px=32",
    "data.validation_crops=2",
    "model.channels=[4,6]",
]


def arguments(folder: Path, movie: dict, overrides: list[str] = SMALL, **changes: object) -> dict:
    return {
        **movie,
        "config": compose(HYDRA, "demo", overrides),
        "trained_on": [{"dataset": "discs", "sequence": "01", "licence": "CC BY-NC 4.0"}],
        "weights": None,
        "pretrained": None,
        "device": "cpu",
        "threads": 1,
        "seed": 3,
        "code": "0",
        "checkpoint": folder / "model.ckpt",
        "resolved": folder / "config.yaml",
        "history": folder / "history.csv",
        "manifest": folder / "manifest.json",
        **changes,
    }


@pytest.fixture(scope="module")
def movie(tmp_path_factory: pytest.TempPathFactory) -> dict:
    return write_movie(tmp_path_factory.mktemp("movie"))


@pytest.fixture(scope="module")
def trained(movie, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("trained") / "unet"
    train_model.main(**arguments(folder, movie))
    return folder


def test_a_training_leaves_model_config_history_and_manifest(trained) -> None:
    maps = load_network(trained / "model.ckpt").maps(torch.zeros(1, 1, 16, 16))
    assert maps.shape == (1, 3, 16, 16), "foreground and flows"
    config = yaml.safe_load((trained / "config.yaml").read_text())
    assert config["seed"] == 3 and config["trainer"]["max_steps"] == 4
    assert config["sources"][0]["dataset"] == "discs"
    history = pd.read_csv(trained / "history.csv")
    assert history["step"].tolist() == [2, 4]
    assert history[["train_loss", "val_loss", "val_iou", "lr"]].notna().all().all()
    manifest = json.loads((trained / "manifest.json").read_text())
    assert manifest["parameters"] > 0 and manifest["receptive_field_px"] > 1 and manifest["flops_per_pixel"] > 0
    assert manifest["licences"] == ["CC BY-NC 4.0"] and manifest["commercial_use"] == "no"
    assert manifest["training_frames"] == 5 and manifest["validation_frames"] == 1


def test_nothing_unfinished_remains_but_the_tensorboard_log(trained) -> None:
    assert {path.name for path in trained.iterdir()} == {
        "model.ckpt",
        "config.yaml",
        "history.csv",
        "manifest.json",
        "tensorboard",
    }
    assert list((trained / "tensorboard").glob("events*"))


def test_the_same_training_gives_the_same_bytes(trained, movie, tmp_path) -> None:
    train_model.main(**arguments(tmp_path, movie))
    for name in ("model.ckpt", "config.yaml", "history.csv"):
        assert (tmp_path / name).read_bytes() == (trained / name).read_bytes(), name


def test_fine_tuning_starts_from_the_other_model(trained, movie, tmp_path) -> None:
    still = [*SMALL, "trainer.learning_rate=0.0"]
    train_model.main(**arguments(tmp_path, movie, still, seed=9, pretrained=trained / "model.ckpt"))
    parent, child = (load_network(folder / "model.ckpt") for folder in (trained, tmp_path))
    assert all(torch.equal(a, b) for a, b in zip(parent.parameters(), child.parameters(), strict=True))
    assert json.loads((tmp_path / "manifest.json").read_text())["pretrained"] == "unet"


def test_another_architecture_to_start_from_is_an_error(trained, movie, tmp_path) -> None:
    wide = [*SMALL[:-1], "model.channels=[4,8]"]
    with pytest.raises(InputError, match=r"fine-tuning .*\[4, 8\].* from a checkpoint of .*\[4, 6\]"):
        train_model.main(**arguments(tmp_path, movie, wide, pretrained=trained / "model.ckpt"))


def test_a_gpu_that_is_absent_is_an_error_before_anything_is_read(movie, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(InputError, match="a GPU is asked for"):
        train_model.main(**arguments(tmp_path, movie, device="gpu", images=[tmp_path / "absent"]))


def test_a_movie_without_any_object_is_an_error(tmp_path) -> None:
    empty = write_movie(tmp_path / "empty", count=0)
    with pytest.raises(InputError, match=r"no object in any frame[\s\S]*discs/01"):
        train_model.main(**arguments(tmp_path, empty))
