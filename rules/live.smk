"""Follow a movie while it is recorded.

Inputs: the folder that `input` names, results/train/{model}/model.ckpt, results/track/costs/{tracker}.yaml.
Outputs: results/infer/…/{labels.ome.zarr, objects.parquet}, results/measure/…, results/track/…/{nodes.parquet,
    tracks.parquet, events.jsonl, latency.tsv}, as without `live` made by gather_labels, measure_cells and link_cells.
"""


rule watch_folder:
    """Segment, measure and track each frame as it arrives; a killed run goes on from its last frame."""
    input:
        folder=raw_folder,
        checkpoint=live_checkpoint,
        calibration=calibration,
        weights=live_weights,
        costs=live_costs,
    output:
        labels=directory("results/infer/{model}/{dataset}/{sequence}/labels.ome.zarr"),
        objects="results/infer/{model}/{dataset}/{sequence}/objects.parquet",
        cells="results/measure/{model}/{dataset}/{sequence}.parquet",
        frames="results/measure/{model}/{dataset}/{sequence}/frames.parquet",
        nodes=f"results/track/{{model}}/{PLAN.config['tracker']}/{{dataset}}/{{sequence}}/nodes.parquet",
        tracks=f"results/track/{{model}}/{PLAN.config['tracker']}/{{dataset}}/{{sequence}}/tracks.parquet",
    log:
        "logs/live/watch_folder/{model}/{dataset}/{sequence}.log",
    benchmark:
        "benchmarks/live/watch_folder/{model}/{dataset}/{sequence}.tsv"
    wildcard_constraints:
        model="[^/]+" if PLAN.config["live"] else NEVER,
    conda:
        "../envs/live.yaml"
    threads: 2
    resources:
        mem_mb=sized(4000),
        runtime=sized(1440),
        gpu=GPU,
    params:
        source=lambda wildcards: pattern(wildcards) or raw_folder(wildcards),
        means=means,
        tracker=live_tracker(),
        reference_frames=PLAN.config["reference_frames"],
        watch={**PLAN.config["watch"], "frames": PLAN.config["live_frames"]},
        scale=[PLAN.config["pixel_size_um"], PLAN.config["frame_interval_min"]],
        allow_blank=PLAN.config["allow_blank_frames"],
        adapter_code=adapter_code,
        code=code("watch_folder.py", "cellweave/track/weights.yaml"),
    script:
        "../scripts/watch_folder.py"
