"""plot_training and tabulate_networks: from what a training leaves to curves and a row."""

import json

import pandas as pd
import pytest

import plot_training
import tabulate_networks
from cellweave.core.errors import InputError

SETTINGS = {"max_steps": 9, "patience": 2, "freeze_steps": 0, "encoder_rate": 0.1}


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
    plot_training.main(history=tmp_path / "history.csv", settings=SETTINGS, figure=tmp_path / "curves.svg")
    assert shown in (tmp_path / "curves.svg").read_text()


def test_broken_csv_is_named(tmp_path):
    (tmp_path / "history.csv").write_text("a,b\n1,2,3\n1,2,3,4\n")
    with pytest.raises(InputError, match="not a csv table"):
        plot_training.main(history=tmp_path / "history.csv", settings=SETTINGS, figure=tmp_path / "curves.svg")


def test_a_network_is_a_row_that_says_what_it_costs_and_how_its_training_ended(tmp_path):
    facts = {
        "parameters": 709189,
        "flops_per_pixel": 35597.0,
        "receptive_field_px": 357,
        "pretrained": "resnet18-f37072fd.pth",
    }
    facts |= {"training_frames": 7, "validation_frames": 1, "seconds": 90.0}
    facts |= {"steps": 7, "best_step": 1, "best_val_loss": 0.25, "best_val_iou": 0.9}
    (tmp_path / "manifest.json").write_text(json.dumps(facts))
    (tmp_path / "history.csv").write_text(
        "step,epoch,train_loss,val_loss,val_iou,lr\n1,0,.4,.25,.9,.001\n3,1,.3,.3,.9,.004\n5,2,.2,.4,.9,.002\n7,3,.1,.5,.9,0\n"
    )
    tabulate_networks.main(
        configs={"unet@hela": {"model": {"encoder": "plain", "representation": "flows"}, "trainer": SETTINGS}},
        manifests=[tmp_path / "manifest.json"],
        histories=[tmp_path / "history.csv"],
        table=tmp_path / "networks.tsv",
    )
    (row,) = pd.read_csv(tmp_path / "networks.tsv", sep="\t").to_dict("records")
    expected = {"model": "unet@hela", "parameters": 709189, "flops_per_pixel": 35597, "receptive_field_px": 357}
    expected |= {"ended_by": "early stopping", "overfitting": "yes", "starts_from": "ImageNet", "minutes": 1.5}
    expected |= {"highest_rate": 0.004, "encoder_rate": 0.1, "frozen_steps": 0, "best_step": 1}
    assert {name: row[name] for name in expected} == expected
