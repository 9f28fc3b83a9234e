"""Suggest what to correct, and turn what was corrected into truth for the next round.

Inputs: results/prepare/…, results/train/{model}/model.ckpt, results/infer/…, folders of corrected tiles.
Outputs: results/correct/suggested/{model}/{dataset}/{sequence}/{tiles.ome.zarr, tiles.tsv},
    results/correct/round-{round}/{dataset}/{sequence}/{truth.ome.zarr, frames.parquet}.
"""


rule suggest_tiles:
    """The tiles of a sequence that a network doubts most, with its labels to correct."""
    input:
        image="results/prepare/{dataset}/{sequence}/image.ome.zarr",
        frames="results/prepare/{dataset}/{sequence}/frames.parquet",
        checkpoint=checkpoint,
        labels="results/infer/{model}/{dataset}/{sequence}/labels.ome.zarr",
        corrected=lambda wildcards: corrected_folders(PLAN, wildcards.dataset, wildcards.sequence),
    output:
        folder=directory("results/correct/suggested/{model}/{dataset}/{sequence}"),
    log:
        "logs/correct/suggest_tiles/{model}/{dataset}/{sequence}.log",
    benchmark:
        "benchmarks/correct/suggest_tiles/{model}/{dataset}/{sequence}.tsv"
    wildcard_constraints:
        model=one_of(PLAN.models_of("network")),
    conda:
        "../envs/correct.yaml"
    threads: 2
    resources:
        mem_mb=sized(3000, per_mb=0.1),
        runtime=sized(20, per_mb=1),
        gpu=GPU,
    params:
        tile=PLAN.config["tile"],
        zoom=zoom,
        flatten=flatten,
        setting=PLAN.config["suggest"],
        stills=lambda wildcards: row(wildcards).kind == "stills",
        device=PLAN.config["device"],
        code=code("suggest_tiles.py"),
    script:
        "../scripts/suggest_tiles.py"


rule gather_corrections:
    """Truth that is known in corrected tiles only."""
    input:
        image="results/prepare/{dataset}/{sequence}/image.ome.zarr",
        frames_table="results/prepare/{dataset}/{sequence}/frames.parquet",
        tiles=lambda wildcards: corrected_folders(PLAN, wildcards.dataset, wildcards.sequence, int(wildcards.round)),
    output:
        truth=directory("results/correct/round-{round}/{dataset}/{sequence}/truth.ome.zarr"),
        frames="results/correct/round-{round}/{dataset}/{sequence}/frames.parquet",
    log:
        "logs/correct/gather_corrections/{round}/{dataset}/{sequence}.log",
    benchmark:
        "benchmarks/correct/gather_corrections/{round}/{dataset}/{sequence}.tsv"
    wildcard_constraints:
        round=r"\d+",
    conda:
        "../envs/correct.yaml"
    threads: 1
    resources:
        mem_mb=sized(1500, per_mb=0.1),
        runtime=sized(20, per_mb=0.1),
    params:
        code=code("gather_corrections.py"),
    script:
        "../scripts/gather_corrections.py"
