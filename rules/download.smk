"""Fetch archives and weights, unpack them, or simulate movies.

Inputs: URLs and hashes of config/datasets.tsv; a mirror folder, if one is configured.
Outputs: resources/downloads/<host>/<path>, resources/unpacked/…, resources/simulated/{<sequence>, mosaic/<side>.ome.zarr},
    published/{values, notes}.tsv}.
"""


rule download_file:
    """Fetch one file from the mirror or its URL, verified."""
    output:
        target="resources/downloads/{file}",
    log:
        "logs/download/download_file/{file}.log",
    benchmark:
        "benchmarks/download/download_file/{file}.tsv"
    wildcard_constraints:
        file=one_of(remote_files()),
    conda:
        "../envs/download.yaml"
    threads: 1
    resources:
        mem_mb=sized(1000),
        runtime=sized(240),
    params:
        url=lambda wildcards: remote_files()[wildcards.file][0],
        sha256=lambda wildcards: remote_files()[wildcards.file][1],
        mirror=PLAN.config["mirror"],
        code=code("download_file.py"),
    script:
        "../scripts/download_file.py"


rule fetch_published:
    """The table of published scores; whether the challenge's spreadsheets can be had."""
    input:
        given=published_table(),
    output:
        table="resources/published/values.tsv",
        notes="resources/published/notes.tsv",
    log:
        "logs/download/fetch_published.log",
    benchmark:
        "benchmarks/download/fetch_published.tsv"
    conda:
        "../envs/download.yaml"
    threads: 1
    resources:
        mem_mb=sized(1000),
        runtime=sized(10),
    params:
        url=published_url(),
        spreadsheets=spreadsheets(),
        mirror=PLAN.config["mirror"],
        code=code("fetch_published.py"),
    script:
        "../scripts/fetch_published.py"


rule unpack_archive:
    """Unpack one archive after checking every name and size in it."""
    input:
        archive="resources/downloads/{archive}.zip",
    output:
        folder=directory("resources/unpacked/{archive}"),
    log:
        "logs/download/unpack_archive/{archive}.log",
    benchmark:
        "benchmarks/download/unpack_archive/{archive}.tsv"
    conda:
        "../envs/download.yaml"
    threads: 1
    resources:
        mem_mb=sized(1000),
        runtime=sized(10, per_mb=0.02),
    params:
        code=code("unpack_archive.py"),
    script:
        "../scripts/unpack_archive.py"


rule simulate_movie:
    """Simulate a movie of dividing cells with exact truth, in the challenge's layout."""
    output:
        folder=directory("resources/simulated/{sequence}"),
    log:
        "logs/download/simulate_movie/{sequence}.log",
    benchmark:
        "benchmarks/download/simulate_movie/{sequence}.tsv"
    conda:
        "../envs/prepare.yaml"
    threads: 1
    resources:
        mem_mb=sized(1000),
        runtime=sized(10),
    params:
        simulation=PLAN.config["simulation"],
        seed=PLAN.config["seed"],
        code=code("simulate_movie.py"),
    script:
        "../scripts/simulate_movie.py"


rule simulate_mosaic:
    """Simulate a still image of any size; its sequence is named by its side in pixels."""
    output:
        image=directory("resources/simulated/mosaic/{sequence}.ome.zarr"),
    log:
        "logs/download/simulate_mosaic/{sequence}.log",
    benchmark:
        "benchmarks/download/simulate_mosaic/{sequence}.tsv"
    wildcard_constraints:
        sequence=r"\d+",
    conda:
        "../envs/prepare.yaml"
    threads: 1
    resources:
        mem_mb=sized(1000),
        runtime=sized(120),
    params:
        seed=PLAN.config["seed"],
        code=code("simulate_mosaic.py"),
    script:
        "../scripts/simulate_mosaic.py"
