"""Draw figures and write the report.

Inputs: everything above.
Outputs: results/report/{report.html, manifest.json, figures/}; on demand results/movies/, results/bundle/,
    results/napari/open.py, results/crate/.
"""


rule plot_training:
    """Loss, validation score and learning rate of one training."""
    input:
        history="results/train/{model}/history.csv",
    output:
        figure=report(
            "results/report/figures/training/{model}.svg",
            category="Training",
            labels={"model": "{model}"},
        ),
    log:
        "logs/report/plot_training/{model}.log",
    benchmark:
        "benchmarks/report/plot_training/{model}.tsv"
    conda:
        "../envs/report.yaml"
    threads: 1
    resources:
        mem_mb=sized(1000, per_mb=0.1),
        runtime=sized(10, per_mb=0.05),
    params:
        settings=lambda wildcards: training_config(wildcards)["trainer"],
        code=code("plot_training.py"),
    script:
        "../scripts/plot_training.py"


rule tabulate_networks:
    """Size, cost, receptive field and training of every network."""
    input:
        manifests=[f"results/train/{name}/manifest.json" for name in networks()],
        histories=[f"results/train/{name}/history.csv" for name in networks()],
    output:
        table="results/report/tables/networks.tsv",
    log:
        "logs/report/tabulate_networks.log",
    benchmark:
        "benchmarks/report/tabulate_networks.tsv"
    conda:
        "../envs/report.yaml"
    threads: 1
    resources:
        mem_mb=sized(1000, per_mb=0.1),
        runtime=sized(10, per_mb=0.05),
    params:
        configs={name: TRAININGS[name.split("@")[0]] for name in networks()},
        code=code("tabulate_networks.py"),
    script:
        "../scripts/tabulate_networks.py"


rule plot_reliability:
    """How often objects of a score are right."""
    input:
        reliability="results/score/{model}/{dataset}/{sequence}/reliability.parquet",
    output:
        figure=report(
            "results/report/figures/reliability/{model}/{dataset}/{sequence}.svg",
            category="Reliability",
            labels={"dataset": "{dataset}", "sequence": "{sequence}", "model": "{model}"},
        ),
    log:
        "logs/report/plot_reliability/{model}/{dataset}/{sequence}.log",
    benchmark:
        "benchmarks/report/plot_reliability/{model}/{dataset}/{sequence}.tsv"
    conda:
        "../envs/report.yaml"
    threads: 1
    resources:
        mem_mb=sized(1000, per_mb=0.1),
        runtime=sized(10, per_mb=0.05),
    params:
        code=code("plot_reliability.py"),
    script:
        "../scripts/plot_reliability.py"


rule plot_trackers:
    """Trackers side by side."""
    input:
        scores="results/score/scores.tsv",
    output:
        figure=report("results/report/figures/trackers/trackers.svg", category="Trackers"),
    log:
        "logs/report/plot_trackers.log",
    benchmark:
        "benchmarks/report/plot_trackers.tsv"
    conda:
        "../envs/report.yaml"
    threads: 1
    resources:
        mem_mb=sized(1000, per_mb=0.1),
        runtime=sized(10, per_mb=0.05),
    params:
        code=code("plot_trackers.py"),
    script:
        "../scripts/plot_trackers.py"


rule plot_rounds:
    """What networks reach after each round of corrections."""
    input:
        scores="results/score/scores.tsv",
    output:
        figure=report("results/report/figures/rounds/rounds.svg", category="Rounds"),
    log:
        "logs/report/plot_rounds.log",
    benchmark:
        "benchmarks/report/plot_rounds.tsv"
    conda:
        "../envs/report.yaml"
    threads: 1
    resources:
        mem_mb=sized(1000, per_mb=0.1),
        runtime=sized(10, per_mb=0.05),
    params:
        rounds=rounds(),
        code=code("plot_rounds.py"),
    script:
        "../scripts/plot_rounds.py"


rule plot_labels:
    """Scores against the share of labels that networks were trained on (config/benchmark/labels.yaml)."""
    input:
        scores="results/score/scores.tsv",
    output:
        figure=report("results/report/figures/labels/labels.svg", category="Labels"),
        table="results/report/figures/labels/labels.tsv",
    log:
        "logs/report/plot_labels.log",
    benchmark:
        "benchmarks/report/plot_labels.tsv"
    conda:
        "../envs/report.yaml"
    threads: 1
    resources:
        mem_mb=sized(1000, per_mb=0.1),
        runtime=sized(10, per_mb=0.05),
    params:
        shares=label_shares(),
        starts={name: PLAN.models[name]["pretrained"] or "random weights" for name in label_shares()},
        code=code("plot_labels.py"),
    script:
        "../scripts/plot_labels.py"


