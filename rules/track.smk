"""Link cells into tracks and divisions, and export them.

Inputs: results/infer/…/{labels.ome.zarr, objects.parquet}, results/measure/…/{sequence}.parquet;
    results/prepare/… for trackers whose costs are fitted.
Outputs: results/track/{model}/{tracker}/{dataset}/{sequence}/{nodes.parquet, tracks.parquet, lineage.geff, RES/,
    detections.parquet, lives.parquet, events.parquet, survival.parquet, trackmate.xml, lineage.nwk, anndata.zarr},
    results/track/costs/{tracker}.yaml.
"""


rule fit_costs:
    """What each piece of evidence is worth, learned from annotated sequences."""
    input:
        images=annotated_input("image.ome.zarr"),
        truths=annotated_input("truth.ome.zarr"),
        tracks=annotated_input("truth_tracks.parquet"),
        frames=annotated_input("frames.parquet"),
    output:
        weights="results/track/costs/{tracker}.yaml",
    log:
        "logs/track/fit_costs/{tracker}.log",
    benchmark:
        "benchmarks/track/fit_costs/{tracker}.tsv"
    wildcard_constraints:
        tracker=one_of(PLAN.trackers),
    conda:
        "../envs/track.yaml"
    threads: 1
    resources:
        mem_mb=sized(2000, per_mb=0.2),
        runtime=sized(30, per_mb=0.1),
    params:
        shares=lambda wildcards: [source.frames for source in PLAN.annotated(wildcards.tracker)],
        evidence=lambda wildcards: PLAN.trackers[wildcards.tracker].get("evidence", ["geometry", "image"]),
        seed=PLAN.config["seed"],
        code=code("fit_costs.py"),
    script:
        "../scripts/fit_costs.py"


rule link_cells:
    """Link the cells of one sequence into a lineage."""
    input:
        cells="results/measure/{model}/{dataset}/{sequence}.parquet",
        weights=fitted_costs,
        image="results/prepare/{dataset}/{sequence}/image.ome.zarr",
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
        tracker=unless_live(made_here(PLAN.trackers)),
    conda:
        "../envs/track.yaml"
    threads: 1
    resources:
        mem_mb=sized(1500, per_mb=0.1),
        runtime=sized(20, per_mb=0.1),
    params:
        tracker=linker_settings,
        reference_frames=PLAN.config["reference_frames"],
        code=code("link_cells.py", "cellweave/track/weights.yaml"),
        plugin=lambda wildcards: code("link_cells.py", plugin_of(wildcards)),
    script:
        "../scripts/link_cells.py"


rule import_tracks:
    """The lineage of a result that was made elsewhere, on the same objects."""
    input:
        folder=external("trackers"),
        labels="results/infer/{model}/{dataset}/{sequence}/labels.ome.zarr",
        objects="results/infer/{model}/{dataset}/{sequence}/objects.parquet",
    output:
        nodes="results/track/{model}/{tracker}/{dataset}/{sequence}/nodes.parquet",
        tracks="results/track/{model}/{tracker}/{dataset}/{sequence}/tracks.parquet",
    log:
        "logs/track/import_tracks/{model}/{tracker}/{dataset}/{sequence}.log",
    benchmark:
        "benchmarks/track/import_tracks/{model}/{tracker}/{dataset}/{sequence}.tsv"
    wildcard_constraints:
        tracker=one_of(PLAN.trackers_of("external")),
    conda:
        "../envs/track.yaml"
    threads: 1
    resources:
        mem_mb=sized(2000, per_mb=0.1),
        runtime=sized(60, per_mb=1),
    params:
        frames=frames,
        code=code("import_tracks.py"),
    script:
        "../scripts/import_tracks.py"


rule tabulate_lineage:
    """Detections, cells, events and cycle lengths of a lineage."""
    input:
        labels="results/infer/{model}/{dataset}/{sequence}/labels.ome.zarr",
        objects="results/infer/{model}/{dataset}/{sequence}/objects.parquet",
        cells="results/measure/{model}/{dataset}/{sequence}.parquet",
        nodes="results/track/{model}/{tracker}/{dataset}/{sequence}/nodes.parquet",
        tracks="results/track/{model}/{tracker}/{dataset}/{sequence}/tracks.parquet",
    output:
        detections="results/track/{model}/{tracker}/{dataset}/{sequence}/detections.parquet",
        lives="results/track/{model}/{tracker}/{dataset}/{sequence}/lives.parquet",
        events="results/track/{model}/{tracker}/{dataset}/{sequence}/events.parquet",
        survived="results/track/{model}/{tracker}/{dataset}/{sequence}/survival.parquet",
    log:
        "logs/track/tabulate_lineage/{model}/{tracker}/{dataset}/{sequence}.log",
    benchmark:
        "benchmarks/track/tabulate_lineage/{model}/{tracker}/{dataset}/{sequence}.tsv"
    conda:
        "../envs/track.yaml"
    threads: 1
    resources:
        mem_mb=sized(1000, per_mb=0.1),
        runtime=sized(20, per_mb=0.05),
    params:
        code=code("tabulate_lineage.py"),
    script:
        "../scripts/tabulate_lineage.py"


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
        mem_mb=sized(1000, per_mb=0.1),
        runtime=sized(20, per_mb=0.05),
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
        mem_mb=sized(1000, per_mb=0.1),
        runtime=sized(20, per_mb=0.05),
    params:
        code=code("export_lineage.py"),
    script:
        "../scripts/export_lineage.py"


rule export_trees:
    """The lineage for TrackMate, and as Newick trees."""
    input:
        objects="results/infer/{model}/{dataset}/{sequence}/objects.parquet",
        nodes="results/track/{model}/{tracker}/{dataset}/{sequence}/nodes.parquet",
        tracks="results/track/{model}/{tracker}/{dataset}/{sequence}/tracks.parquet",
    output:
        trackmate="results/track/{model}/{tracker}/{dataset}/{sequence}/trackmate.xml",
        newick="results/track/{model}/{tracker}/{dataset}/{sequence}/lineage.nwk",
    log:
        "logs/track/export_trees/{model}/{tracker}/{dataset}/{sequence}.log",
    benchmark:
        "benchmarks/track/export_trees/{model}/{tracker}/{dataset}/{sequence}.tsv"
    conda:
        "../envs/track.yaml"
    threads: 1
    resources:
        mem_mb=sized(1000, per_mb=0.1),
        runtime=sized(20, per_mb=0.05),
    params:
        code=code("export_trees.py"),
    script:
        "../scripts/export_trees.py"


rule export_anndata:
    """Cells by features with the keys of their lineage, for single-cell tools."""
    input:
        image="results/prepare/{dataset}/{sequence}/image.ome.zarr",
        cells="results/measure/{model}/{dataset}/{sequence}.parquet",
        detections="results/track/{model}/{tracker}/{dataset}/{sequence}/detections.parquet",
        lives="results/track/{model}/{tracker}/{dataset}/{sequence}/lives.parquet",
    output:
        table=directory("results/track/{model}/{tracker}/{dataset}/{sequence}/anndata.zarr"),
    log:
        "logs/track/export_anndata/{model}/{tracker}/{dataset}/{sequence}.log",
    benchmark:
        "benchmarks/track/export_anndata/{model}/{tracker}/{dataset}/{sequence}.tsv"
    conda:
        "../envs/track.yaml"
    threads: 1
    resources:
        mem_mb=sized(1000, per_mb=0.1),
        runtime=sized(20, per_mb=0.05),
    params:
        code=code("export_anndata.py"),
    script:
        "../scripts/export_anndata.py"
