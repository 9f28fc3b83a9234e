"""What the workflow costs as images grow, next to other programs on the same input.

Inputs: results/prepare/…, results/infer/…, results/measure/… of all runs, and the logs of their jobs.
Outputs: results/scale/{scale.tsv, comparisons.tsv, linker.tsv, scores.tsv}, results/report/figures/scale/growth.svg.
"""


rule check_exactness:
    """Parts of a sequence labelled again, cut in another way: nothing may be split, merged or renamed."""
    input:
        image="results/prepare/{dataset}/{sequence}/image.ome.zarr",
        maps=gather.block("results/infer/{{model}}/{{dataset}}/{{sequence}}/maps/{scatteritem}.zarr"),
        frames="results/prepare/{dataset}/{sequence}/frames.parquet",
        labels="results/infer/{model}/{dataset}/{sequence}/labels.ome.zarr",
    output:
        agreement="results/scale/exactness/{model}/{dataset}/{sequence}.tsv",
    log:
        "logs/scale/check_exactness/{model}/{dataset}/{sequence}.log",
    benchmark:
        "benchmarks/scale/check_exactness/{model}/{dataset}/{sequence}.tsv"
    conda:
        "../envs/scale.yaml"
    threads: 1
    resources:
        mem_mb=sized(2000),
        runtime=sized(60, per_mb=0.1),
    params:
        instances=settings("instances"),
        code=code("check_exactness.py"),
    script:
        "../scripts/check_exactness.py"


rule time_kernels:
    """Measuring, labelling and storing next to regionprops_table, dask_image and zarr-python."""
    input:
        image="results/prepare/{dataset}/{sequence}/image.ome.zarr",
        maps=gather.block("results/infer/{{model}}/{{dataset}}/{{sequence}}/maps/{scatteritem}.zarr"),
        labels="results/infer/{model}/{dataset}/{sequence}/labels.ome.zarr",
        objects="results/infer/{model}/{dataset}/{sequence}/objects.parquet",
        quiet=scale_results,
    output:
        table="results/scale/kernels/{model}/{dataset}/{sequence}.tsv",
    log:
        "logs/scale/time_kernels/{model}/{dataset}/{sequence}.log",
    benchmark:
        "benchmarks/scale/time_kernels/{model}/{dataset}/{sequence}.tsv"
    conda:
        "../envs/scale.yaml"
    threads: TIMED_CORES
    resources:
        mem_mb=sized(6000),
        runtime=sized(60, per_mb=0.1),
    params:
        instances=settings("instances"),
        code=code("time_kernels.py"),
    script:
        "../scripts/time_kernels.py"


rule time_network:
    """The bare network next to reading, tiling, network, blending and writing together."""
    input:
        image="results/prepare/{dataset}/{sequence}/image.ome.zarr",
        frames="results/prepare/{dataset}/{sequence}/frames.parquet",
        checkpoint=checkpoint,
        quiet=scale_results,
    output:
        table="results/scale/network/{model}/{dataset}/{sequence}.tsv",
    log:
        "logs/scale/time_network/{model}/{dataset}/{sequence}.log",
    benchmark:
        "benchmarks/scale/time_network/{model}/{dataset}/{sequence}.tsv"
    conda:
        "../envs/scale.yaml"
    threads: TIMED_CORES
    resources:
        mem_mb=sized(4000),
        runtime=sized(60, per_mb=0.1),
        gpu=GPU,
    params:
        tile=1024,  # the default
        rows=2048,
        device=PLAN.config["device"],
        code=code("time_network.py"),
    script:
        "../scripts/time_network.py"


rule time_trackers:
    """The linker next to trackpy and LapTrack."""
    input:
        image="results/prepare/{dataset}/{sequence}/image.ome.zarr",
        labels="results/infer/{model}/{dataset}/{sequence}/labels.ome.zarr",
        objects="results/infer/{model}/{dataset}/{sequence}/objects.parquet",
        quiet=scale_results,
    output:
        table="results/scale/trackers/{model}/{dataset}/{sequence}.tsv",
    log:
        "logs/scale/time_trackers/{model}/{dataset}/{sequence}.log",
    benchmark:
        "benchmarks/scale/time_trackers/{model}/{dataset}/{sequence}.tsv"
    conda:
        "../envs/track.yaml"
    threads: TIMED_CORES
    resources:
        mem_mb=sized(4000),
        runtime=sized(60, per_mb=0.1),
    params:
        code=code("time_trackers.py"),
    script:
        "../scripts/time_trackers.py"


rule time_linker:
    """The linker in crowds of growing size, and in a long movie."""
    output:
        table="results/scale/linker.tsv",
    log:
        "logs/scale/time_linker.log",
    benchmark:
        "benchmarks/scale/time_linker.tsv"
    conda:
        "../envs/track.yaml"
    threads: 1
    resources:
        mem_mb=sized(2000),
        runtime=sized(60),
    params:
        sizes=[[1000, 100], [10000, 100], [500, 1000], [500, 10000]],
        seed=PLAN.config["seed"],
        code=code("time_linker.py", "cellweave/track/weights.yaml"),
    script:
        "../scripts/time_linker.py"


rule time_scores:
    """All measures of a tracking next to py-ctcmetrics and traccuracy."""
    output:
        table="results/scale/scores.tsv",
    log:
        "logs/scale/time_scores.log",
    benchmark:
        "benchmarks/scale/time_scores.tsv"
    conda:
        "../envs/score.yaml"
    threads: 1
    resources:
        mem_mb=sized(3000),
        runtime=sized(60),
    params:
        cells=100,
        frames=100,
        side=512,
        seed=PLAN.config["seed"],
        code=code("time_scores.py"),
    script:
        "../scripts/time_scores.py"


rule tabulate_scale:
    """Seconds per megapixel, peak memory, objects and exactness of every step and size; ratios to other programs."""
    input:
        results=scale_results,
        frames=scale_files("results/prepare/{dataset}/{sequence}/frames.parquet"),
        objects=scale_files("results/infer/{model}/{dataset}/{sequence}/objects.parquet"),
        agreements=scale_files("results/scale/exactness/{model}/{dataset}/{sequence}.tsv"),
        comparisons=scale_comparisons,
    output:
        scale="results/scale/scale.tsv",
        comparisons="results/scale/comparisons.tsv",
    log:
        "logs/scale/tabulate_scale.log",
    benchmark:
        "benchmarks/scale/tabulate_scale.tsv"
    conda:
        "../envs/scale.yaml"
    threads: 1
    resources:
        mem_mb=sized(1000),
        runtime=sized(10),
    params:
        runs=scale_runs(),
        code=code("tabulate_scale.py"),
    script:
        "../scripts/tabulate_scale.py"


rule plot_scale:
    """Time and memory over the size of the image, and how much longer other programs take."""
    input:
        scale="results/scale/scale.tsv",
        comparisons="results/scale/comparisons.tsv",
    output:
        figure=report("results/report/figures/scale/growth.svg", category="Scale"),
    log:
        "logs/scale/plot_scale.log",
    benchmark:
        "benchmarks/scale/plot_scale.tsv"
    conda:
        "../envs/report.yaml"
    threads: 1
    resources:
        mem_mb=sized(1000),
        runtime=sized(10),
    params:
        code=code("plot_scale.py"),
    script:
        "../scripts/plot_scale.py"