rule plot_stress:
    """Scores of trackers over dropped frames and over errors of the detections."""
    input:
        scores="results/score/scores.tsv",
    output:
        figure=report("results/report/figures/stress/stress.svg", category="Trackers"),
    log:
        "logs/report/plot_stress.log",
    benchmark:
        "benchmarks/report/plot_stress.tsv"
    conda:
        "../envs/report.yaml"
    threads: 1
    resources:
        mem_mb=sized(1000, per_mb=0.1),
        runtime=sized(10, per_mb=0.05),
    params:
        conditions=stress(),
        code=code("plot_stress.py"),
    script:
        "../scripts/plot_stress.py"


rule plot_frames:
    """Frames of one sequence, small enough for the page to hold all or many of them."""
    input:
        image="results/prepare/{dataset}/{sequence}/image.ome.zarr",
    output:
        figure="results/report/figures/frames/{dataset}/{sequence}.json",
    log:
        "logs/report/plot_frames/{dataset}/{sequence}.log",
    benchmark:
        "benchmarks/report/plot_frames/{dataset}/{sequence}.tsv"
    conda:
        "../envs/report.yaml"
    threads: 1
    resources:
        mem_mb=sized(1000, per_mb=0.1),
        runtime=sized(20, per_mb=0.05),
    params:
        budget=share_of_page(4_500_000, 0),
        code=code("plot_frames.py"),
    script:
        "../scripts/plot_frames.py"


rule plot_cells:
    """Outlines, tracks and measurements of one run, for the page to draw on the frames."""
    input:
        frames="results/report/figures/frames/{dataset}/{sequence}.json",
        labels="results/infer/{model}/{dataset}/{sequence}/labels.ome.zarr",
        objects="results/infer/{model}/{dataset}/{sequence}/objects.parquet",
        cells="results/measure/{model}/{dataset}/{sequence}.parquet",
        nodes=tracking("nodes.parquet"),
        tracks=tracking("tracks.parquet"),
    output:
        figure="results/report/figures/cells/{model}/{tracker}/{dataset}/{sequence}.json",
    log:
        "logs/report/plot_cells/{model}/{tracker}/{dataset}/{sequence}.log",
    benchmark:
        "benchmarks/report/plot_cells/{model}/{tracker}/{dataset}/{sequence}.tsv"
    conda:
        "../envs/report.yaml"
    threads: 1
    resources:
        mem_mb=sized(1500, per_mb=0.1),
        runtime=sized(20, per_mb=0.05),
    params:
        budget=share_of_page(3_500_000, 1),
        code=code("plot_cells.py"),
    script:
        "../scripts/plot_cells.py"


rule plot_overlay:
    """Outlines on the images, one colour per track."""
    input:
        image="results/prepare/{dataset}/{sequence}/image.ome.zarr",
        labels="results/infer/{model}/{dataset}/{sequence}/labels.ome.zarr",
        nodes=tracking("nodes.parquet"),
        tracks=tracking("tracks.parquet"),
    output:
        figure=report(
            "results/report/figures/overlay/{model}/{tracker}/{dataset}/{sequence}.png",
            category="Overlays",
            labels={"dataset": "{dataset}", "sequence": "{sequence}", "model": "{model}", "tracker": "{tracker}"},
        ),
    log:
        "logs/report/plot_overlay/{model}/{tracker}/{dataset}/{sequence}.log",
    benchmark:
        "benchmarks/report/plot_overlay/{model}/{tracker}/{dataset}/{sequence}.tsv"
    conda:
        "../envs/report.yaml"
    threads: 1
    resources:
        mem_mb=sized(1000, per_mb=0.1),
        runtime=sized(10, per_mb=0.05),
    params:
        code=code("plot_overlay.py"),
    script:
        "../scripts/plot_overlay.py"


