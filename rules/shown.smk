# Helpers of the report: which figures and tables a configuration asks for, what they are drawn from, and the record of
# what a run read and wrote.


def figures(kind):
    """Return the report's figures of one kind, one per run (or per sequence and model)."""
    if kind == "training":
        return [f"results/report/figures/training/{name}.svg" for name in networks()]
    if kind == "trackers":
        compared = {run.tracker for run in scored_runs() if run.tracker}
        return ["results/report/figures/trackers/trackers.svg"] if len(compared) > 1 else []
    if kind == "rounds":
        return ["results/report/figures/rounds/rounds.svg"] if rounds() else []
    if kind == "processors":  # of one network, as an example
        runs = [run for run in PLAN.runs() if PLAN.models[run.model]["kind"] == "network"]
        return [f"results/infer/{run.model}/{run.dataset}/{run.sequence}/processors.tsv" for run in runs[:1]]
    if kind == "reliability":
        names = {f"{run.model}/{run.dataset}/{run.sequence}" for run in scored_runs()}
        return [f"results/report/figures/reliability/{name}.svg" for name in sorted(names)]
    if kind == "lineage":
        return [
            f"results/report/figures/lineage/{run.model}/{run.tracker}/{run.dataset}/{run.sequence}.svg"
            for run in tracked_runs()
        ]
    if kind == "worst":
        names = {f"{run.model}/{run.dataset}/{run.sequence}" for run in scored_runs()}
        return [f"results/report/figures/worst/{name}.png" for name in sorted(names)]
    if kind == "links":
        names = [f"{run.model}/{run.tracker}/{run.dataset}/{run.sequence}" for run in scored_runs() if run.tracker]
        return [f"results/report/figures/links/{name}.png" for name in names]
    if kind in ("areas", "fractions"):
        suffix = {"areas": "svg", "fractions": "tsv"}[kind]
        runs = [f"{run.model}/{run.dataset}/{run.sequence}" for run in PLAN.semantic_runs()]
        return [f"results/report/figures/{kind}/{name}.{suffix}" for name in runs]
    if kind == "doubt":
        names = {f"{run.model}/{run.dataset}/{run.sequence}" for run in PLAN.runs()}
        return [f"results/report/figures/doubt/{name}.png" for name in sorted(names)]
    suffix = {"overlay": "png", "measurements": "svg"}[kind]
    return [
        f"results/report/figures/{kind}/{run.model}/{run.tracker or 'untracked'}/{run.dataset}/{run.sequence}.{suffix}"
        for run in PLAN.runs()
    ]


def stress():
    """Return, for each tracked run, what was done to its detections: dataset, sequence, model, kind, amount."""
    found = []
    for run in scored_runs():
        view = PLAN.frames(run.dataset, run.sequence) or [0.0, 1.0]
        step = view[2] if len(view) == 3 else 1
        done = {name: share for name, share in PLAN.models[run.model].get("disturb", {}).items() if share}
        if run.tracker and len(done) <= 1 and (step == 1 or not done) and list(view[:2]) == [0.0, 1.0]:
            names = {"dataset": run.dataset, "sequence": run.sequence, "model": run.model}
            kinds = done or ({"every": step} if step > 1 else {"every": 1, "misses": 0, "false_cells": 0, "merges": 0})
            found += [names | {"kind": kind, "amount": amount} for kind, amount in kinds.items()]
    return [dict(pairs) for pairs in sorted({tuple(each.items()) for each in found})]


def exhibits():
    """Return every figure and table that the report shows; `cellweave/report/exhibits.py` declares their kinds."""
    return [
        *sorted({figure for run in PLAN.runs() for figure in viewer_files(run)}),
        *(f"results/report/tables/{name}.tsv" for name in ("images", "suspicions", "truth", "stability")),
        "results/report/tables/runs.tsv",
        *figures("worst"),
        *figures("doubt"),
        *figures("overlay"),
        *figures("lineage"),
        *figures("measurements"),
        *figures("areas"),
        *figures("fractions"),
        *figures("reliability"),
        *figures("trackers"),
        *figures("rounds"),
        *figures("links"),
        *(["results/report/tables/networks.tsv"] if networks() else []),
        *figures("training"),
        *figures("processors"),
        *leaderboards(),
        *(["results/score/attribution.tsv", "results/score/confidence.tsv"] if attributions() else []),
    ]


def rounds():
    """Return network and round of every scored network that was corrected: {"unet": ["unet", 0], ...}."""
    names = sorted({run.model for run in scored_runs() if PLAN.models[run.model]["kind"] == "network"})
    number = {name: PLAN.models[name]["round"] for name in names}
    found = {name: [name.removesuffix(f"-r{number[name]}"), number[name]] for name in names}
    corrected = {network for network, of_round in found.values() if of_round}
    return {name: each for name, each in found.items() if each[0] in corrected}


def leaderboards():
    """Return the table of ranks where public data are scored."""
    public = any(is_remote(PLAN.row(run.dataset, run.sequence).url) for run in scored_runs())
    return ["results/score/leaderboard.tsv"] if public else []


def label_shares():
    """Return the share of labels of each network that learns from silver truth, or gold where there is no other."""
    return {
        name: config["data"]["label_share"]
        for name, config in TRAININGS.items()
        if "label_share" in config["data"] and PLAN.models[name]["truth"] == "auto"
    }


def run_names():
    """Return dataset, sequence, model and tracker ("-" for none) of every run."""
    return [[run.dataset, run.sequence, run.model, run.tracker or "-"] for run in PLAN.runs()]


