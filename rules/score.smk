"""Score segmentation and tracking against the truth, and hold benchmark runs to their expected scores.

Inputs: results/prepare/… (truth), results/infer/…, results/track/…/RES.
Outputs: results/score/scores.tsv (dataset sequence model tracker metric value n), results/score/attribution.tsv (where
    trackings lose their score), results/score/confidence.tsv (are trackers as sure as they are right?),
    results/score/checked.tsv, results/score/leaderboard.tsv (ranks among published scores).
"""


rule score_segmentation:
    """SEG, DET and object scores of the labels before tracking; AP for still images."""
    input:
        labels="results/infer/{model}/{dataset}/{sequence}/labels.ome.zarr",
        objects="results/infer/{model}/{dataset}/{sequence}/objects.parquet",
        truth="results/prepare/{dataset}/{sequence}/truth.ome.zarr",
        frames="results/prepare/{dataset}/{sequence}/frames.parquet",
        coco=coco_truth,
    output:
        scores="results/score/{model}/{dataset}/{sequence}.tsv",
    log:
        "logs/score/score_segmentation/{model}/{dataset}/{sequence}.log",
    benchmark:
        "benchmarks/score/score_segmentation/{model}/{dataset}/{sequence}.tsv"
    conda:
        "../envs/score.yaml"
    threads: 1
    resources:
        mem_mb=sized(1500, per_mb=0.1),
        runtime=sized(20, per_mb=0.1),
    params:
        border_px=lambda wildcards: row(wildcards).border_px,
        code=code("score_segmentation.py"),
    script:
        "../scripts/score_segmentation.py"


rule audit_truth:
    """Scores of every image, worst first; annotations that the model contradicts; how right its scores are."""
    input:
        labels="results/infer/{model}/{dataset}/{sequence}/labels.ome.zarr",
        objects="results/infer/{model}/{dataset}/{sequence}/objects.parquet",
        truth="results/prepare/{dataset}/{sequence}/truth.ome.zarr",
        frames="results/prepare/{dataset}/{sequence}/frames.parquet",
    output:
        images="results/score/{model}/{dataset}/{sequence}/images.parquet",
        suspicions="results/score/{model}/{dataset}/{sequence}/suspicions.parquet",
        reliability="results/score/{model}/{dataset}/{sequence}/reliability.parquet",
    log:
        "logs/score/audit_truth/{model}/{dataset}/{sequence}.log",
    benchmark:
        "benchmarks/score/audit_truth/{model}/{dataset}/{sequence}.tsv"
    conda:
        "../envs/score.yaml"
    threads: 1
    resources:
        mem_mb=sized(1500, per_mb=0.1),
        runtime=sized(20, per_mb=0.1),
    params:
        border_px=lambda wildcards: row(wildcards).border_px,
        code=code("audit_truth.py"),
    script:
        "../scripts/audit_truth.py"


rule score_tracking:
    """The challenge's measures on the exported result folder."""
    input:
        folder="results/track/{model}/{tracker}/{dataset}/{sequence}/RES",
        truth="results/prepare/{dataset}/{sequence}/truth.ome.zarr",
        tracks="results/prepare/{dataset}/{sequence}/truth_tracks.parquet",
        frames="results/prepare/{dataset}/{sequence}/frames.parquet",
        nodes="results/track/{model}/{tracker}/{dataset}/{sequence}/nodes.parquet",
    output:
        scores="results/score/{model}/{tracker}/{dataset}/{sequence}.tsv",
        attribution="results/score/{model}/{tracker}/{dataset}/{sequence}/attribution.parquet",
        links="results/score/{model}/{tracker}/{dataset}/{sequence}/links.parquet",
    log:
        "logs/score/score_tracking/{model}/{tracker}/{dataset}/{sequence}.log",
    benchmark:
        "benchmarks/score/score_tracking/{model}/{tracker}/{dataset}/{sequence}.tsv"
    conda:
        "../envs/score.yaml"
    threads: 1
    resources:
        mem_mb=sized(1500, per_mb=0.1),
        runtime=sized(20, per_mb=0.1),
    params:
        border_px=lambda wildcards: row(wildcards).border_px,
        seed=PLAN.config["seed"],
        code=code("score_tracking.py"),
    script:
        "../scripts/score_tracking.py"


rule collect_scores:
    """All score tables as one."""
    input:
        parts=score_parts(),
        attributions=attributions(),
        links=attributions("links.parquet"),
    output:
        scores="results/score/scores.tsv",
        attribution="results/score/attribution.tsv",
        confidence="results/score/confidence.tsv",
    log:
        "logs/score/collect_scores.log",
    benchmark:
        "benchmarks/score/collect_scores.tsv"
    conda:
        "../envs/score.yaml"
    threads: 1
    resources:
        mem_mb=sized(1000),
        runtime=sized(10),
    params:
        kinds=kinds_of_links(),
        code=code("collect_scores.py"),
    script:
        "../scripts/collect_scores.py"


rule check_scores:
    """Compare with the expected scores of a benchmark; fail with a diff."""
    input:
        scores="results/score/scores.tsv",
    output:
        checked="results/score/checked.tsv",
    log:
        "logs/score/check_scores.log",
    benchmark:
        "benchmarks/score/check_scores.tsv"
    conda:
        "../envs/score.yaml"
    threads: 1
    resources:
        mem_mb=sized(1000),
        runtime=sized(10),
    params:
        expected=expectations(),
        code=code("check_scores.py"),
    script:
        "../scripts/check_scores.py"


rule rank_scores:
    """The rank that each score would have among published ones."""
    input:
        scores="results/score/scores.tsv",
        published="resources/published/values.tsv",
        notes="resources/published/notes.tsv",
    output:
        ranks="results/score/leaderboard.tsv",
    log:
        "logs/score/rank_scores.log",
    benchmark:
        "benchmarks/score/rank_scores.tsv"
    conda:
        "../envs/score.yaml"
    threads: 1
    resources:
        mem_mb=sized(1000),
        runtime=sized(10),
    params:
        sequences=whole_sequences(),
        code=code("rank_scores.py"),
    script:
        "../scripts/rank_scores.py"