rule plot_lineage:
    """The lineage tree of one sequence."""
    input:
        nodes="results/track/{model}/{tracker}/{dataset}/{sequence}/nodes.parquet",
        tracks="results/track/{model}/{tracker}/{dataset}/{sequence}/tracks.parquet",
    output:
        figure=report(
            "results/report/figures/lineage/{model}/{tracker}/{dataset}/{sequence}.svg",
            category="Lineages",
            labels={"dataset": "{dataset}", "sequence": "{sequence}", "model": "{model}", "tracker": "{tracker}"},
        ),
    log:
        "logs/report/plot_lineage/{model}/{tracker}/{dataset}/{sequence}.log",
    benchmark:
        "benchmarks/report/plot_lineage/{model}/{tracker}/{dataset}/{sequence}.tsv"
    conda:
        "../envs/report.yaml"
    threads: 1
    resources:
        mem_mb=sized(1000, per_mb=0.1),
        runtime=sized(10, per_mb=0.05),
    params:
        code=code("plot_lineage.py"),
    script:
        "../scripts/plot_lineage.py"


rule plot_measurements:
    """Counts, confluence, size and intensity over time."""
    input:
        image="results/prepare/{dataset}/{sequence}/image.ome.zarr",
        cells="results/measure/{model}/{dataset}/{sequence}.parquet",
        frames="results/measure/{model}/{dataset}/{sequence}/frames.parquet",
        nodes=tracking("nodes.parquet"),
    output:
        figure=report(
            "results/report/figures/measurements/{model}/{tracker}/{dataset}/{sequence}.svg",
            category="Measurements",
            labels={"dataset": "{dataset}", "sequence": "{sequence}", "model": "{model}", "tracker": "{tracker}"},
        ),
    log:
        "logs/report/plot_measurements/{model}/{tracker}/{dataset}/{sequence}.log",
    benchmark:
        "benchmarks/report/plot_measurements/{model}/{tracker}/{dataset}/{sequence}.tsv"
    conda:
        "../envs/report.yaml"
    threads: 1
    resources:
        mem_mb=sized(1000, per_mb=0.1),
        runtime=sized(10, per_mb=0.05),
    params:
        code=code("plot_measurements.py"),
    script:
        "../scripts/plot_measurements.py"


rule plot_areas:
    """Area of each class of a semantic model over the frames."""
    input:
        image="results/prepare/{dataset}/{sequence}/image.ome.zarr",
        areas="results/infer/{model}/{dataset}/{sequence}/areas.parquet",
    output:
        figure=report(
            "results/report/figures/areas/{model}/{dataset}/{sequence}.svg",
            category="Areas",
            labels={"dataset": "{dataset}", "sequence": "{sequence}", "model": "{model}"},
        ),
        table="results/report/figures/fractions/{model}/{dataset}/{sequence}.tsv",
    log:
        "logs/report/plot_areas/{model}/{dataset}/{sequence}.log",
    benchmark:
        "benchmarks/report/plot_areas/{model}/{dataset}/{sequence}.tsv"
    conda:
        "../envs/report.yaml"
    threads: 1
    resources:
        mem_mb=sized(1000, per_mb=0.1),
        runtime=sized(10, per_mb=0.05),
    params:
        code=code("plot_areas.py"),
    script:
        "../scripts/plot_areas.py"


rule plot_worst:
    """Truth and model on the images that score worst."""
    input:
        image="results/prepare/{dataset}/{sequence}/image.ome.zarr",
        labels="results/infer/{model}/{dataset}/{sequence}/labels.ome.zarr",
        truth="results/prepare/{dataset}/{sequence}/truth.ome.zarr",
        images="results/score/{model}/{dataset}/{sequence}/images.parquet",
    output:
        figure="results/report/figures/worst/{model}/{dataset}/{sequence}.png",
    log:
        "logs/report/plot_worst/{model}/{dataset}/{sequence}.log",
    benchmark:
        "benchmarks/report/plot_worst/{model}/{dataset}/{sequence}.tsv"
    conda:
        "../envs/report.yaml"
    threads: 1
    resources:
        mem_mb=sized(1500, per_mb=0.1),
        runtime=sized(10, per_mb=0.05),
    params:
        code=code("plot_worst.py"),
    script:
        "../scripts/plot_worst.py"


