"""Measure every cell of every frame.

Inputs: results/prepare/…/image.ome.zarr, results/infer/…/{labels.ome.zarr, objects.parquet}.
Outputs: results/measure/{model}/{dataset}/{sequence}.parquet (cells) and {sequence}/frames.parquet (frames).
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
    conda:
        "../envs/measure.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=60,
    params:
        code=code("measure_cells.py"),
    script:
        "../scripts/measure_cells.py"
