# Helpers of the report: which figures and tables a configuration asks for, and what they are drawn from.


def figures(kind):
    """Return the report's figures of one kind, one per run (or per sequence and model)."""
    if kind == "training":
        names = {
            PLAN.trained(run.model, run.dataset)
            for run in PLAN.runs()
            if PLAN.trains(run.model) and PLAN.models[run.model]["kind"] == "network"
        }
        return [f"results/report/figures/training/{name}.svg" for name in sorted(names)]
    if kind == "trackers":
        compared = {run.tracker for run in scored_runs() if run.tracker}
        return ["results/report/figures/trackers/trackers.svg"] if len(compared) > 1 else []
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
    if kind == "doubt":
        names = {f"{run.model}/{run.dataset}/{run.sequence}" for run in PLAN.runs()}
        return [f"results/report/figures/doubt/{name}.png" for name in sorted(names)]
    suffix = {"overlay": "png", "measurements": "svg"}[kind]
    return [
        f"results/report/figures/{kind}/{run.model}/{run.tracker or 'untracked'}/{run.dataset}/{run.sequence}.{suffix}"
        for run in PLAN.runs()
    ]


def exhibits():
    """Return every figure and table that the report shows; `cellweave/report/exhibits.py` declares their kinds."""
    return [
        *sorted({figure for run in PLAN.runs() for figure in viewer_files(run)}),
        *(f"results/report/tables/{name}.tsv" for name in ("images", "suspicions", "truth", "stability")),
        *figures("worst"),
        *figures("doubt"),
        *figures("overlay"),
        *figures("lineage"),
        *figures("measurements"),
        *figures("reliability"),
        *figures("trackers"),
        *figures("training"),
        *(["results/score/attribution.tsv"] if attributions() else []),
    ]


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
