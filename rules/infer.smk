"""Segment: maps block by block, then labels block by block, then one label store.

Inputs: results/prepare/…/image.ome.zarr, results/train/{model}/model.ckpt; foreign models bring their own weights.
Outputs: results/infer/{model}/{dataset}/{sequence}/{labels.ome.zarr, objects.parquet, processors.tsv}; of semantic models
{classes.ome.zarr, areas.parquet}.
"""


rule predict_maps:
    """Foreground and marker maps from a network, over overlapping tiles."""
    input:
        image="results/prepare/{dataset}/{sequence}/image.ome.zarr",
        frames="results/prepare/{dataset}/{sequence}/frames.parquet",
        checkpoint=checkpoint,
    output:
        maps=temp(directory("results/infer/{model}/{dataset}/{sequence}/maps/{scatteritem}.zarr")),
    log:
        "logs/infer/predict_maps/{model}/{dataset}/{sequence}/{scatteritem}.log",
    benchmark:
        "benchmarks/infer/predict_maps/{model}/{dataset}/{sequence}/{scatteritem}.tsv"
    wildcard_constraints:
        model=one_of(PLAN.models_of("network")),
    conda:
        "../envs/infer.yaml"
    threads: 2
    resources:
        mem_mb=sized(3000, per_mb=0.02),
        runtime=sized(20, per_mb=0.2 / BLOCKS),
        gpu=GPU,
    params:
        block=block,
        blocks=BLOCKS,
        tile=PLAN.config["tile"],
        zoom=zoom,
        flatten=flatten,
        skip_constant=PLAN.config["skip_constant_tiles"],
        symmetries=lambda wildcards: PLAN.models[wildcards.model]["symmetries"],
        device=PLAN.config["device"],
        code=code("predict_maps.py"),
    script:
        "../scripts/predict_maps.py"


rule compare_processors:
    """By how much labels depend on the processor: one image, computed in several ways."""
    input:
        image="results/prepare/{dataset}/{sequence}/image.ome.zarr",
        frames="results/prepare/{dataset}/{sequence}/frames.parquet",
        checkpoint=checkpoint,
    output:
        table="results/infer/{model}/{dataset}/{sequence}/processors.tsv",
    log:
        "logs/infer/compare_processors/{model}/{dataset}/{sequence}.log",
    benchmark:
        "benchmarks/infer/compare_processors/{model}/{dataset}/{sequence}.tsv"
    wildcard_constraints:
        model=one_of(PLAN.models_of("network")),
    conda:
        "../envs/infer.yaml"
    threads: 2
    resources:
        mem_mb=sized(3000),
        runtime=sized(30),
    params:
        instances=settings("instances"),
        tile=PLAN.config["tile"],
        zoom=zoom,
        flatten=flatten,
        symmetries=lambda wildcards: PLAN.models[wildcards.model]["symmetries"],
        code=code("compare_processors.py"),
    script:
        "../scripts/compare_processors.py"


rule classify_pixels:
    """The same maps from a random forest."""
    input:
        image="results/prepare/{dataset}/{sequence}/image.ome.zarr",
        frames="results/prepare/{dataset}/{sequence}/frames.parquet",
        checkpoint=checkpoint,
    output:
        maps=temp(directory("results/infer/{model}/{dataset}/{sequence}/maps/{scatteritem}.zarr")),
    log:
        "logs/infer/classify_pixels/{model}/{dataset}/{sequence}/{scatteritem}.log",
    benchmark:
        "benchmarks/infer/classify_pixels/{model}/{dataset}/{sequence}/{scatteritem}.tsv"
    wildcard_constraints:
        model=one_of(PLAN.models_of("forest")),
    conda:
        "../envs/infer.yaml"
    threads: 2
    resources:
        mem_mb=sized(2000, per_mb=0.1),
        runtime=sized(20, per_mb=0.5 / BLOCKS),
    params:
        block=block,
        blocks=BLOCKS,
        tile=PLAN.config["tile"],
        zoom=zoom,
        flatten=flatten,
        skip_constant=PLAN.config["skip_constant_tiles"],
        code=code("classify_pixels.py"),
    script:
        "../scripts/classify_pixels.py"


