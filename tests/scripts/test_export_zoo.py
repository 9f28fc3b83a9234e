"""A package for the BioImage Model Zoo: what it says holds, for others and for us."""

import importlib.util
import json
import subprocess
import sys
import zipfile

import numpy as np
import pandas as pd
import pytest
import torch
import yaml

from cellweave.core.errors import InputError
from cellweave.formats.bioimage import is_package, own_checkpoint
from cellweave.formats.intake import chosen_model
from cellweave.formats.ngff import write_image
from cellweave.learn.exported import architecture_file, maps_network
from cellweave.learn.networks import Network, load_network, save_network
from cellweave.segment.foreign import Setting
from cellweave.segment.single import Means

needs_extra = pytest.mark.skipif(
    importlib.util.find_spec("onnxscript") is None or importlib.util.find_spec("bioimageio") is None,
    reason="make extra NAME=bioimageio",
)
INSTANCES = {"foreground": 0.76, "seed": 0.5, "min_area_px": 20, "fill_holes": True}


def picture(seed: int = 0, shape: tuple[int, int] = (150, 170)) -> np.ndarray:
    """Bright discs on a dark ground."""
    rng = np.random.default_rng(seed)
    y, x = np.indices(shape)
    image = rng.normal(100, 5, shape)
    for cy, cx in rng.uniform(10, 140, (14, 2)):
        image += 300 * ((y - cy) ** 2 + (x - cx) ** 2 < 49)
    return image.clip(0).astype(np.uint16)


@pytest.fixture(scope="module", params=["distances", "flows"])
def package(request, tmp_path_factory):
    """The package of a random network that happens to follow the intensity (seed 9)."""
    import export_zoo

    folder = tmp_path_factory.mktemp(request.param)
    torch.manual_seed(9)
    network = Network({"encoder": "plain", "channels": [4, 4], "representation": request.param})
    seen = {"dataset": "toy", "sequence": "01", "part": [0.0, 0.7], "licence": "CC-BY-4.0", "fitted": "n", "data": "d"}
    facts = {"trained_on": [seen], "licences": ["CC-BY-4.0"], "commercial_use": "yes", "parameters": 1234, "steps": 9}
    facts |= {"seed": 1, "code": "abc", "pretrained": None, "versions": {"torch": str(torch.__version__)}}
    save_network(network, folder / "net.ckpt", facts)
    (folder / "manifest.json").write_text(json.dumps(facts))
    with write_image(folder / "image.zarr", shape=(1, 1, 150, 170), dtype="uint16") as store:
        store[0] = picture()[None]
    row = {"dataset": "toy", "sequence": "02", "model": "unet", "tracker": "-", "metric": "SEG", "value": 0.7, "n": 3}
    pd.DataFrame([row]).to_csv(folder / "scores.tsv", sep="\t", index=False)
    export_zoo.main(
        checkpoint=folder / "net.ckpt",
        manifest=folder / "manifest.json",
        image=folder / "image.zarr",
        scores=[folder / "scores.tsv"],
        name="unet",
        instances=INSTANCES,
        zoom=1,
        authors=["A. Author"],
        licence="CC-BY-4.0",
        folder=folder / "unet",
        archive=folder / "unet.zip",
    )
    return folder / "unet"


@needs_extra
@pytest.mark.slow
def test_the_zoo_takes_it_and_onnx_gives_our_maps(package):
    import onnxruntime
    from bioimageio.core import test_model

    for source in (package / "rdf.yaml", package.with_suffix(".zip")):
        summary = test_model(source)
        assert summary.status in ("passed", "valid-format") and not summary.errors, summary.display()
        assert summary.status == "passed", [detail.name for detail in summary.details if detail.status != "passed"]
    session = onnxruntime.InferenceSession(package / "weights.onnx", providers=["CPUExecutionProvider"])
    ours = maps_network(load_network(package / "model.ckpt"))
    for shape in ((1, 1, 60, 76), (3, 1, 36, 40)):  # other sides and batches than it was traced with
        x = np.random.default_rng(1).normal(size=shape).astype(np.float32)
        with torch.no_grad():
            expected = ours(torch.from_numpy(x)).numpy()
        np.testing.assert_allclose(session.run(None, {"raw": x})[0], expected, atol=1e-5)  # both are float32
    readme = (package / "README.md").read_text()
    for said in ("toy/01, 0% to 70%", "CC-BY-4.0", "| toy | 02 | SEG | 0.700 | 3 |", "seed 1"):
        assert said in readme


@needs_extra
@pytest.mark.slow
def test_a_tile_with_the_halo_that_is_stated_gives_the_maps_of_the_whole(package):
    description = yaml.safe_load((package / "rdf.yaml").read_text())
    y = next(axis for axis in description["inputs"][0]["axes"] if axis.get("id") == "y")
    halo = next(axis for axis in description["outputs"][0]["axes"] if axis.get("id") == "y")["halo"]
    side, step = y["size"]["min"], y["size"]["step"]
    network = maps_network(load_network(package / "model.ckpt"))
    x = torch.from_numpy(np.random.default_rng(0).normal(size=(1, 1, side + 8 * step, side)).astype(np.float32))
    with torch.no_grad():
        whole, tile = network(x), network(x[:, :, 4 * step : 4 * step + side])
    inner = slice(halo, side - halo)
    moved = slice(4 * step + halo, 4 * step + side - halo)
    np.testing.assert_allclose(tile[:, :, inner], whole[:, :, moved], atol=1e-6)


