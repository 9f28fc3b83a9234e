# cellweave: raw live-cell microscopy to scored lineages.
from snakemake.utils import min_version

min_version("9.27")


configfile: workflow.source_path("config/config.yaml")


include: "rules/common.smk"


rule all:
    """Everything the configuration asks for: scores, lineages and the report."""
    input:
        "results/report/report.html",
        "results/score/checked.tsv",
        lineages("lineage.geff"),
        lineages("events.parquet"),
        lineages("trackmate.xml"),
        measurements(),
        audits("images.parquet"),
        qualities("truth.parquet"),
        qualities("stability.parquet"),
    localrule: True


rule benchmark:
    """Scores only, compared with the expected ones."""
    input:
        "results/score/checked.tsv",
    localrule: True


rule report:
    """The HTML report and what it shows."""
    input:
        "results/report/report.html",
    localrule: True


include: "rules/download.smk"
include: "rules/prepare.smk"
include: "rules/train.smk"
include: "rules/infer.smk"
include: "rules/measure.smk"
include: "rules/track.smk"
include: "rules/score.smk"
include: "rules/report.smk"
