# Helpers that the rules share: the plan behind the configuration, inputs that depend on it, code hashes.
import subprocess
import sys
import time
from math import ceil
from pathlib import Path

import yaml
from snakemake.exceptions import WorkflowError

ROOT = Path(workflow.current_basedir).parent
if str(ROOT / "scripts") not in sys.path:
    sys.path.append(str(ROOT / "scripts"))

from cellweave.core.code import code_hash
from cellweave.core.configs import compose
from cellweave.core.errors import InputError
from cellweave.core.origins import IMAGENET as IMAGENET_ORIGIN
from cellweave.core.origins import check_contamination, models_record, origins
from cellweave.core.plan import ELSEWHERE, TRAINED, Plan
from cellweave.core.plugins import check_plugin, plugins, without_absent
from cellweave.core.registry import is_remote, path_of, read_registry
from cellweave.core.rounds import corrected_folders, suggested_folders, with_rounds
from cellweave.core.schema import checked
from cellweave.core.sizes import decoded_mb
from cellweave.formats.intake import with_input
from cellweave.formats.names import Pattern, is_pattern

PAGE = sorted(f"cellweave/report/page/{path.name}" for path in (ROOT / "scripts/cellweave/report/page").iterdir())
NEVER = "(?!)"  # a wildcard constraint that nothing meets
IMAGENET = {  # encoder -> torchvision's weights; the names hold the first digits of the SHA-256, see read_weights
    "mobilenet_v2": "http://download.pytorch.org/models/mobilenet_v2-b0353104.pth",
    "resnet18": "http://download.pytorch.org/models/resnet18-f37072fd.pth",
    "resnet34": "http://download.pytorch.org/models/resnet34-b627a593.pth",
}
CHALLENGE = "celltrackingchallenge.net"
SPREADSHEETS = ("CellTrackingBenchmark", "CellSegmentationBenchmark", "CellLinkingBenchmark")
MOBILENET_SHA256 = "b03531047ffacf1e2488318dcd2aba1126cde36e3bfe1aa5cb07700aeeee9889"


def at_root(path):
    """Return `path` as the user gave it, or the shipped file of that name below the workflow's own folder."""
    return path if Path(path).exists() else ROOT / path


def read_plan():
    """Return plan, training configurations by model, notes and warnings; a user's mistake ends here with one message."""
    try:
        schema = yaml.safe_load((ROOT / "config/schema/config.schema.yaml").read_text())
        filled = checked(config, schema)
        wanted, registry, notes = with_input(filled, read_registry(at_root(filled["datasets_table"])))
        present, absent = without_absent(checked(with_rounds(checked(wanted, schema)), schema))
        plan = Plan(present, registry)
        known = plugins(ROOT / "scripts/cellweave/track/trackers", "link") | {"external": ["path"]}
        for name, tracker in plan.trackers.items():
            options = {key: value for key, value in tracker.items() if key != "fit_on"}
            check_plugin(options, known, where=f"trackers.{name}")
        for path, where in plan.results_elsewhere():
            if not Path(path).exists():
                raise InputError(f"no result at {path}", where=where, todo="correct the path")
        trainings = {
            name: compose(
                ROOT / "config" / "hydra", model["experiment"], [*model["overrides"], *plan.representation(name)]
            )
            for name, model in plan.models.items()
            if plan.trains(name)
        }
        return plan, trainings, [*notes, *absent], check_contamination(plan)
    except InputError as error:
        raise WorkflowError(str(error)) from None


def one_of(names):
    """Return the wildcard constraint that admits exactly `names`."""
    return "|".join(re.escape(name) for name in names) or NEVER


def code(script, *templates):
    """Return the hash of a script, the package modules it imports and its templates: a change in them reruns the rule."""
    return code_hash(*(ROOT / "scripts" / file for file in (script, *templates)))


