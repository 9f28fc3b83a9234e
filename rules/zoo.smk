"""Pack trained networks for the BioImage Model Zoo.

Inputs: results/train/{model}/{model.ckpt, manifest.json}, results/prepare/… (an example), results/score/….
Outputs: results/zoo/{model} (folder with rdf.yaml) and results/zoo/{model}.zip.
"""


rule export_zoo:
    """A BioImage.IO package: weights (PyTorch, ONNX), architecture, example, cover, README."""
    input:
        checkpoint="results/train/{model}/model.ckpt",
        manifest="results/train/{model}/manifest.json",
        image=example_of,
        scores=scores_of,
    output:
        folder=directory("results/zoo/{model}"),
        archive="results/zoo/{model}.zip",
    log:
        "logs/zoo/export_zoo/{model}.log",
    benchmark:
        "benchmarks/zoo/export_zoo/{model}.tsv"
    wildcard_constraints:
        model=trained_of("network"),
    conda:
        "../envs/zoo.yaml"
    threads: 1
    resources:
        mem_mb=sized(4000),
        runtime=sized(30),
    params:
        instances=lambda wildcards: training_instances(wildcards)[0],
        zoom=lambda wildcards: PLAN.sources(wildcards.model)[0].zoom,
        zoo=PLAN.config["zoo"],
        code=code("export_zoo.py"),
    script:
        "../scripts/export_zoo.py"
