"""The configuration as a user meets it: handbook in step with the schema, mistakes explained before anything runs."""

from pathlib import Path

import pytest
import yaml

from cellweave.core.handbook import handbook

ROOT = Path(__file__).resolve().parents[2]


def test_handbook_is_in_step_with_the_schema():
    schema = yaml.safe_load((ROOT / "config/schema/config.schema.yaml").read_text())
    assert (ROOT / "config/README.md").read_text() == handbook(schema), "run `make handbook`"


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("devise=cpu", "unknown key 'devise'"),
        ("datasets_table=absent.tsv", "no table of data sets at"),
        ("run={simulated: {test: ['03'], models: [unet]}}", "unknown sequence '03' of simulated"),
        ("run={simulatd: {test: ['01'], models: [unet]}}", "unknown dataset 'simulatd'"),
        ("run={simulated: {test: ['01'], models: [unett]}}", "unknown model 'unett'"),
        ("run={simulated: {test: ['02'], models: [unet], trackers: [wave]}}", "unknown tracker 'wave'"),
        ("models={unet: {experiment: defualt}}", "defualt"),
    ],
)
def test_a_mistake_ends_in_one_message_without_a_traceback(snakemake, override, message):
    finished = snakemake("--dry-run", "--config", override)
    assert finished.returncode != 0
    assert message in finished.stderr + finished.stdout
    assert "Traceback" not in finished.stderr + finished.stdout