rule threshold_pixels:
    """The same maps from a threshold and a distance transform."""
    input:
        image="results/prepare/{dataset}/{sequence}/image.ome.zarr",
        frames="results/prepare/{dataset}/{sequence}/frames.parquet",
    output:
        maps=temp(directory("results/infer/{model}/{dataset}/{sequence}/maps/{scatteritem}.zarr")),
    log:
        "logs/infer/threshold_pixels/{model}/{dataset}/{sequence}/{scatteritem}.log",
    benchmark:
        "benchmarks/infer/threshold_pixels/{model}/{dataset}/{sequence}/{scatteritem}.tsv"
    wildcard_constraints:
        model=one_of(PLAN.models_of("classical")),
    conda:
        "../envs/infer.yaml"
    threads: 1
    resources:
        mem_mb=sized(1500, per_mb=0.1),
        runtime=sized(20, per_mb=0.2 / BLOCKS),
    params:
        block=block,
        blocks=BLOCKS,
        tile=PLAN.config["tile"],
        classical=settings("classical"),
        code=code("threshold_pixels.py"),
    script:
        "../scripts/threshold_pixels.py"


rule label_cells:
    """From maps to objects, block by block; the result does not depend on the blocks."""
    input:
        image="results/prepare/{dataset}/{sequence}/image.ome.zarr",
        maps=gather.block("results/infer/{{model}}/{{dataset}}/{{sequence}}/maps/{scatteritem}.zarr"),
        frames="results/prepare/{dataset}/{sequence}/frames.parquet",
    output:
        labels=temp(directory("results/infer/{model}/{dataset}/{sequence}/blocks/{scatteritem}.zarr")),
        objects=temp("results/infer/{model}/{dataset}/{sequence}/blocks/{scatteritem}.parquet"),
    log:
        "logs/infer/label_cells/{model}/{dataset}/{sequence}/{scatteritem}.log",
    benchmark:
        "benchmarks/infer/label_cells/{model}/{dataset}/{sequence}/{scatteritem}.tsv"
    conda:
        "../envs/infer.yaml"
    threads: 1
    resources:
        mem_mb=sized(1500, per_mb=0.02),
        runtime=sized(20, per_mb=0.1 / BLOCKS),
    params:
        instances=settings("instances"),
        block=block,
        blocks=BLOCKS,
        code=code("label_cells.py"),
    script:
        "../scripts/label_cells.py"


rule gather_labels:
    """One label store with a pyramid and one table of objects."""
    input:
        image="results/prepare/{dataset}/{sequence}/image.ome.zarr",
        labels=gather.block("results/infer/{{model}}/{{dataset}}/{{sequence}}/blocks/{scatteritem}.zarr"),
        objects=gather.block("results/infer/{{model}}/{{dataset}}/{{sequence}}/blocks/{scatteritem}.parquet"),
        calibration=calibration,
    output:
        labels=directory("results/infer/{model}/{dataset}/{sequence}/labels.ome.zarr"),
        objects="results/infer/{model}/{dataset}/{sequence}/objects.parquet",
    log:
        "logs/infer/gather_labels/{model}/{dataset}/{sequence}.log",
    benchmark:
        "benchmarks/infer/gather_labels/{model}/{dataset}/{sequence}.tsv"
    wildcard_constraints:
        model=unless_live(made_here(PLAN.models)),
    conda:
        "../envs/infer.yaml"
    threads: 1
    resources:
        mem_mb=sized(1500, per_mb=0.1),
        runtime=sized(20, per_mb=0.05),
    params:
        code=code("gather_labels.py"),
    script:
        "../scripts/gather_labels.py"


rule map_classes:
    """From the maps of a semantic network to the class of each pixel, and the area of each class in each frame."""
    input:
        image="results/prepare/{dataset}/{sequence}/image.ome.zarr",
        truth="results/prepare/{dataset}/{sequence}/truth.ome.zarr",
        frames="results/prepare/{dataset}/{sequence}/frames.parquet",
        maps=gather.block("results/infer/{{model}}/{{dataset}}/{{sequence}}/maps/{scatteritem}.zarr"),
    output:
        classes=directory("results/infer/{model}/{dataset}/{sequence}/classes.ome.zarr"),
        areas="results/infer/{model}/{dataset}/{sequence}/areas.parquet",
    log:
        "logs/infer/map_classes/{model}/{dataset}/{sequence}.log",
    benchmark:
        "benchmarks/infer/map_classes/{model}/{dataset}/{sequence}.tsv"
    wildcard_constraints:
        model=one_of([name for name, model in PLAN.models.items() if model["task"] == "semantic"]),
    conda:
        "../envs/infer.yaml"
    threads: 1
    resources:
        mem_mb=sized(1500, per_mb=0.1),
        runtime=sized(20, per_mb=0.05),
    params:
        names=lambda wildcards: PLAN.models[wildcards.model]["classes"],
        code=code("map_classes.py"),
    script:
        "../scripts/map_classes.py"


