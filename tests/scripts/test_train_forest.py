import json
from pathlib import Path

import numpy as np
import pandas as pd
import yaml
from training_movie import write_movie

import train_forest
from cellweave.core.configs import compose
from cellweave.formats.ngff import open_image, open_labels
from cellweave.learn.forest import load_forest

HYDRA = Path(__file__).resolve().parents[2] / "config" / "hydra"
SMALL = ["data.crops=6", "data.validation_crops=3", "data.pixels=1800", "data.side_px=64", "model.trees=12"]


def test_a_forest_learns_the_movie_and_leaves_its_records(tmp_path) -> None:
    movie = write_movie(tmp_path / "movie")
    train_forest.main(
        **movie,
        trained_on=[{"dataset": "discs", "sequence": "01", "licence": "CC BY-NC 4.0"}],
        config=compose(HYDRA, "forest", SMALL),
        threads=1,
        seed=3,
        code="0",
        checkpoint=tmp_path / "model.ckpt",
        resolved=tmp_path / "config.yaml",
        history=tmp_path / "history.csv",
        manifest=tmp_path / "manifest.json",
    )
    image = open_image(movie["images"][0])[5, 0].astype(np.float32)
    table = pd.read_parquet(movie["frames_tables"][0]).iloc[5]
    foreground, interior = load_forest(tmp_path / "model.ckpt").maps((image - table["centre"]) / table["spread"])
    true = open_labels(movie["truths"][0], "silver")[5] > 0
    assert (true & (foreground > 0.5)).sum() / (true | (foreground > 0.5)).sum() > 0.85
    assert (interior <= foreground + 1e-6).all()
    assert yaml.safe_load((tmp_path / "config.yaml").read_text())["seed"] == 3
    assert pd.read_csv(tmp_path / "history.csv")["step"].tolist() == [10, 12]
    manifest = json.loads((tmp_path / "manifest.json").read_text())
    assert manifest["training_pixels"] > 1000
    assert manifest["licences"] == ["CC BY-NC 4.0"] and manifest["commercial_use"] == "no"
