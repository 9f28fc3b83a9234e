"""The methods paragraph of a run, ready to paste, with the works to cite."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

WORKS = {
    "snakemake": "Mölder F. et al. Sustainable data analysis with Snakemake. F1000Research 10:33 (2021).",
    "ome-zarr": "Moore J. et al. OME-NGFF: a next-generation format for bioimaging. Nature Methods 18:1496 (2021).",
    "torch": "Paszke A. et al. PyTorch: an imperative style, high-performance deep learning library."
    " NeurIPS 32 (2019).",
    "unet": "Ronneberger O., Fischer P., Brox T. U-Net: convolutional networks for biomedical image segmentation. "
    "MICCAI, LNCS 9351:234 (2015).",
    "mobilenet": "Sandler M. et al. MobileNetV2: inverted residuals and linear bottlenecks. CVPR:4510 (2018).",
    "scikit-learn": "Pedregosa F. et al. Scikit-learn: machine learning in Python. JMLR 12:2825 (2011).",
    "scikit-image": "van der Walt S. et al. scikit-image: image processing in Python. PeerJ 2:e453 (2014).",
    "otsu": "Otsu N. A threshold selection method from gray-level histograms. IEEE Trans. SMC 9:62 (1979).",
    "trackpy": "Crocker J.C., Grier D.G. Methods of digital video microscopy for colloidal studies. J. Colloid "
    "Interface Sci. 179:298 (1996).",
    "laptrack": "Fukai Y.T., Kawaguchi K. LapTrack: linear assignment particle tracking with tunable metrics. "
    "Bioinformatics 39:btac799 (2023).",
    "trackastra": "Gallusser B., Weigert M. Trackastra: transformer-based cell tracking for live-cell microscopy. ECCV "
    "(2024).",
    "ctc": "Maška M. et al. The Cell Tracking Challenge: 10 years of objective benchmarking. Nature Methods 20:1010 "
    "(2023).",
}
SELF = "this workflow"  # the citation of simulated data
OWN = "your own data"  # what `formats.intake` writes for `input`


@dataclass(frozen=True)
class Methods:
    """A paragraph with numbers in brackets, and the works that they stand for."""

    text: str
    references: list[str]


class _Citations:
    """Numbers works in the order in which they are first cited."""

    def __init__(self) -> None:
        self.works: list[str] = []

    def __call__(self, *names: str) -> str:
        numbers = []
        for work in (WORKS.get(name, name) for name in names):
            if work not in self.works:
                self.works.append(work)
            numbers.append(str(self.works.index(work) + 1))
        return f" [{', '.join(numbers)}]"


def describe_methods(manifest: Mapping[str, Any]) -> Methods:
    """Return what a run did, in sentences for a paper.

    Parameters
    ----------
    manifest : mapping
        As ``write_manifest.py`` makes it; without a configuration the text is empty.
    """
    config = manifest.get("config", {})
    runs = {name: run for name, run in config.get("run", {}).items() if run}
    if not runs:
        return Methods("", [])
    cite = _Citations()
    packages = manifest.get("packages", {})
    models = list(dict.fromkeys(name for run in runs.values() for name in run["models"]))
    trackers = list(dict.fromkeys(name for run in runs.values() for name in run.get("trackers", [])))
    sentences = [
        _workflow(manifest, packages, cite),
        *_data(manifest.get("datasets", []), cite),
        *(_segmentation(name, config["models"].get(name, {}), packages, cite) for name in models),
        *(_tracking(name, config["trackers"].get(name, {}), cite) for name in trackers),
        f"Cells were measured on the raw images; an area counts pixels of a mask, and scores were computed with the "
        f"definitions of the Cell Tracking Challenge{cite('ctc')} where annotations exist.",
        f"All random numbers start from seed {config.get('seed')}.",
    ]
    return Methods(" ".join(sentences), cite.works)


def _workflow(manifest: Mapping[str, Any], packages: Mapping[str, str], cite: _Citations) -> str:
    commit = manifest.get("code", {}).get("commit", "unknown")[:12]
    runner = f"Snakemake {packages['snakemake']}" if "snakemake" in packages else "Snakemake"
    return (
        f"Images were processed with cellweave (commit {commit}), a workflow run by {runner}{cite('snakemake')}, and "
        f"stored as OME-Zarr{cite('ome-zarr')}."
    )


def _data(rows: Sequence[Mapping[str, Any]], cite: _Citations) -> list[str]:
    """One sentence per data set, with size of a pixel and frame interval where all of its sequences share them."""
    sentences = []
    for dataset in dict.fromkeys(row["dataset"] for row in rows):
        here = [row for row in rows if row["dataset"] == dataset]
        names = ", ".join(str(row["sequence"]) for row in here)
        facts = [
            f"{_shared(here, key)} {unit}"
            for key, unit in (("pixel_size_um", "µm per pixel"), ("frame_interval_min", "min between frames"))
            if _shared(here, key)
        ]
        work, licence = _shared(here, "citation"), _shared(here, "licence")
        text = f"Data set {dataset} (sequence{'s' if len(here) > 1 else ''} {names}"
        text += f"; {'; '.join(facts)})" if facts else ")"
        text += {SELF: " was simulated", OWN: " was our own"}.get(work) or (cite(work) if work else "")
        sentences.append(text + (f"; licence: {licence}." if licence and work != OWN else "."))
    return sentences


def _shared(rows: Sequence[Mapping[str, Any]], key: str) -> Any:
    values = {row.get(key) for row in rows}
    return values.pop() if len(values) == 1 else None


def _segmentation(name: str, model: Mapping[str, Any], packages: Mapping[str, str], cite: _Citations) -> str:
    kind = model.get("kind")
    if kind == "network":
        start = model.get("pretrained")
        begun = {None: "from random weights", "imagenet": "from ImageNet weights"}.get(start, f"from model {start}")
        if model.get("checkpoint"):
            begun = f"given as {model['checkpoint']}"
        torch = f"PyTorch {packages['torch']}" if "torch" in packages else "PyTorch"
        how = f"a U-Net{cite('unet')} with a MobileNetV2 encoder{cite('mobilenet')}, {begun}, in {torch}{cite('torch')}"
    elif kind == "forest":
        how = f"a random forest on pixel features{cite('scikit-learn', 'scikit-image')}"
    elif kind == "classical":
        how = f"smoothing, a threshold{cite('otsu')} and a watershed{cite('scikit-image')}"
    elif kind == "truth":
        how = "the annotated masks themselves, to judge trackers alone"
    else:
        how = f"the external model {kind}"
    return f"Cells were segmented by {how} (model {name})."


def _tracking(name: str, tracker: Mapping[str, Any], cite: _Citations) -> str:
    kind = tracker.get("kind", name)
    if kind == "weave":
        solver = "frame by frame" if tracker.get("solver", "fast") == "fast" else "by integer programming"
        how = f"least-cost linking with divisions and closed gaps, solved {solver}"
    else:
        how = f"{kind}{cite(kind)}" if kind in WORKS else kind
    return f"Cells were tracked by {how} (tracker {name})."
