"""What a configuration and a table of data sets ask for: which sequence goes through which model and tracker."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from cellweave.core.errors import InputError
from cellweave.core.registry import Sequence, check_name, closest

TRAINED = ("network", "forest")
ELSEWHERE = ("adapter", "truth", "external")  # kinds whose objects or lineages are made elsewhere
COPY = "@"  # joins a model's name and the dataset that a copy of it was trained on


@dataclass(frozen=True)
class Run:
    """One path through the workflow; `tracker` is None for still images."""

    dataset: str
    sequence: str
    model: str
    tracker: str | None


@dataclass(frozen=True)
class Source:
    """Frames that a model is trained on; of a round above 0, what was corrected until then."""

    dataset: str
    sequence: str
    frames: tuple[float, float] | None
    zoom: float
    truth: str
    round: int = 0
    flatten: float | None = None


class Plan:
    """Answers the questions that the rules ask of the configuration.

    Parameters
    ----------
    config : dict
        Checked configuration (see ``config/schema/config.schema.yaml``).
    registry : dict
        (dataset, sequence) -> row of the table of data sets.

    Raises
    ------
    InputError
        When a name that the configuration uses does not exist; the message lists those that do.
    """

    def __init__(self, config: dict[str, Any], registry: dict[tuple[str, str], Sequence]) -> None:
        self.config = config
        self.registry = registry
        self.run = {dataset: run for dataset, run in config["run"].items() if run is not None}
        self.models = config["models"]
        self.trackers = config["trackers"]
        self.views = config["views"]
        self._check()

    def row(self, dataset: str, sequence: str) -> Sequence:
        """Return the table's row behind a sequence or a view of one."""
        return self.registry[dataset, self._base(dataset, sequence)]

    def frames(self, dataset: str, sequence: str) -> list[float] | None:
        """Return the shares ``[from, to]`` that a view names, None for a whole sequence."""
        view = self.view(dataset, sequence)
        return self.views[view] if view else None

    def view(self, dataset: str, sequence: str) -> str:
        """Return the name of the view that a sequence is, "" for a whole one."""
        base = self._base(dataset, sequence)
        return "" if base == sequence else sequence.removeprefix(f"{base}-")

    def sequences(self, dataset: str, role: str) -> list[str]:
        """Return the names of the `role` (``train`` or ``test``) sequences of a run, for the split in force."""
        names = self.run[dataset][role]
        if isinstance(names, dict):
            split = self.config["split"]
            if split not in names:
                raise InputError(f"no split {split!r}", where=f"run.{dataset}.{role}", todo=closest(split, list(names)))
            names = names[split]
        return names

    def runs(self) -> list[Run]:
        """Return every path through the workflow that ends in objects, in the order of the configuration."""
        return [
            Run(dataset, sequence, model, tracker)
            for dataset, run in self.run.items()
            for sequence in self.sequences(dataset, "test")
            for model in run["models"]
            if self.models[model]["task"] == "instance"
            for tracker in self._trackers(dataset, sequence)
        ]

    def semantic_runs(self) -> list[Run]:
        """Return every path that ends in a map of classes, in the order of the configuration."""
        return [
            Run(dataset, sequence, model, None)
            for dataset, run in self.run.items()
            for sequence in self.sequences(dataset, "test")
            for model in run["models"]
            if self.models[model]["task"] == "semantic"
        ]

    def representation(self, model: str) -> list[str]:
        """Return the overrides of a training that its task brings with it."""
        settings = self.models[model]
        if settings["task"] == "instance":
            return []
        return ["model.representation=semantic", f"model.classes={len(settings['classes'])}"]

    def trained(self, model: str, dataset: str) -> str:
        """Return the folder name of the trained model that segments `dataset`."""
        per_dataset = self.models[model]["train_on"] == "dataset"
        return f"{model}{COPY}{dataset}" if per_dataset else model

    def trains(self, model: str) -> bool:
        """Whether a model is trained here, and neither given as a checkpoint nor of a kind that is not trained."""
        settings = self.models[model]
        return settings["kind"] in TRAINED and settings["checkpoint"] is None

    def checkpoint(self, model: str, dataset: str) -> str:
        """Return the path of the checkpoint that segments `dataset`."""
        return self.models[model]["checkpoint"] or f"results/train/{self.trained(model, dataset)}/model.ckpt"

    def model_of(self, trained: str) -> dict[str, Any]:
        """Return the configuration of a trained model."""
        return self.models[trained.split(COPY)[0]]

    def settings(self, key: str, model: str, dataset: str) -> dict[str, Any]:
        """Return part `key` (``instances`` or ``classical``) of a model's settings, with what the dataset changes.

        What the dataset gives in pixels replaces what the model gives in micrometers.
        """
        changes = self.run[dataset][key]
        sized = {name.rpartition("_")[0] for name in changes if name.endswith("_px")}
        kept = {
            name: value
            for name, value in self.models[model][key].items()
            if not name.endswith(("_um", "_um2")) or name.rpartition("_")[0] not in sized
        }
        return {**kept, **changes}

    def instances(self, trained: str, dataset: str) -> dict[str, Any]:
        """Return how the maps of a trained model become objects on a dataset that need not be among the runs."""
        return {**self.model_of(trained)["instances"], **self.run.get(dataset, {}).get("instances", {})}

    def sources(self, trained: str) -> list[Source]:
        """Return the sequences and frames that a trained model learns from."""
        model, _, dataset = trained.partition(COPY)
        settings = self.models[model]
        corrected = [
            Source(
                item["dataset"],
                name,
                None,
                self.zoom(item["dataset"]),
                "gold",
                settings["round"],
                self.flatten(item["dataset"]),
            )
            for item in settings["corrected"]
            if settings["train_on"] != "dataset" or item["dataset"] == dataset
            for name in item["sequences"]
        ]
        if settings["train_on"] == "dataset":
            items = [{"dataset": dataset, "sequences": self.sequences(dataset, "train"), "frames": None}]
            if not items[0]["sequences"] and not corrected:
                raise InputError(
                    f"model {model!r} is to be trained on {dataset}, which names no sequences to train on",
                    where=f"run.{dataset}.train",
                    todo=f"list them there, or give models.{model} a list of sources (train_on) or a trained file "
                    "(checkpoint); without truth, choose a model that needs none (classical)",
                )
        elif settings["train_on"] == "all":
            items = [{"dataset": name, "sequences": self.sequences(name, "train"), "frames": None} for name in self.run]
        else:
            items = settings["train_on"]
        truths = ("gold", "silver") if settings["truth"] == "both" else (settings["truth"],)
        plain = [self._source(item, name, truth) for item in items for name in item["sequences"] for truth in truths]
        return plain + corrected

    def zoom(self, dataset: str) -> float:
        """Return the factor by which the images of a dataset are resampled."""
        return self.config["zoom"].get(dataset, 1)

    def flatten(self, dataset: str) -> float | None:
        """Return the width [px] of the background that is subtracted from the images of a dataset; None for none."""
        return self.config["flatten_px"].get(dataset)

    def annotated(self, tracker: str) -> list[Source]:
        """Return the sequences and frames that the costs of a tracker are fitted on; none for the defaults."""
        items = self.trackers[tracker].get("fit_on", [])
        return [self._source(item, name, "auto") for item in items for name in item["sequences"]]

    def pretrained(self, trained: str) -> str | None:
        """Return the folder name of the model to fine-tune from; None for ImageNet weights or none at all."""
        model, _, dataset = trained.partition(COPY)
        parent = self.models[model]["pretrained"]
        return None if parent in (None, "imagenet") else self.trained(parent, dataset)

    def start(self, trained: str) -> str | None:
        """Return the path of the checkpoint to fine-tune from; None for ImageNet weights or none at all."""
        model, _, dataset = trained.partition(COPY)
        parent = self.models[model]["pretrained"]
        return None if parent in (None, "imagenet") else self.checkpoint(parent, dataset)

    def datasets(self, format: str) -> list[str]:
        """Return the datasets of one format, for wildcard constraints."""
        return sorted({row.dataset for row in self.registry.values() if row.format == format})

    def models_of(self, kind: str) -> list[str]:
        """Return the names of the models of one kind, for wildcard constraints."""
        return [name for name, model in self.models.items() if model["kind"] == kind]

    def trackers_of(self, kind: str) -> list[str]:
        """Return the names of the trackers of one kind, for wildcard constraints."""
        return [name for name, tracker in self.trackers.items() if tracker["kind"] == kind]

    def external(self, kind: str, names: Mapping[str, str]) -> str:
        """Return where the result of an external model or tracker lies.

        Parameters
        ----------
        kind : {"models", "trackers"}
            A tracker without a path of its own means the result of the model it runs with.
        names : mapping
            model, tracker, dataset, sequence.
        """
        settings = getattr(self, kind)[names[kind[:-1]]]
        path = settings.get("path") or self.models[names["model"]].get("path")
        if not path:
            raise InputError(
                f"the external {kind[:-1]} {names[kind[:-1]]!r} names no result",
                where=f"{kind}.{names[kind[:-1]]}.path",
                todo="give the path of a RES folder or a label store; {dataset} and {sequence} may stand in it",
            )
        source = self._base(names["dataset"], names["sequence"])
        return path.replace("{dataset}", names["dataset"]).replace("{sequence}", source)

    def results_elsewhere(self) -> list[tuple[str, str]]:
        """Return the path of every result that an external model or tracker of a run names, and the key that does."""
        return [
            (self.external(f"{kind}s", vars(run)), f"{kind}s.{name}.path")
            for run in self.runs()
            for kind in ("model", "tracker")
            if (name := getattr(run, kind)) and getattr(self, f"{kind}s")[name]["kind"] == "external"
        ]

    def _base(self, dataset: str, sequence: str) -> str:
        if (dataset, sequence) in self.registry:
            return sequence
        base, _, view = sequence.rpartition("-")
        if view in self.views and (dataset, base) in self.registry:
            return base
        known = [name for owner, name in self.registry if owner == dataset]
        if not known:
            raise InputError(
                f"unknown dataset {dataset!r}",
                where=self.config["datasets_table"],
                todo=closest(dataset, sorted({owner for owner, _ in self.registry})),
            )
        raise InputError(
            f"unknown sequence {sequence!r} of {dataset}",
            where=self.config["datasets_table"],
            todo=f"{closest(sequence, known)}; views: {', '.join(self.views) or 'none'}",
        )

    def _trackers(self, dataset: str, sequence: str) -> Iterable[str | None]:
        movie = self.row(dataset, sequence).kind == "movie"
        return self.run[dataset]["trackers"] if movie and self.run[dataset]["trackers"] else [None]

    def _source(self, item: dict[str, Any], sequence: str, truth: str) -> Source:
        frames = item.get("frames")
        return Source(
            item["dataset"],
            sequence,
            None if frames is None else (frames[0], frames[1]),
            self.zoom(item["dataset"]),
            truth,
            flatten=self.flatten(item["dataset"]),
        )

    def _check(self) -> None:
        for kind in ("models", "trackers", "views"):
            for name in self.config[kind]:
                check_name(name, kind, where="config")
        for name in self.models_of("adapter"):
            if "adapter" not in self.models[name]:
                raise InputError(
                    "no adapter is named", where=f"models.{name}", todo="add adapter: cellpose, for example"
                )
        for name, model in self.models.items():
            if model["truth"] == "both" and model["kind"] not in TRAINED:
                raise InputError(
                    f"a model of kind {model['kind']} takes one truth", where=f"models.{name}.truth", todo="name one"
                )
            if model["task"] == "semantic" and model["kind"] != "network":
                raise InputError(
                    f"a {model['kind']} cannot tell classes", where=f"models.{name}.task", todo="use kind: network"
                )
        for dataset, run in self.run.items():
            for kind, known in (("models", self.models), ("trackers", self.trackers)):
                for name in run[kind]:
                    if name not in known:
                        where = f"run.{dataset}.{kind}"
                        raise InputError(f"unknown {kind[:-1]} {name!r}", where=where, todo=closest(name, list(known)))
        if self.config["live"] and self.config["flatten_px"]:
            raise InputError("a live run cannot flatten its frames", where="flatten_px", todo="leave one of them out")
        for dataset in self.run:
            for sequence in self.sequences(dataset, "test"):
                self.row(dataset, sequence)
        self.results_elsewhere()
        for trained in self._all_trained():
            self._check_lineage(trained)
            for source in self.sources(trained):
                if not source.round and not self.row(source.dataset, source.sequence).has_truth:
                    raise InputError(
                        f"{source.dataset}/{source.sequence} has no truth to train {trained!r} on",
                        where=self.config["datasets_table"],
                        todo="fill truth_url, or train on another dataset",
                    )

    def _all_trained(self) -> Iterator[str]:
        for dataset, run in self.run.items():
            for model in run["models"]:
                if self.trains(model):
                    yield self.trained(model, dataset)

    def _check_lineage(self, trained: str) -> None:
        """Ancestors exist, are networks, and do not go in a circle."""
        seen = [trained]
        while True:
            name = seen[-1].split(COPY)[0]
            parent = self.models[name]["pretrained"]
            if parent in (None, "imagenet"):
                return
            where = f"models.{name}.pretrained"
            if parent not in self.models or self.models[parent]["kind"] != "network":
                known = ["imagenet", *self.models_of("network")]
                raise InputError(
                    f"unknown model {parent!r} to fine-tune from", where=where, todo=closest(parent, known)
                )
            ancestor = self.pretrained(seen[-1])
            if ancestor in seen:
                raise InputError(f"models fine-tune from each other in a circle: {' -> '.join(seen)}", where=where)
            seen.append(ancestor)
