"""plot_training: from a csv to curves."""

import pytest

import plot_training
from cellweave.core.errors import InputError


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("step,epoch,train_loss,val_loss,val_iou,lr\n5,0,0.9,0.8,0.1,0.001\n9,1,0.5,0.6,0.4,0.001\n", "least at 9"),
        ("step,epoch,train_loss,val_loss,val_iou,lr\n", "No training curve"),
        ("", "No training curve"),
    ],
)
def test_draws_curves_or_says_there_are_none(tmp_path, text, shown):
    (tmp_path / "history.csv").write_text(text)
    plot_training.main(history=tmp_path / "history.csv", figure=tmp_path / "curves.svg")
    assert shown in (tmp_path / "curves.svg").read_text()


def test_broken_csv_is_named(tmp_path):
    (tmp_path / "history.csv").write_text("a,b\n1,2,3\n1,2,3,4\n")
    with pytest.raises(InputError, match="not a csv table"):
        plot_training.main(history=tmp_path / "history.csv", figure=tmp_path / "curves.svg")
