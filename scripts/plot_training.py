"""Draw the training curves of a model.

Inputs: history (csv: epoch, losses, IoU, learning rate)
Outputs: figure (svg or png)
"""

from pathlib import Path

import pandas as pd

from cellweave.core.errors import InputError
from cellweave.core.files import whole
from cellweave.core.logs import log_to
from cellweave.report.figures import render
from cellweave.report.training import training_figure


def main(*, history: Path, settings: dict[str, float], figure: Path) -> None:
    """Draw `history` into `figure`; `settings` are the training's, group ``trainer``."""
    try:
        table = pd.read_csv(history)
    except pd.errors.EmptyDataError:
        table = pd.DataFrame()
    except (pd.errors.ParserError, UnicodeDecodeError) as error:
        raise InputError(f"not a csv table: {error}", where=history, todo="delete it and train again") from error
    content = render(training_figure(table, settings), figure.suffix)
    with whole(figure) as part:
        part.write_bytes(content)


if __name__ == "__main__":
    with log_to(snakemake.log[0]):
        main(
            history=Path(snakemake.input.history),
            settings=snakemake.params.settings,
            figure=Path(snakemake.output.figure),
        )
