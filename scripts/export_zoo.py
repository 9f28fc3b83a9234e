"""Pack a trained network for the BioImage Model Zoo, as a folder and as a zip.

Inputs: checkpoint and manifest of the training, image store to take an example from, score tables (tsv).
Outputs: folder with rdf.yaml, weights (PyTorch, ONNX), architecture, example, cover and README; the same as zip.
"""

import json
import shutil
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import torch
import yaml
from PIL import Image

from cellweave.core.files import read_json, whole
from cellweave.core.logs import log_to
from cellweave.formats.bioimage import CHANNELS, EPSILON, OWN, describe
from cellweave.formats.ngff import open_image
from cellweave.formats.scores import read_scores
from cellweave.learn.exported import OPSET, MapsNetwork, architecture_file, maps_network, write_onnx, write_state
from cellweave.learn.networks import load_network
from cellweave.report.package import package_cover, package_readme


def main(
    *,
    checkpoint: Path,
    manifest: Path,
    image: Path,
    scores: list[Path],
    name: str,
    instances: dict,
    zoom: float,
    authors: list[str],
    licence: str | None,
    folder: Path,
    archive: Path,
) -> None:
    """Write the package of `checkpoint` to `folder` and `archive`."""
    network, facts = maps_network(load_network(checkpoint)), read_json(manifest)
    channels = CHANNELS[network.architecture["representation"]]
    with whole(folder) as part:
        part.mkdir()
        write_example(network, image, part)
        write_state(network, part / "weights.pt")
        write_onnx(network, part / "weights.onnx", side=8 * network.stride)
        (part / "architecture.py").write_text(architecture_file(), encoding="utf-8")
        shutil.copyfile(checkpoint, part / OWN)
        shutil.copyfile(manifest, part / "manifest.json")
        readme = package_readme(
            name,
            architecture=network.architecture,
            channels=channels,
            stride=network.stride,
            halo=network.halo,
            zoom=zoom,
            instances=instances,
            facts=facts,
            scores=pd.concat([read_scores(path) for path in scores]) if scores else pd.DataFrame(),
        )
        (part / "README.md").write_text(readme, encoding="utf-8")
        description = describe(
            name=name,
            folder=part,
            architecture=network.architecture,
            stride=network.stride,
            halo=network.halo,
            versions=facts["versions"],
            opset=OPSET,
            authors=authors,
            licence=licence,
            settings={"instances": instances, "zoom": zoom, "vectors": network.representation.vectors},
            commit=facts["code"],
        )
        (part / "rdf.yaml").write_text(yaml.safe_dump(json.loads(json.dumps(description)), sort_keys=False))
    with whole(archive) as part, zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED) as packed:
        for file in sorted(path for path in folder.iterdir() if not path.name.startswith(".")):
            packed.write(file, file.name)


def write_example(network: MapsNetwork, image: Path, folder: Path) -> None:
    """Write the middle of the first frame of an image store, its maps, and a cover of both."""
    side = 2 * network.halo + 9 * network.stride
    plane = np.asarray(open_image(image)[0, 0], np.float32)
    top, left = (max(0, (size - side) // 2) for size in plane.shape)
    crop = plane[top : top + side, left : left + side]
    crop = np.pad(crop, [(0, side - size) for size in crop.shape], mode="symmetric")
    normal = (crop - crop.mean()) / (crop.std() + EPSILON)
    with torch.no_grad():
        maps = network(torch.from_numpy(normal)[None, None]).numpy()
    np.save(folder / "input.npy", crop[None, None])
    np.save(folder / "output.npy", maps)
    Image.fromarray(package_cover(crop, maps[0, 0])).save(folder / "cover.png")


if __name__ == "__main__":
    with log_to(snakemake.log[0]):
        main(
            checkpoint=Path(snakemake.input.checkpoint),
            manifest=Path(snakemake.input.manifest),
            image=Path(snakemake.input.image),
            scores=[Path(path) for path in snakemake.input.scores],
            name=snakemake.wildcards.model,
            instances=snakemake.params.instances,
            zoom=snakemake.params.zoom,
            authors=snakemake.params.zoo["authors"],
            licence=snakemake.params.zoo["licence"],
            folder=Path(snakemake.output.folder),
            archive=Path(snakemake.output.archive),
        )
