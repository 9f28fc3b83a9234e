"""Write config/README.md from the configuration's schema (`make handbook`)."""

from pathlib import Path

import yaml

from cellweave.core.files import whole
from cellweave.core.handbook import handbook


def main(*, schema: Path, page: Path) -> None:
    """Write the handbook of `schema` to `page`."""
    with whole(page) as part:
        part.write_text(handbook(yaml.safe_load(schema.read_text(encoding="utf-8"))), encoding="utf-8")


if __name__ == "__main__":
    config = Path(__file__).resolve().parent.parent / "config"
    main(schema=config / "schema" / "config.schema.yaml", page=config / "README.md")
