"""Train networks and pixel forests.

Inputs: prepared sequences, ImageNet weights or another model's checkpoint, config/hydra.
Outputs: results/train/{model}/{model.ckpt, config.yaml, history.csv, manifest.json, calibration.json}.
"""


rule train_model:
    """Train or fine-tune a network; a killed run goes on from its last epoch."""
    input:
        images=training_input("image.ome.zarr"),
        truths=training_truth("truth.ome.zarr"),
        frames_tables=training_truth("frames.parquet"),
        weights=pretrained_weights,
        pretrained=pretrained_model,
    output:
        checkpoint="results/train/{model}/model.ckpt",
        resolved="results/train/{model}/config.yaml",
        history="results/train/{model}/history.csv",
        manifest="results/train/{model}/manifest.json",
    log:
        "logs/train/train_model/{model}.log",
    benchmark:
        "benchmarks/train/train_model/{model}.tsv"
    wildcard_constraints:
        model=trained_of("network"),
    priority: 1  # all that a network finds waits for it, and a pretrained one waits for another
    conda:
        "../envs/train.yaml"
    threads: 1
    resources:
        mem_mb=sized(3000, per_mb=1),
        runtime=training_minutes,
        gpu=GPU,
    params:
        config=training_config,
        sources=training_sources,
        trained_on=training_origins,
        device=PLAN.config["device"],
        seed=PLAN.config["seed"],
        code=code("train_model.py"),
    script:
        "../scripts/train_model.py"


rule train_forest:
    """Train a random forest on engineered features of the pixels."""
    input:
        images=training_input("image.ome.zarr"),
        truths=training_truth("truth.ome.zarr"),
        frames_tables=training_truth("frames.parquet"),
    output:
        checkpoint="results/train/{model}/model.ckpt",
        resolved="results/train/{model}/config.yaml",
        history="results/train/{model}/history.csv",
        manifest="results/train/{model}/manifest.json",
    log:
        "logs/train/train_forest/{model}.log",
    benchmark:
        "benchmarks/train/train_forest/{model}.tsv"
    wildcard_constraints:
        model=trained_of("forest"),
    conda:
        "../envs/train.yaml"
    threads: 1
    resources:
        mem_mb=sized(2000, per_mb=1),
        runtime=sized(60, per_mb=0.2),
    params:
        config=training_config,
        sources=training_sources,
        trained_on=training_origins,
        seed=PLAN.config["seed"],
        code=code("train_forest.py"),
    script:
        "../scripts/train_forest.py"


rule calibrate_scores:
    """The probability that an object is right, from the frames that the training held out."""
    input:
        checkpoint="results/train/{model}/model.ckpt",
        images=training_input("image.ome.zarr"),
        truths=training_truth("truth.ome.zarr"),
        frames_tables=training_truth("frames.parquet"),
    output:
        calibration="results/train/{model}/calibration.json",
    log:
        "logs/train/calibrate_scores/{model}.log",
    benchmark:
        "benchmarks/train/calibrate_scores/{model}.tsv"
    conda:
        "../envs/train.yaml"
    threads: 2
    resources:
        mem_mb=sized(3000, per_mb=0.1),
        runtime=sized(60, per_mb=0.2),
        gpu=GPU,
    params:
        kind=lambda wildcards: PLAN.model_of(wildcards.model)["kind"],
        sources=training_sources,
        instances=training_instances,
        data=lambda wildcards: training_config(wildcards)["data"],
        tile=PLAN.config["tile"],
        symmetries=lambda wildcards: PLAN.model_of(wildcards.model)["symmetries"],
        device=PLAN.config["device"],
        code=code("calibrate_scores.py"),
    script:
        "../scripts/calibrate_scores.py"