rule take_truth:
    """Annotated masks as detections: trackers are judged on perfect ones, or on ones with known errors."""
    input:
        image="results/prepare/{dataset}/{sequence}/image.ome.zarr",
        truth="results/prepare/{dataset}/{sequence}/truth.ome.zarr",
        frames="results/prepare/{dataset}/{sequence}/frames.parquet",
    output:
        labels=directory("results/infer/{model}/{dataset}/{sequence}/labels.ome.zarr"),
        objects="results/infer/{model}/{dataset}/{sequence}/objects.parquet",
    log:
        "logs/infer/take_truth/{model}/{dataset}/{sequence}.log",
    benchmark:
        "benchmarks/infer/take_truth/{model}/{dataset}/{sequence}.tsv"
    wildcard_constraints:
        model=one_of(PLAN.models_of("truth")),
    conda:
        "../envs/infer.yaml"
    threads: 1
    resources:
        mem_mb=sized(1500, per_mb=0.1),
        runtime=sized(20, per_mb=0.1),
    params:
        truth=lambda wildcards: PLAN.models[wildcards.model]["truth"],
        disturb=lambda wildcards: PLAN.models[wildcards.model]["disturb"],
        seed=PLAN.config["seed"],
        code=code("take_truth.py"),
    script:
        "../scripts/take_truth.py"


rule run_adapter:
    """Labels from a model of another package, which is installed by `make extra NAME=<adapter>`."""
    input:
        image="results/prepare/{dataset}/{sequence}/image.ome.zarr",
        frames="results/prepare/{dataset}/{sequence}/frames.parquet",
        weights=adapter_weights,
    output:
        labels=directory("results/infer/{model}/{dataset}/{sequence}/labels.ome.zarr"),
        objects="results/infer/{model}/{dataset}/{sequence}/objects.parquet",
    log:
        "logs/infer/run_adapter/{model}/{dataset}/{sequence}.log",
    benchmark:
        "benchmarks/infer/run_adapter/{model}/{dataset}/{sequence}.tsv"
    wildcard_constraints:
        model=unless_live(one_of(PLAN.models_of("adapter"))),
    conda:
        "../envs/infer.yaml"
    threads: 2
    resources:
        mem_mb=sized(6000, per_mb=0.1),
        runtime=sized(60, per_mb=4),
        gpu=GPU,
    params:
        adapter=lambda wildcards: PLAN.models[wildcards.model]["adapter"],
        options=lambda wildcards: PLAN.models[wildcards.model]["options"],
        device=PLAN.config["device"],
        adapter_code=adapter_code,
        code=code("run_adapter.py"),
    script:
        "../scripts/run_adapter.py"


rule import_labels:
    """The objects of a result that was made elsewhere."""
    input:
        folder=external("models"),
        image="results/prepare/{dataset}/{sequence}/image.ome.zarr",
        frames="results/prepare/{dataset}/{sequence}/frames.parquet",
    output:
        labels=directory("results/infer/{model}/{dataset}/{sequence}/labels.ome.zarr"),
        objects="results/infer/{model}/{dataset}/{sequence}/objects.parquet",
    log:
        "logs/infer/import_labels/{model}/{dataset}/{sequence}.log",
    benchmark:
        "benchmarks/infer/import_labels/{model}/{dataset}/{sequence}.tsv"
    wildcard_constraints:
        model=one_of(PLAN.models_of("external")),
    conda:
        "../envs/infer.yaml"
    threads: 1
    resources:
        mem_mb=sized(2000, per_mb=0.1),
        runtime=sized(60, per_mb=1),
    params:
        frames=frames,
        code=code("import_labels.py"),
    script:
        "../scripts/import_labels.py"