def sized(base, per_mb=0):
    """Return the resource function for `base` and `per_mb` for each MB of the decoded input, times the attempt."""
    return lambda wildcards, input, attempt: ceil(attempt * (base + per_mb * decoded_mb(input)))


def training_minutes(wildcards, attempt):
    """Return the minutes to ask for a training: an hour, and its pixels at a tenth of one core's measured speed."""
    config = training_config(wildcards)
    pixels = config["trainer"]["max_steps"] * config["data"]["batch"] * config["data"]["side_px"] ** 2
    return ceil(attempt * (60 + pixels / 50_000 / 60))


def trained_of(kind):
    """Return the wildcard constraint for trained models of one kind, per-dataset copies included."""
    names = PLAN.models_of(kind)
    return rf"({one_of(names)})(@[^/]+)?" if names else NEVER


def made_here(named):
    """Return the wildcard constraint that admits the models or trackers that run here."""
    return one_of([name for name, settings in named.items() if settings["kind"] not in ELSEWHERE])


def annotated_pair(wildcards, name):
    """Return the files called `name` of the sequence that is annotated and of the one that is scored."""
    sequences = [PLAN.sequences(wildcards.dataset, role)[0] for role in ("train", "test")]
    return [f"results/prepare/{wildcards.dataset}/{sequence}/{name}" for sequence in sequences]


def packages():
    """Return the packages of all networks that the runs train."""
    return [f"results/zoo/{name}.zip" for name in networks()]


def example_of(wildcards):
    """Return the image store of the first sequence that a model trains on, for the example of its package."""
    return prepared(PLAN.sources(wildcards.model)[:1], "image.ome.zarr")[0]


def scores_of(wildcards):
    """Return the score tables of the runs with a trained model."""
    own = [run for run in scored_runs() if PLAN.trained(run.model, run.dataset) == wildcards.model]
    return sorted({f"results/score/{run.model}/{run.dataset}/{run.sequence}.tsv" for run in own})


def unless_live(admitted):
    """Return a wildcard constraint as it is, but for a live run, in which watch_folder makes these results."""
    return NEVER if PLAN.config["live"] else admitted


def live_results(wildcards):
    """Return what a live run ends with."""
    if not PLAN.config["live"]:
        raise WorkflowError("`snakemake live` watches a folder\n  to do: add --config live=True input=<folder>")
    return lineages("tracks.parquet")


def watched(wildcards):
    """Return what shows that the last frame of a live run has arrived, [] for a folder that is complete."""
    return lineages("tracks.parquet") if PLAN.config["live"] else []


def live_costs(wildcards):
    """Return the fitted costs of a live run's tracker, if it has its own, else []."""
    name = PLAN.config["tracker"]
    return [f"results/track/costs/{name}.yaml"] if name in PLAN.trackers and PLAN.annotated(name) else []


def live_tracker():
    """Return the settings of a live run's tracker that its linker takes."""
    return {key: value for key, value in PLAN.trackers.get(PLAN.config["tracker"], {}).items() if key != "fit_on"}


def live_checkpoint(wildcards):
    """Return the checkpoint of a model that has one, else []."""
    return [checkpoint(wildcards)] if PLAN.models[wildcards.model]["kind"] in TRAINED else []


def live_weights(wildcards):
    """Return the file or folder of a foreign model, else []."""
    return [adapter_weights(wildcards)] if PLAN.models[wildcards.model]["weights"] else []


def means(wildcards):
    """Return what a live run segments its frames with, as `cellweave.segment.single.Means` takes it."""
    model = PLAN.models[wildcards.model]
    return {
        **{name: model.get(name) for name in ("kind", "adapter", "options", "symmetries")},
        "instances": settings("instances")(wildcards),
        "classical": settings("classical")(wildcards),
        "zoom": zoom(wildcards),
        "tile": PLAN.config["tile"],
        "skip_constant": PLAN.config["skip_constant_tiles"],
        "device": PLAN.config["device"],
    }


