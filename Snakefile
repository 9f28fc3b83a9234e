# cellweave: raw live-cell microscopy to scored lineages.
from snakemake.utils import min_version

min_version("9.27")


configfile: workflow.source_path("config/config.yaml")


include: "rules/common.smk"
include: "rules/shown.smk"
include: "rules/common_scale.smk"


rule all:
    """Everything the configuration asks for: scores, lineages and the report."""
    input:
        "results/report/report.html",
        "results/score/checked.tsv",
        lineages("lineage.geff"),
        lineages("events.parquet"),
        lineages("trackmate.xml"),
        lineages("anndata.zarr"),
        measurements(),
        areas(),
        audits("images.parquet"),
        qualities("truth.parquet"),
        qualities("stability.parquet"),
    localrule: True


rule benchmark:
    """Scores only, compared with the expected ones."""
    input:
        "results/score/checked.tsv",
    localrule: True


rule leaderboard:
    """The rank of each score among published ones (see `published` in config/README.md)."""
    input:
        "results/score/leaderboard.tsv",
    localrule: True


rule scale:
    """What the workflow costs as images grow (config/benchmark/scale.yaml)."""
    input:
        "results/scale/scale.tsv",
        "results/report/figures/scale/growth.svg",
    localrule: True


rule report:
    """The HTML report and what it shows."""
    input:
        "results/report/report.html",
    localrule: True


rule napari:
    """A program that opens image, labels, tracks and lineage of every run in napari."""
    input:
        "results/napari/open.py",
    localrule: True


rule bundle:
    """One OME-Zarr per run with image, labels and table, for napari, Fiji and vizarr."""
    input:
        run_files("results/bundle", "ome.zarr"),
    localrule: True


rule crate:
    """The run as an RO-Crate, to archive or to publish."""
    input:
        "results/crate",
    localrule: True


rule movies:
    """A moving picture of every run."""
    input:
        run_files("results/movies", PLAN.config["movies"]),
    localrule: True


rule suggest:
    """Folders of tiles to correct, where the networks doubt most (see `corrections` in config/README.md)."""
    input:
        suggested_folders(PLAN),
    localrule: True


rule zoo:
    """Every trained network as a BioImage.IO package."""
    input:
        packages(),
    localrule: True


rule live:
    """Follow a movie while it is recorded (see `live` in config/README.md)."""
    input:
        live_results,
    localrule: True


include: "rules/download.smk"
include: "rules/prepare.smk"
include: "rules/train.smk"
include: "rules/infer.smk"
include: "rules/correct.smk"
include: "rules/measure.smk"
include: "rules/track.smk"
include: "rules/live.smk"
include: "rules/zoo.smk"
include: "rules/score.smk"
include: "rules/report.smk"
include: "rules/scale.smk"


onstart:
    # The limit of submissions per second is for clusters. Here it would cost a core: after each job Snakemake begins to
    # ask itself once a second more, and without end, whether more jobs may start.
    if workflow.local_exec:
        workflow.scheduler.job_rate_limiter = None


onsuccess:
    summarise()


onerror:
    summarise()
