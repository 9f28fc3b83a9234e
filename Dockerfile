# The workflow and its one pinned environment in an image, without a GPU:
#   docker build -t cellweave .
#   docker run --rm -v "$PWD":/work -u "$(id -u):$(id -g)" cellweave --cores all
# Results appear in the mounted folder. envs/cellweave.def is the same for apptainer.
FROM python:3.11-slim-bookworm
# make: for the targets; git: the manifest records the commit. A font for figures comes with matplotlib.
RUN apt-get update && apt-get install -y --no-install-recommends git make && rm -rf /var/lib/apt/lists/*
COPY envs/requirements.txt /opt/requirements.txt
# TORCH: where pip finds the CPU build of torch, such as `--index-url <PyTorch's index of CPU builds>`; without it pip
# takes the build with CUDA, several GB more, which uses the host's GPUs under `docker run --gpus all`.
ARG TORCH=""
RUN version=$(sed -n 's/^torch==//p' /opt/requirements.txt) \
    && pip install --no-cache-dir --no-deps $TORCH "torch==$version" \
    && pip install --no-cache-dir -r /opt/requirements.txt
COPY . /opt/cellweave
# Any user may run it: what is cached goes to the temporary folder.
ENV HOME=/tmp XDG_CACHE_HOME=/tmp MPLCONFIGDIR=/tmp NUMBA_CACHE_DIR=/tmp PYTHONNOUSERSITE=1
WORKDIR /work
ENTRYPOINT ["snakemake", "--snakefile", "/opt/cellweave/Snakefile"]
CMD ["--cores", "all"]
