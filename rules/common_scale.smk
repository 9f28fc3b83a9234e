# Helpers of the scale rules: which runs are looked at, which jobs made them, what they are compared on.
PREDICTS = {"network": "predict_maps", "forest": "classify_pixels", "classical": "threshold_pixels"}
PREPARES = {"ctc": "prepare_ctc", "coco": "prepare_coco", "bbbc038": "prepare_masks", "images": "prepare_images"}

# What is timed has a machine for itself; a cluster, where no number of cores is given, grants two.
TIMED_CORES = workflow.resource_settings.cores or 2


def scale_runs():
    """Return dataset, sequence and, by step, the logs of the jobs of every run that works in blocks."""
    found = []
    for run in PLAN.runs():
        name, kind = f"{run.dataset}/{run.sequence}", PLAN.models[run.model]["kind"]
        if kind not in PREDICTS:
            continue
        blocks = [f"{block + 1}-of-{PLAN.config['blocks']}" for block in range(PLAN.config["blocks"])]
        predict, prepare = PREDICTS[kind], PREPARES[PLAN.row(run.dataset, run.sequence).format]
        steps = {
            prepare: [f"logs/prepare/{prepare}/{name}.log"],
            predict: [f"logs/infer/{predict}/{run.model}/{name}/{block}.log" for block in blocks],
            "label_cells": [f"logs/infer/label_cells/{run.model}/{name}/{block}.log" for block in blocks],
            "gather_labels": [f"logs/infer/gather_labels/{run.model}/{name}.log"],
            "measure_cells": [f"logs/measure/measure_cells/{run.model}/{name}.log"],
        }
        if run.tracker:
            steps["link_cells"] = [f"logs/track/link_cells/{run.model}/{run.tracker}/{name}.log"]
        found.append({"dataset": run.dataset, "sequence": run.sequence, "steps": steps})
    return found


def scale_files(path):
    """Return `path` of every run, in order."""
    return [path.format(**vars(run)) for run in PLAN.runs()]


def scale_results(wildcards):
    """Return the last results of every run: what is timed waits for them, to have the machine for itself."""
    return [*measurements(), *lineages("tracks.parquet")]


def scale_comparisons(wildcards):
    """Return what other programs are compared on: kernels on the largest still, trackers on movies, one network."""
    stills = [run for run in PLAN.runs() if PLAN.row(run.dataset, run.sequence).kind == "stills"]
    first, largest = (f"{run.model}/{run.dataset}/{run.sequence}" for run in (stills[0], stills[-1]))
    tracked = sorted({f"{run.model}/{run.dataset}/{run.sequence}" for run in tracked_runs()})
    return [
        f"results/scale/kernels/{largest}.tsv",
        f"results/scale/network/{first}.tsv",
        *[f"results/scale/trackers/{name}.tsv" for name in tracked],
    ]