@needs_extra
@pytest.mark.slow
def test_what_was_exported_comes_back_as_the_same_model(package, tmp_path):
    pixels = picture(3)[None]
    centre, spread = float(pixels.mean()), float(pixels.std())

    def labels_of(kind: str, checkpoint=None, **changes) -> np.ndarray:
        means = dict.fromkeys(("calibration", "weights", "adapter", "options", "pixel_um")) | {"classical": {}}
        means |= {"kind": kind, "checkpoint": checkpoint, "instances": INSTANCES, "zoom": 1, "symmetries": 1}
        means |= {"tile": 64, "skip_constant": False, "device": "cpu", "threads": 1}
        return Means(**(means | changes)).open("here")(pixels, centre, spread)[0]

    expected = labels_of("network", package.parent / "net.ckpt")
    assert expected.max() > 5
    for path in (package, package.with_suffix(".zip")):
        name, models, _ = chosen_model(str(path), {})
        assert models[name]["kind"] == "network" and models[name]["instances"] == INSTANCES
        assert np.array_equal(labels_of("network", models[name]["checkpoint"]), expected)
        theirs = labels_of("adapter", adapter="bioimageio", weights=path, options={})
        assert theirs.max() == pytest.approx(expected.max(), abs=1)  # float32 there, bfloat16 here
        assert ((theirs > 0) == (expected > 0)).mean() > 0.98
    state = Setting("bioimageio", {"format": "pytorch_state_dict"}, package).open()(pixels.astype(np.float32))
    onnx = Setting("bioimageio", {"format": "onnx"}, package).open()(pixels.astype(np.float32))
    assert np.array_equal(state.labels, onnx.labels)
    with pytest.raises(InputError, match="marker is channel 7"):
        Setting("bioimageio", {"marker": 7}, package).open()(pixels.astype(np.float32))


def test_the_architecture_needs_torch_and_nothing_of_ours(tmp_path):
    (tmp_path / "architecture.py").write_text(architecture_file())
    torch.manual_seed(0)
    for kind in ({"encoder": "plain", "channels": [4, 4]}, {"encoder": "mobilenet_v2", "channels": [8, 8]}):
        for representation in ("distances", "flows"):
            network = Network({**kind, "representation": representation})
            x = torch.randn(1, 1, 32, 48)
            with torch.no_grad():
                expected = maps_network(network)(x)
            torch.save([network.architecture, network.state_dict(), x, expected], tmp_path / "case.pt")
            probe = (
                "import sys, torch, architecture\n"
                "kwargs, state, x, expected = torch.load('case.pt')\n"
                "network = architecture.MapsNetwork(**kwargs)\n"
                "network.load_state_dict(state)\n"
                "with torch.no_grad(): assert torch.equal(network.eval()(x), expected)\n"
                "assert not {'numba', 'scipy'} & set(sys.modules) and not any('cellweave' in m for m in sys.modules)\n"
            )
            done = subprocess.run([sys.executable, "-c", probe], cwd=tmp_path, capture_output=True, text=True)
            assert done.returncode == 0, done.stderr


def foreign(folder, **changes):
    axes = [{"type": "batch"}, {"type": "channel", "channel_names": ["a"]}]
    axes += [{"type": "space", "id": axis, "size": {"min": 64, "step": 16}} for axis in "yx"]
    content = {"type": "model", "format_version": "0.5.4", "inputs": [{"axes": axes}], "weights": {"onnx": {}}}
    folder.mkdir(exist_ok=True)
    (folder / "rdf.yaml").write_text(yaml.safe_dump(content | changes))
    return folder


def test_packages_of_others_are_adapters_and_what_cannot_be_is_said(tmp_path):
    theirs = foreign(tmp_path / "shark")
    with zipfile.ZipFile(tmp_path / "shark.zip", "w") as archive:
        archive.write(theirs / "rdf.yaml", "rdf.yaml")
    for path in (theirs, tmp_path / "shark.zip"):
        assert is_package(path) and own_checkpoint(path) is None
        name, models, _ = chosen_model(str(path), {})
        assert models[name] == {"kind": "adapter", "adapter": "bioimageio", "weights": str(path)}
    name, models, _ = chosen_model("https://example.org/models/shark.zip", {})
    assert name == "shark" and models[name]["adapter"] == "bioimageio"
    cases = [
        ({"inputs": [{"axes": "bcyx"}], "format_version": "0.4.10"}, "format 0.4.10"),
        ({"inputs": [{"axes": []}, {"axes": []}]}, "2 inputs"),
        ({"inputs": [{"axes": [{"type": "batch"}, {"type": "space", "id": "z"}]}]}, "the axes batch, z"),
        ({"weights": {"keras_hdf5": {}}}, "weights as keras_hdf5 only"),
        ({"type": "dataset"}, "something else than a model"),
    ]
    for changes, message in cases:
        with pytest.raises(InputError, match=message):
            Setting("bioimageio", {}, foreign(theirs, **changes)).open()