def external(kind):
    """Return the input function for the result that an external model or tracker (`kind`, plural) names."""
    return lambda wildcards: PLAN.external(kind, wildcards)


def row(wildcards):
    """Return the table's row of a sequence."""
    return PLAN.row(wildcards.dataset, wildcards.sequence)


def frames(wildcards):
    """Return the part [from, to] of the source sequence, None for all of it."""
    return PLAN.frames(wildcards.dataset, wildcards.sequence)


def downloaded(url):
    """Return the local path of a URL's file, or the path itself for local data."""
    return f"resources/downloads/{path_of(url)}" if is_remote(url) else url


def remote_files():
    """Return what can be downloaded: path below resources/downloads -> (url, sha256)."""
    files = {
        path_of(url): (url, MOBILENET_SHA256 if encoder == "mobilenet_v2" else "") for encoder, url in IMAGENET.items()
    }
    for model in PLAN.models.values():
        if model["weights"] and is_remote(model["weights"]):
            files[path_of(model["weights"])] = (model["weights"], "")
    for sequence in PLAN.registry.values():
        for url, sha256 in ((sequence.url, sequence.sha256), (sequence.truth_url, sequence.truth_sha256)):
            if url and is_remote(url):
                files[path_of(url)] = (url, sha256)
    return files


def raw_folder(wildcards):
    """Return the folder that holds a sequence's raw files: simulated, unpacked, or the user's own."""
    source = row(wildcards)
    if source.simulated:
        name = source.sequence if source.format == "ctc" else f"mosaic/{source.sequence}.ome.zarr"
        return f"resources/simulated/{name}"
    return local_copy(source.url)


def pattern(wildcards):
    """Return the pattern of the names of a sequence's files, None where it is a file or folder."""
    url = row(wildcards).url
    return url if is_pattern(url) else None


def raw_truth(wildcards):
    """Return the file or folder with the truth of a sequence, [] when there is none."""
    source = row(wildcards)
    return local_copy(source.truth_url) if source.truth_url else []


def local_copy(url):
    """Return where the content of a URL lies on disk once its archive is unpacked."""
    if is_pattern(url):
        return str(Pattern(url).root)
    path = downloaded(url)
    if not is_remote(url) and not Path(path).exists():
        raise WorkflowError(f"no local data at {path}\n  to do: correct the path in the table of data sets")
    if not path.endswith(".zip"):
        return path
    return f"resources/unpacked/{path.removeprefix('resources/downloads/').removesuffix('.zip')}"


def prepared(sources, name):
    """Return the files called `name` of the prepared sequences behind `sources`."""
    return [f"results/prepare/{source.dataset}/{source.sequence}/{name}" for source in sources]


def training_input(name):
    """Return the input function for the files called `name` of all sequences that a model trains on."""
    return lambda wildcards: prepared(PLAN.sources(wildcards.model), name)


def training_truth(name):
    """Return the input function like `training_input`, with what was corrected where a model's round has that."""
    return lambda wildcards: [
        path.replace("results/prepare", f"results/correct/round-{source.round}") if source.round else path
        for source in PLAN.sources(wildcards.model)
        for path in prepared([source], name)
    ]


def annotated_input(name):
    """Return the input function for the files called `name` of all sequences that a tracker's costs are fitted on."""
    return lambda wildcards: prepared(PLAN.annotated(wildcards.tracker), name)


def fitted_costs(wildcards):
    """Return the fitted costs of a tracker that has its own, else []."""
    return f"results/track/costs/{wildcards.tracker}.yaml" if PLAN.annotated(wildcards.tracker) else []


def linker_settings(wildcards):
    """Return the settings of a tracker that its linker takes."""
    return {key: value for key, value in PLAN.trackers[wildcards.tracker].items() if key != "fit_on"}


def plugin_of(wildcards):
    """Return the file of the plug-in that is a tracker, below scripts/."""
    return f"cellweave/track/trackers/{PLAN.trackers[wildcards.tracker]['kind']}.py"


