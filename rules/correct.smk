"""Suggest what to correct, and turn what was corrected into truth for the next round.

Inputs: results/prepare/…, results/train/{model}/model.ckpt, results/infer/…, folders of corrected tiles.
Outputs: results/correct/suggested/{model}/{dataset}/{sequence}/{tiles.ome.zarr, tiles.tsv},
    results/correct/round-{round}/{dataset}/{sequence}/{truth.ome.zarr, frames.parquet};
    results/correct/annotator/{dataset}.tsv, results/correct/annotator.tsv (what rules of annotation are worth).
"""


rule suggest_tiles:
    """Tiles of a sequence that a network doubts, unlike each other, with its labels to correct."""
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


rule simulate_annotator:
    """How fast a forest learns from a simulated annotator who is asked for tiles by different rules."""
    input:
        image=lambda wildcards: annotated_pair(wildcards, "image.ome.zarr"),
        truth=lambda wildcards: annotated_pair(wildcards, "truth.ome.zarr"),
        frames=lambda wildcards: annotated_pair(wildcards, "frames.parquet"),
    output:
        table="results/correct/annotator/{dataset}.tsv",
    log:
        "logs/correct/simulate_annotator/{dataset}.log",
    benchmark:
        "benchmarks/correct/simulate_annotator/{dataset}.tsv"
    conda:
        "../envs/annotator.yaml"
    threads: 1
    resources:
        mem_mb=sized(3000),
        runtime=sized(120),
    params:
        zoom=zoom,
        instances=lambda wildcards: PLAN.run[wildcards.dataset]["instances"],
        setting=PLAN.config["annotator"],
        code=code("simulate_annotator.py"),
    script:
        "../scripts/simulate_annotator.py"


rule plot_annotator:
    """Learning curves by rule of annotation, and what each gains over random choice at equal cost."""
    input:
        tables=[f"results/correct/annotator/{dataset}.tsv" for dataset in PLAN.run],
    output:
        summary="results/correct/annotator.tsv",
        figure="results/correct/annotator.svg",
    log:
        "logs/correct/plot_annotator.log",
    benchmark:
        "benchmarks/correct/plot_annotator.tsv"
    conda:
        "../envs/annotator.yaml"
    threads: 1
    resources:
        mem_mb=sized(1000),
        runtime=sized(10),
    params:
        code=code("plot_annotator.py"),
    script:
        "../scripts/plot_annotator.py"
