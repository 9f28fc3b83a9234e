import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from sklearn.ensemble import RandomForestClassifier

from cellweave.core.errors import InputError
from cellweave.learn.features import NAMES, pixel_features
from cellweave.learn.forest import load_forest, save_forest
from cellweave.learn.forest_training import flatten, grow


@pytest.fixture(scope="module")
def fitted() -> tuple[RandomForestClassifier, np.ndarray]:
    rng = np.random.default_rng(0)
    features = rng.normal(size=(900, len(NAMES))).astype(np.float32)
    features[:, 3] = np.round(features[:, 3], 1)  # ties with thresholds
    classes = (features[:, 0] + features[:, 3] > 0).astype(int) + (features[:, 1] > 0.5)
    model = RandomForestClassifier(12, max_depth=9, min_samples_leaf=2, random_state=0, n_jobs=1)
    return model.fit(features, classes), features


def test_flat_trees_predict_what_scikit_learn_does(fitted) -> None:
    model, features = fitted
    expected = model.predict_proba(features).T
    np.testing.assert_allclose(flatten(model).probabilities(features.T), expected, atol=1e-6)  # float32 sums


def test_a_class_that_never_occurs_has_no_share(fitted) -> None:
    _, features = fitted
    model = RandomForestClassifier(3, max_depth=3, random_state=0).fit(features, 2 * (features[:, 0] > 0))
    shares = flatten(model).probabilities(features.T)
    assert not shares[1].any()
    np.testing.assert_allclose(shares[[0, 2]], model.predict_proba(features).T, atol=1e-6)


def test_file_round_trip_and_maps(fitted, tmp_path, rng) -> None:
    model, _ = fitted
    save_forest(flatten(model), tmp_path / "model.ckpt")
    image = rng.normal(size=(30, 41)).astype(np.float32)
    maps = load_forest(tmp_path / "model.ckpt").maps(image)
    expected = model.predict_proba(pixel_features(image).reshape(len(NAMES), -1).T).T.reshape(3, 30, 41)
    assert maps.dtype == np.float32
    np.testing.assert_allclose(maps, [1 - expected[0], expected[1]], atol=1e-6)


def test_foreign_files_are_refused(fitted, tmp_path) -> None:
    with pytest.raises(InputError, match="no such checkpoint"):
        load_forest(tmp_path / "absent")
    (tmp_path / "text").write_text("text")
    with pytest.raises(InputError, match="not a forest"):
        load_forest(tmp_path / "text")
    np.savez(tmp_path / "pickle.npz", roots=np.array([{}], dtype=object))
    with pytest.raises(InputError, match="not a forest"):
        load_forest(tmp_path / "pickle.npz")
    np.savez(tmp_path / "other.npz", weights=np.zeros(3))
    with pytest.raises(InputError, match="not a forest"):
        load_forest(tmp_path / "other.npz")


def test_growing_again_gives_the_same_forest_and_a_line_per_ten_trees(fitted) -> None:
    model, features = fitted
    drawn = features, model.predict(features).astype(np.int8)
    settings = {"trees": 15, "depth": 5, "leaf_pixels": 3}
    (one, rows), (two, _) = (grow(drawn, drawn, settings, seed=3, threads=1) for _ in range(2))
    assert np.array_equal(one.threshold, two.threshold) and np.array_equal(one.shares, two.shares)
    assert [row["step"] for row in rows] == [10, 15]
    assert rows[-1]["val_iou"] > 0.8  # by chance about a half


def test_prediction_needs_no_torch() -> None:
    scripts = Path(__file__).resolve().parents[3] / "scripts"
    code = "import sys; from cellweave.learn import forest; assert not {'torch', 'sklearn'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], cwd=scripts, check=True)