def pretrained_weights(wildcards):
    """Return the ImageNet weights when the model starts from them, else []."""
    url = IMAGENET.get(training_config(wildcards)["model"]["encoder"])
    return [downloaded(url)] if url and PLAN.model_of(wildcards.model)["pretrained"] == "imagenet" else []


def pretrained_model(wildcards):
    """Return the checkpoint of the model to fine-tune from, else []."""
    start = PLAN.start(wildcards.model)
    return [start] if start else []


def training_config(wildcards):
    """Return the composed Hydra configuration of a model."""
    return TRAININGS[wildcards.model.split("@")[0]]


def training_sources(wildcards):
    """Return what a model is trained on, as plain values."""
    return [vars(source) for source in PLAN.sources(wildcards.model)]


def training_origins(wildcards):
    """Return what a model and those that it is fine-tuned from are trained on, as plain values."""
    return [vars(origin) for origin in origins(PLAN, wildcards.model)]


def checkpoint(wildcards):
    """Return the checkpoint that segments a dataset."""
    return PLAN.checkpoint(wildcards.model, wildcards.dataset)


def calibration(wildcards):
    """Return the calibration of the scores of a model that is trained here, else []."""
    trained = PLAN.trains(wildcards.model)
    return [f"results/train/{PLAN.trained(wildcards.model, wildcards.dataset)}/calibration.json"] if trained else []


def training_instances(wildcards):
    """Return how the maps of a model become objects, for each sequence that it is trained on."""
    return [PLAN.instances(wildcards.model, source.dataset) for source in PLAN.sources(wildcards.model)]


def adapter_code(wildcards):
    """Return the hash of the adapter of a foreign model, which scripts import by its name; None for other models."""
    name = PLAN.models[wildcards.model].get("adapter")
    return name and code("run_adapter.py", f"cellweave/segment/adapters/{name}.py")


def adapter_weights(wildcards):
    """Return the file or folder of a foreign model, which may have to be downloaded; [] for one that needs none."""
    weights = PLAN.models[wildcards.model]["weights"]
    return downloaded(weights) if weights else []


def settings(key):
    """Return the params function for part `key` of a model's settings, with what the dataset changes."""
    return lambda wildcards: PLAN.settings(key, wildcards.model, wildcards.dataset)


def flatten(wildcards):
    """Return the width of the background that is subtracted from the images of a dataset, None for none."""
    return PLAN.flatten(wildcards.dataset)


def zoom(wildcards):
    """Return the resampling factor of a dataset."""
    return PLAN.zoom(wildcards.dataset)


def block(wildcards):
    """Return the index, from 0, of a scattered block."""
    return int(wildcards.scatteritem.split("-of-")[0]) - 1


def coco_truth(wildcards):
    """Return the COCO objects of a sequence that has them, else []."""
    folder = f"results/prepare/{wildcards.dataset}/{wildcards.sequence}"
    return f"{folder}/coco.json" if row(wildcards).format == "coco" else []


def measurements():
    """Return the measurement tables of every run."""
    return sorted({f"results/measure/{run.model}/{run.dataset}/{run.sequence}.parquet" for run in PLAN.runs()})


def areas():
    """Return the tables of area fractions of every semantic model."""
    return [f"results/infer/{run.model}/{run.dataset}/{run.sequence}/areas.parquet" for run in PLAN.semantic_runs()]


def scored_runs():
    """Return the runs on sequences that have truth."""
    return [run for run in PLAN.runs() if PLAN.row(run.dataset, run.sequence).has_truth]


def audits(name):
    """Return the files called `name` of every audit of truth and model."""
    return sorted({f"results/score/{run.model}/{run.dataset}/{run.sequence}/{name}" for run in scored_runs()})