rule plot_links:
    """Links that a tracker got wrong, worst first."""
    input:
        image="results/prepare/{dataset}/{sequence}/image.ome.zarr",
        labels="results/infer/{model}/{dataset}/{sequence}/labels.ome.zarr",
        truth="results/prepare/{dataset}/{sequence}/truth.ome.zarr",
        nodes="results/track/{model}/{tracker}/{dataset}/{sequence}/nodes.parquet",
        tracks="results/track/{model}/{tracker}/{dataset}/{sequence}/tracks.parquet",
        links="results/score/{model}/{tracker}/{dataset}/{sequence}/links.parquet",
    output:
        figure="results/report/figures/links/{model}/{tracker}/{dataset}/{sequence}.png",
    log:
        "logs/report/plot_links/{model}/{tracker}/{dataset}/{sequence}.log",
    benchmark:
        "benchmarks/report/plot_links/{model}/{tracker}/{dataset}/{sequence}.tsv"
    conda:
        "../envs/report.yaml"
    threads: 1
    resources:
        mem_mb=sized(1500, per_mb=0.1),
        runtime=sized(10, per_mb=0.05),
    params:
        code=code("plot_links.py"),
    script:
        "../scripts/plot_links.py"


rule plot_doubt:
    """Where the model is least sure."""
    input:
        image="results/prepare/{dataset}/{sequence}/image.ome.zarr",
        labels="results/infer/{model}/{dataset}/{sequence}/labels.ome.zarr",
        objects="results/infer/{model}/{dataset}/{sequence}/objects.parquet",
    output:
        figure="results/report/figures/doubt/{model}/{dataset}/{sequence}.png",
    log:
        "logs/report/plot_doubt/{model}/{dataset}/{sequence}.log",
    benchmark:
        "benchmarks/report/plot_doubt/{model}/{dataset}/{sequence}.tsv"
    conda:
        "../envs/report.yaml"
    threads: 1
    resources:
        mem_mb=sized(1500, per_mb=0.1),
        runtime=sized(10, per_mb=0.05),
    params:
        code=code("plot_doubt.py"),
    script:
        "../scripts/plot_doubt.py"


rule collect_quality:
    """Worst images, suspicious annotations, quality of the data, flagged frames: one table each."""
    input:
        images=audits("images.parquet"),
        suspicions=audits("suspicions.parquet"),
        truth=qualities("truth.parquet"),
        stability=qualities("stability.parquet"),
    output:
        images="results/report/tables/images.tsv",
        suspicions="results/report/tables/suspicions.tsv",
        truth="results/report/tables/truth.tsv",
        stability="results/report/tables/stability.tsv",
    log:
        "logs/report/collect_quality.log",
    benchmark:
        "benchmarks/report/collect_quality.tsv"
    conda:
        "../envs/report.yaml"
    threads: 1
    resources:
        mem_mb=sized(1000, per_mb=0.1),
        runtime=sized(10, per_mb=0.05),
    params:
        code=code("collect_quality.py"),
    script:
        "../scripts/collect_quality.py"


rule tabulate_runs:
    """What was found in every run: cells, tracks, divisions."""
    input:
        cells=measured("cells"),
        frames=measured("frames"),
        tracks=lineages("tracks.parquet"),
    output:
        table="results/report/tables/runs.tsv",
    log:
        "logs/report/tabulate_runs.log",
    benchmark:
        "benchmarks/report/tabulate_runs.tsv"
    conda:
        "../envs/report.yaml"
    threads: 1
    resources:
        mem_mb=sized(1000, per_mb=0.1),
        runtime=sized(10, per_mb=0.05),
    params:
        runs=run_names(),
        code=code("tabulate_runs.py"),
    script:
        "../scripts/tabulate_runs.py"


rule plot_movie:
    """Outlines and trails as a moving picture."""
    input:
        image="results/prepare/{dataset}/{sequence}/image.ome.zarr",
        labels="results/infer/{model}/{dataset}/{sequence}/labels.ome.zarr",
        nodes=tracking("nodes.parquet"),
        tracks=tracking("tracks.parquet"),
    output:
        figure="results/movies/{model}/{tracker}/{dataset}/{sequence}.{suffix}",
    log:
        "logs/report/plot_movie/{model}/{tracker}/{dataset}/{sequence}.{suffix}.log",
    benchmark:
        "benchmarks/report/plot_movie/{model}/{tracker}/{dataset}/{sequence}.{suffix}.tsv"
    wildcard_constraints:
        suffix="gif|webp|mp4",
    conda:
        "../envs/report.yaml"
    threads: 1
    resources:
        mem_mb=sized(2500, per_mb=0.1),
        runtime=sized(20, per_mb=0.05),
    params:
        code=code("plot_movie.py"),
    script:
        "../scripts/plot_movie.py"


