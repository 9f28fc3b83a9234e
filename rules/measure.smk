"""Measure every cell of every frame, and the quality of the pictures.

Inputs: results/prepare/… (image, truth), results/infer/…/{labels.ome.zarr, objects.parquet}.
Outputs: results/measure/{model}/{dataset}/{sequence}.parquet (cells) and {sequence}/frames.parquet (frames);
results/measure/quality/{dataset}/{sequence}/{truth,stability}.parquet (how hard the sequence is, what goes wrong in it).
"""


rule measure_cells:
    """Area, shape, intensity, position and neighbours per cell; count and confluence per frame."""
    input:
        image="results/prepare/{dataset}/{sequence}/image.ome.zarr",
        frames="results/prepare/{dataset}/{sequence}/frames.parquet",
        labels="results/infer/{model}/{dataset}/{sequence}/labels.ome.zarr",
        objects="results/infer/{model}/{dataset}/{sequence}/objects.parquet",
    output:
        cells="results/measure/{model}/{dataset}/{sequence}.parquet",
        frames="results/measure/{model}/{dataset}/{sequence}/frames.parquet",
    log:
        "logs/measure/measure_cells/{model}/{dataset}/{sequence}.log",
    benchmark:
        "benchmarks/measure/measure_cells/{model}/{dataset}/{sequence}.tsv"
    wildcard_constraints:
        model=unless_live("[^/]+"),
    conda:
        "../envs/measure.yaml"
    threads: 1
    resources:
        mem_mb=sized(1500, per_mb=0.1),
        runtime=sized(20, per_mb=0.1),
    params:
        code=code("measure_cells.py"),
    script:
        "../scripts/measure_cells.py"


rule describe_truth:
    """The challenge's data-quality measures: signal, contrast, heterogeneity, size, shape, spacing, change, overlap."""
    input:
        image="results/prepare/{dataset}/{sequence}/image.ome.zarr",
        truth="results/prepare/{dataset}/{sequence}/truth.ome.zarr",
        frames="results/prepare/{dataset}/{sequence}/frames.parquet",
    output:
        quality="results/measure/quality/{dataset}/{sequence}/truth.parquet",
    log:
        "logs/measure/describe_truth/{dataset}/{sequence}.log",
    benchmark:
        "benchmarks/measure/describe_truth/{dataset}/{sequence}.tsv"
    conda:
        "../envs/measure.yaml"
    threads: 1
    resources:
        mem_mb=sized(1500, per_mb=0.1),
        runtime=sized(20, per_mb=0.1),
    params:
        kind=lambda wildcards: row(wildcards).kind,
        code=code("describe_truth.py"),
    script:
        "../scripts/describe_truth.py"


rule inspect_images:
    """Drift, jumps, flashes and bleaching of a movie, frame by frame."""
    input:
        image="results/prepare/{dataset}/{sequence}/image.ome.zarr",
        frames="results/prepare/{dataset}/{sequence}/frames.parquet",
    output:
        stability="results/measure/quality/{dataset}/{sequence}/stability.parquet",
    log:
        "logs/measure/inspect_images/{dataset}/{sequence}.log",
    benchmark:
        "benchmarks/measure/inspect_images/{dataset}/{sequence}.tsv"
    conda:
        "../envs/measure.yaml"
    threads: 1
    resources:
        mem_mb=sized(1500, per_mb=0.1),
        runtime=sized(20, per_mb=0.1),
    params:
        code=code("inspect_images.py"),
    script:
        "../scripts/inspect_images.py"