def qualities(name):
    """Return the files called `name` on the quality of every sequence with truth (truth) or movie (stability)."""
    runs = scored_runs() if name == "truth.parquet" else PLAN.runs()
    rows = {(run.dataset, run.sequence): PLAN.row(run.dataset, run.sequence) for run in runs}
    return [
        f"results/measure/quality/{dataset}/{sequence}/{name}"
        for (dataset, sequence), row in sorted(rows.items())
        if name == "truth.parquet" or row.kind == "movie"
    ]


def tracked_runs():
    """Return the runs that are tracked."""
    return [run for run in PLAN.runs() if run.tracker]


def lineages(name):
    """Return the files called `name` of every tracked run."""
    return [f"results/track/{run.model}/{run.tracker}/{run.dataset}/{run.sequence}/{name}" for run in tracked_runs()]


def score_parts():
    """Return the score tables that the configuration asks for; sequences without truth have none."""
    runs = scored_runs()
    segmented = [f"results/score/{run.model}/{run.dataset}/{run.sequence}.tsv" for run in runs]
    tracked = [
        f"results/score/{run.model}/{run.tracker}/{run.dataset}/{run.sequence}.tsv" for run in runs if run.tracker
    ]
    return sorted(set(segmented)) + tracked


def attributions(name="attribution.parquet"):
    """Return the tables called `name` (where scores are lost, or all links) of tracked runs with truth."""
    return [
        f"results/score/{run.model}/{run.tracker}/{run.dataset}/{run.sequence}/{name}"
        for run in scored_runs()
        if run.tracker
    ]


def kinds_of_links():
    """Return tracker, model and view ("" for whole sequences) of tracked runs with truth."""
    return [
        {"tracker": run.tracker, "model": run.model, "view": PLAN.view(run.dataset, run.sequence)}
        for run in scored_runs()
        if run.tracker
    ]


def whole_sequences():
    """Return dataset and sequence of the scored runs, but for parts of a sequence."""
    runs = {(run.dataset, run.sequence) for run in scored_runs()}
    return [list(pair) for pair in sorted(runs) if not PLAN.view(*pair)]


def published_table():
    """Return the table of published scores that is on disk, [] for one to download."""
    source = PLAN.config["published"]
    return [] if is_remote(source) else str(at_root(source))


def published_url():
    """Return the URL of a table of published scores to download, None for one on disk."""
    return PLAN.config["published"] if is_remote(PLAN.config["published"]) else None


def spreadsheets():
    """Return the URLs of the challenge's own tables of results, where its data are scored."""
    of_challenge = any(CHALLENGE in PLAN.row(run.dataset, run.sequence).url for run in scored_runs())
    return [f"http://public.{CHALLENGE}/documents/{name}.xlsx" for name in SPREADSHEETS] if of_challenge else []


def expectations():
    """Return the scores that are expected under the split in force, as one list."""
    return [
        {"dataset": dataset, **{key: value for key, value in expected.items() if key != "split"}}
        for dataset, entries in PLAN.config["expected"].items()
        if dataset in PLAN.run
        for expected in entries
        if expected["split"] == PLAN.config["split"]
    ]


def summarise():
    """Print what the run made; a program of its own, so that nothing in it can make a finished run a failed one."""
    subprocess.run([sys.executable, str(ROOT / "scripts/show_summary.py"), str(STARTED), *WARNINGS])


PLAN, TRAININGS, NOTES, WARNINGS = read_plan()
if workflow.is_main_process:
    for note in NOTES:
        logger.info(f"input: {note}")
    for warning in WARNINGS:
        logger.warning(warning)
STARTED = time.time()
BLOCKS = PLAN.config["blocks"]
GPU = int(PLAN.config["device"] != "cpu")  # GPU rules ask for one unless the CPU is asked for


wildcard_constraints:
    dataset="[^/]+",
    sequence="[^/]+",
    model="[^/]+",
    tracker="[^/]+",
    scatteritem=r"\d+-of-\d+",


scattergather:
    block=BLOCKS,