def measured(what):
    """Return a measurement table of every run, in their order: `cells`, or what is counted in `frames`."""
    ending = {"cells": ".parquet", "frames": "/frames.parquet"}[what]
    return [f"results/measure/{run.model}/{run.dataset}/{run.sequence}{ending}" for run in PLAN.runs()]


def viewer_files(run):
    """Return the frames of a run's sequence and the run's cells, for the report's viewer."""
    folder = "results/report/figures"
    return [
        f"{folder}/frames/{run.dataset}/{run.sequence}.json",
        f"{folder}/cells/{run.model}/{run.tracker or 'untracked'}/{run.dataset}/{run.sequence}.json",
    ]


def run_files(folder, suffix):
    """Return one file per run: <folder>/model/tracker/dataset/sequence.<suffix>."""
    return [
        f"{folder}/{run.model}/{run.tracker or 'untracked'}/{run.dataset}/{run.sequence}.{suffix}"
        for run in PLAN.runs()
    ]


def runs_to_open():
    """Return name, image, labels, nodes and tracks of every run, as paths; no nodes and tracks without a tracker."""
    found = []
    for run in PLAN.runs():
        tracked = f"results/track/{run.model}/{run.tracker}/{run.dataset}/{run.sequence}"
        found.append(
            {
                "name": "/".join([run.dataset, run.sequence, run.model, *([run.tracker] if run.tracker else [])]),
                "image": f"results/prepare/{run.dataset}/{run.sequence}/image.ome.zarr",
                "labels": f"results/infer/{run.model}/{run.dataset}/{run.sequence}/labels.ome.zarr",
                "nodes": f"{tracked}/nodes.parquet" if run.tracker else None,
                "tracks": f"{tracked}/tracks.parquet" if run.tracker else None,
            }
        )
    return found


def share_of_page(total, kind):
    """Return the bytes that each viewer file of one kind (0: frames, 1: cells) may have, of `total` for all."""
    return total // max(1, len({viewer_files(run)[kind] for run in PLAN.runs()}))


def tracking(name):
    """Return the input function for the file called `name` of a figure's tracking, [] for a run without a tracker."""
    folder = "results/track/{model}/{tracker}/{dataset}/{sequence}"
    return lambda wildcards: [] if wildcards.tracker == "untracked" else f"{folder}/{name}".format(**wildcards)


def trained_models():
    """Return the folder names of the trained models that the runs use, and of those that they are fine-tuned from."""
    found = set()
    runs = [*PLAN.runs(), *PLAN.semantic_runs()]
    names = {PLAN.trained(run.model, run.dataset) for run in runs if PLAN.trains(run.model)}
    while names:
        found |= names
        parents = {PLAN.pretrained(name) for name in names} - {None}
        names = {name for name in parents if PLAN.trains(name.split("@")[0])}
    return sorted(found)


def networks():
    """Return the folder names of the networks that are trained here, as `trained_models`."""
    return [name for name in trained_models() if PLAN.model_of(name)["kind"] == "network"]


def used_rows():
    """Return the rows of the table of data sets that the runs, their models and their trackers' costs use."""
    used = {(run.dataset, run.sequence) for run in (*PLAN.runs(), *PLAN.semantic_runs())}
    fitted = [source for run in tracked_runs() for source in PLAN.annotated(run.tracker)]
    for source in (*fitted, *(source for name in trained_models() for source in PLAN.sources(name))):
        used.add((source.dataset, source.sequence))
    return list(dict.fromkeys(PLAN.row(dataset, sequence) for dataset, sequence in sorted(used)))


def raw_inputs():
    """Return what came from outside: path -> its url, licence and citation, empty where they are not known."""
    found = {}
    for row in used_rows():
        for url in (row.url, row.truth_url):
            if url and not row.simulated:
                local_copy(url)  # its error says what to do where there is nothing
                paths = [path for path, _ in Pattern(url).matches()] if is_pattern(url) else [downloaded(url)]
                known = {"url": url, "licence": row.licence, "citation": row.citation}
                found |= {str(path): known for path in paths}
    return found | imagenet_inputs() | {path: {"url": path, "licence": "", "citation": ""} for path in given_inputs()}


def imagenet_inputs():
    """Return the ImageNet weights that trained models start from, as `raw_inputs`."""
    found = {}
    for name in trained_models():
        if PLAN.model_of(name)["pretrained"] == "imagenet":
            url = IMAGENET.get(TRAININGS[name.split("@")[0]]["model"]["encoder"])
            if url:
                found[downloaded(url)] = {"url": url, "licence": IMAGENET_ORIGIN.licence, "citation": ""}
    return found


def given_inputs():
    """Return the paths of models and results that were made elsewhere."""
    models = [PLAN.models[run.model] for run in PLAN.runs()]
    given = {model[key] for model in models for key in ("checkpoint", "weights")}
    given |= {PLAN.start(name) for name in trained_models() if PLAN.pretrained(name) not in trained_models()}
    return sorted((given - {None}) | {path for path, _ in PLAN.results_elsewhere()})


def recorded_inputs(wildcards):
    """Return the files of the manifest that the workflow starts from, and the trained models."""
    return [*raw_inputs(), *(f"results/train/{name}/model.ckpt" for name in trained_models())]


def recorded_outputs(wildcards):
    """Return the files and stores that a run ends with, but for figures and the report."""
    labels = {f"results/infer/{run.model}/{run.dataset}/{run.sequence}/labels.ome.zarr" for run in PLAN.runs()}
    ends = ("RES", "tracks.parquet", "nodes.parquet", "lineage.geff", "events.parquet", "trackmate.xml")
    classes = [table.replace("areas.parquet", "classes.ome.zarr") for table in areas()]
    return [*sorted(labels), *classes, *areas(), *measurements(), *(file for end in ends for file in lineages(end))]
