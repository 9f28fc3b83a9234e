"""What a training leaves beside its model: configuration, history, manifest; and the key of an unfinished run."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path

import pandas as pd
import yaml

from cellweave.core.files import sha256_of, whole

COLUMNS = ["step", "epoch", "train_loss", "val_loss", "val_iou", "lr"]


def key_of(config: Mapping[str, object], code: str, *inputs: Path | None) -> str:
    """Return 12 hexadecimal digits that differ whenever a run would: configuration, code, files it starts from."""
    content = [config, code, [sha256_of(path) if path else None for path in inputs]]
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:12]


def versions(*packages: str) -> dict[str, str]:
    """Return the installed versions of `packages`."""
    return {package: version(package) for package in packages}


def summary(rows: Sequence[Mapping[str, float]]) -> dict[str, float | None]:
    """Return number of steps, least validation loss and its step; None where no validation took place."""
    if not rows:
        return {"steps": 0, "best_step": None, "best_val_loss": None, "best_val_iou": None}
    best = min(rows, key=lambda row: row["val_loss"])
    return {
        "steps": rows[-1]["step"],
        "best_step": best["step"],
        "best_val_loss": best["val_loss"],
        "best_val_iou": best["val_iou"],
    }


def write_records(
    config: Mapping[str, object],
    rows: Sequence[Mapping[str, float]],
    facts: Mapping[str, object],
    *,
    resolved: Path,
    history: Path,
    manifest: Path,
) -> None:
    """Write what lies beside a model.

    Parameters
    ----------
    config : mapping
        Resolved configuration, written as YAML.
    rows : sequence of mapping
        History with the columns step, epoch, train_loss, val_loss, val_iou, lr, written as CSV.
    facts : mapping
        Seed, versions, cost and the like, written as JSON.
    resolved, history, manifest : Path
        Where to.
    """
    with whole(resolved) as part:
        part.write_text(yaml.safe_dump(_plain(config), sort_keys=False), encoding="utf-8")
    with whole(history) as part:
        pd.DataFrame(list(rows), columns=COLUMNS).to_csv(part, index=False)
    with whole(manifest) as part:
        part.write_text(json.dumps(facts, indent=2) + "\n", encoding="utf-8")


def _plain(content: Mapping[str, object]) -> dict:
    return json.loads(json.dumps(content))  # tuples become lists, subclasses plain
