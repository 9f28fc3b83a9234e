"""Link cells into tracks and divisions, and export them.

Inputs: results/infer/…/{labels.ome.zarr, objects.parquet}.
Outputs: results/track/{model}/{tracker}/{dataset}/{sequence}/{nodes.parquet, tracks.parquet, lineage.geff, RES/}.
"""


rule link_cells:
    """Link the cells of one sequence into a lineage."""
    input:
        labels="results/infer/{model}/{dataset}/{sequence}/labels.ome.zarr",
        objects="results/infer/{model}/{dataset}/{sequence}/objects.parquet",
    output:
        nodes="results/track/{model}/{tracker}/{dataset}/{sequence}/nodes.parquet",
        tracks="results/track/{model}/{tracker}/{dataset}/{sequence}/tracks.parquet",
    log:
        "logs/track/link_cells/{model}/{tracker}/{dataset}/{sequence}.log",
    benchmark:
        "benchmarks/track/link_cells/{model}/{tracker}/{dataset}/{sequence}.tsv"
    wildcard_constraints:
        tracker=one_of(PLAN.trackers),
    conda:
        "../envs/track.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=120,
    params:
        tracker=lambda wildcards: PLAN.trackers[wildcards.tracker],
        code=code("link_cells.py"),
    script:
        "../scripts/link_cells.py"


rule export_ctc:
    """The result folder as one would submit it to the challenge."""
    input:
        labels="results/infer/{model}/{dataset}/{sequence}/labels.ome.zarr",
        nodes="results/track/{model}/{tracker}/{dataset}/{sequence}/nodes.parquet",
        tracks="results/track/{model}/{tracker}/{dataset}/{sequence}/tracks.parquet",
    output:
        folder=directory("results/track/{model}/{tracker}/{dataset}/{sequence}/RES"),
    log:
        "logs/track/export_ctc/{model}/{tracker}/{dataset}/{sequence}.log",
    benchmark:
        "benchmarks/track/export_ctc/{model}/{tracker}/{dataset}/{sequence}.tsv"
    conda:
        "../envs/track.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=60,
    params:
        code=code("export_ctc.py"),
    script:
        "../scripts/export_ctc.py"


rule export_lineage:
    """The lineage as a graph (GEFF)."""
    input:
        labels="results/infer/{model}/{dataset}/{sequence}/labels.ome.zarr",
        nodes="results/track/{model}/{tracker}/{dataset}/{sequence}/nodes.parquet",
        tracks="results/track/{model}/{tracker}/{dataset}/{sequence}/tracks.parquet",
    output:
        lineage=directory("results/track/{model}/{tracker}/{dataset}/{sequence}/lineage.geff"),
    log:
        "logs/track/export_lineage/{model}/{tracker}/{dataset}/{sequence}.log",
    benchmark:
        "benchmarks/track/export_lineage/{model}/{tracker}/{dataset}/{sequence}.tsv"
    conda:
        "../envs/track.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=60,
    params:
        code=code("export_lineage.py"),
    script:
        "../scripts/export_lineage.py"