rule bundle_results:
    """One OME-Zarr with image, labels and table of a run."""
    input:
        image="results/prepare/{dataset}/{sequence}/image.ome.zarr",
        labels="results/infer/{model}/{dataset}/{sequence}/labels.ome.zarr",
        cells="results/measure/{model}/{dataset}/{sequence}.parquet",
        detections=tracking("detections.parquet"),
        lives=tracking("lives.parquet"),
    output:
        bundle=directory("results/bundle/{model}/{tracker}/{dataset}/{sequence}.ome.zarr"),
        table="results/bundle/{model}/{tracker}/{dataset}/{sequence}.tsv",
    log:
        "logs/report/bundle_results/{model}/{tracker}/{dataset}/{sequence}.log",
    benchmark:
        "benchmarks/report/bundle_results/{model}/{tracker}/{dataset}/{sequence}.tsv"
    conda:
        "../envs/report.yaml"
    threads: 1
    resources:
        mem_mb=sized(1500, per_mb=0.1),
        runtime=sized(20, per_mb=0.05),
    params:
        code=code("bundle_results.py"),
    script:
        "../scripts/bundle_results.py"


rule write_napari:
    """A program that opens every run in napari."""
    input:
        images=sorted({run["image"] for run in runs_to_open()}),
        labels=sorted({run["labels"] for run in runs_to_open()}),
        tracked=[run[name] for run in runs_to_open() for name in ("nodes", "tracks") if run[name]],
    output:
        program="results/napari/open.py",
        runs="results/napari/runs.json",
    log:
        "logs/report/write_napari.log",
    benchmark:
        "benchmarks/report/write_napari.tsv"
    conda:
        "../envs/report.yaml"
    threads: 1
    resources:
        mem_mb=sized(1000, per_mb=0.1),
        runtime=sized(10, per_mb=0.05),
    params:
        runs=runs_to_open(),
        code=code("write_napari.py", "cellweave/report/open_in_napari.py"),
    script:
        "../scripts/write_napari.py"


rule write_manifest:
    """Commit, configuration, versions and hashes of this run."""
    input:
        files=recorded_inputs,
        scores="results/score/scores.tsv",
        outputs=recorded_outputs,
    output:
        manifest="results/report/manifest.json",
    log:
        "logs/report/write_manifest.log",
    benchmark:
        "benchmarks/report/write_manifest.tsv"
    conda:
        "../envs/report.yaml"
    threads: 1
    resources:
        mem_mb=sized(1000),
        runtime=sized(10, per_mb=0.02),
    params:
        config=PLAN.config,
        datasets=[vars(row) for row in used_rows()],
        notes=NOTES,
        warnings=WARNINGS,
        models=models_record(PLAN),
        sources=lambda wildcards: raw_inputs(),
        code=code("write_manifest.py"),
    script:
        "../scripts/write_manifest.py"


rule write_report:
    """One self-contained HTML page."""
    input:
        scores="results/score/scores.tsv",
        checked="results/score/checked.tsv",
        manifest="results/report/manifest.json",
        exhibits=exhibits(),
    output:
        report="results/report/report.html",
    log:
        "logs/report/write_report.log",
    benchmark:
        "benchmarks/report/write_report.tsv"
    conda:
        "../envs/report.yaml"
    threads: 1
    resources:
        mem_mb=sized(1000, per_mb=5),
        runtime=sized(10),
    params:
        code=code("write_report.py", *PAGE),
    script:
        "../scripts/write_report.py"


rule write_crate:
    """The run as an RO-Crate: data with hashes and licences, parameters, tools and results."""
    input:
        manifest="results/report/manifest.json",
        report="results/report/report.html",
        files=recorded_inputs,
        scores="results/score/scores.tsv",
        outputs=recorded_outputs,
    output:
        crate=directory("results/crate"),
    log:
        "logs/report/write_crate.log",
    benchmark:
        "benchmarks/report/write_crate.tsv"
    conda:
        "../envs/report.yaml"
    threads: 1
    resources:
        mem_mb=sized(1000),
        runtime=sized(10, per_mb=0.02),
    params:
        code=code("write_crate.py"),
    script:
        "../scripts/write_crate.py"
