"""Turn raw files into OME-Zarr images, truth labels and tables.

Inputs: resources/… or the user's own folders.
Outputs: results/prepare/{dataset}/{sequence}/{image.ome.zarr, truth.ome.zarr, frames.parquet, truth_tracks.parquet}.
"""


rule prepare_ctc:
    """A sequence in the layout of the Cell Tracking Challenge."""
    input:
        folder=raw_folder,
    output:
        image=directory("results/prepare/{dataset}/{sequence}/image.ome.zarr"),
        truth=directory("results/prepare/{dataset}/{sequence}/truth.ome.zarr"),
        frames="results/prepare/{dataset}/{sequence}/frames.parquet",
        tracks="results/prepare/{dataset}/{sequence}/truth_tracks.parquet",
    log:
        "logs/prepare/prepare_ctc/{dataset}/{sequence}.log",
    benchmark:
        "benchmarks/prepare/prepare_ctc/{dataset}/{sequence}.tsv"
    wildcard_constraints:
        dataset=one_of(PLAN.datasets("ctc")),
    conda:
        "../envs/prepare.yaml"
    threads: 1
    resources:
        mem_mb=sized(1500, per_mb=0.1),
        runtime=sized(20, per_mb=0.1),
    params:
        frames=frames,
        pixel_size_um=lambda wildcards: row(wildcards).pixel_size_um,
        source_sequence=lambda wildcards: row(wildcards).sequence,
        frame_interval_min=lambda wildcards: row(wildcards).frame_interval_min,
        reference_frames=PLAN.config["reference_frames"],
        allow_blank=PLAN.config["allow_blank_frames"],
        code=code("prepare_ctc.py"),
    script:
        "../scripts/prepare_ctc.py"


rule prepare_coco:
    """Still images with COCO annotations, such as LIVECell."""
    input:
        images=raw_folder,
        annotations=raw_truth,
    output:
        image=directory("results/prepare/{dataset}/{sequence}/image.ome.zarr"),
        truth=directory("results/prepare/{dataset}/{sequence}/truth.ome.zarr"),
        frames="results/prepare/{dataset}/{sequence}/frames.parquet",
        tracks="results/prepare/{dataset}/{sequence}/truth_tracks.parquet",
        coco="results/prepare/{dataset}/{sequence}/coco.json",
    log:
        "logs/prepare/prepare_coco/{dataset}/{sequence}.log",
    benchmark:
        "benchmarks/prepare/prepare_coco/{dataset}/{sequence}.tsv"
    wildcard_constraints:
        dataset=one_of(PLAN.datasets("coco")),
    conda:
        "../envs/prepare.yaml"
    threads: 1
    resources:
        mem_mb=sized(1500, per_mb=0.1),
        runtime=sized(20, per_mb=0.1),
    params:
        frames=frames,
        pixel_size_um=lambda wildcards: row(wildcards).pixel_size_um,
        allow_blank=PLAN.config["allow_blank_frames"],
        code=code("prepare_coco.py"),
    script:
        "../scripts/prepare_coco.py"


rule prepare_masks:
    """Still images with one mask file per object, as in BBBC038 (DSB2018)."""
    input:
        folder=raw_folder,
    output:
        image=directory("results/prepare/{dataset}/{sequence}/image.ome.zarr"),
        truth=directory("results/prepare/{dataset}/{sequence}/truth.ome.zarr"),
        frames="results/prepare/{dataset}/{sequence}/frames.parquet",
        tracks="results/prepare/{dataset}/{sequence}/truth_tracks.parquet",
    log:
        "logs/prepare/prepare_masks/{dataset}/{sequence}.log",
    benchmark:
        "benchmarks/prepare/prepare_masks/{dataset}/{sequence}.tsv"
    wildcard_constraints:
        dataset=one_of(PLAN.datasets("bbbc038")),
    conda:
        "../envs/prepare.yaml"
    threads: 1
    resources:
        mem_mb=sized(1500, per_mb=0.1),
        runtime=sized(20, per_mb=0.1),
    params:
        frames=frames,
        pixel_size_um=lambda wildcards: row(wildcards).pixel_size_um,
        allow_blank=PLAN.config["allow_blank_frames"],
        code=code("prepare_masks.py"),
    script:
        "../scripts/prepare_masks.py"


rule prepare_images:
    """A user's own folder or file, with or without truth."""
    input:
        source=raw_folder,
        truth_source=raw_truth,
        watched=watched,
    output:
        image=directory("results/prepare/{dataset}/{sequence}/image.ome.zarr"),
        truth=directory("results/prepare/{dataset}/{sequence}/truth.ome.zarr"),
        frames="results/prepare/{dataset}/{sequence}/frames.parquet",
        tracks="results/prepare/{dataset}/{sequence}/truth_tracks.parquet",
    log:
        "logs/prepare/prepare_images/{dataset}/{sequence}.log",
    benchmark:
        "benchmarks/prepare/prepare_images/{dataset}/{sequence}.tsv"
    wildcard_constraints:
        dataset=one_of(PLAN.datasets("images")),
    conda:
        "../envs/prepare.yaml"
    threads: 1
    resources:
        mem_mb=sized(1500, per_mb=0.2),
        runtime=sized(20, per_mb=0.1),
    params:
        frames=frames,
        pattern=pattern,
        pixel_size_um=lambda wildcards: row(wildcards).pixel_size_um,
        kind=lambda wildcards: row(wildcards).kind,
        frame_interval_min=lambda wildcards: row(wildcards).frame_interval_min,
        reference_frames=PLAN.config["reference_frames"],
        allow_blank=PLAN.config["allow_blank_frames"],
        code=code("prepare_images.py"),
    script:
        "../scripts/prepare_images.py"
