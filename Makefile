# Everything from a bare Python 3.11 (or 3.12): each target sets up .venv first. `make help` lists the targets.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
READY := .venv/.ready
SNAKEMAKE := $(BIN)/snakemake --cores all --rerun-incomplete --show-failed-logs
SHOW := $(BIN)/python scripts/show_scores.py results/score/scores.tsv results/report/report.html config/published.tsv \
	$(if $(MARKDOWN),--markdown)
MIRROR ?=
KILLS ?= 20
# A mirror holds reduced data (one sequence per set): train on its first part, score the rest.
BENCHMARK := --configfile config/benchmark/ctc.yaml config/benchmark/livecell.yaml \
	$(if $(MIRROR),--config mirror=$(abspath $(MIRROR)) split=reduced)
export PYTHONNOUSERSITE := 1

.DEFAULT_GOAL := help
.PHONY: help demo test test-long test-walks test-kill fuzz test-cluster test-conda test-crate lint benchmark \
	tracking stress labels instances scale speed live annotator costs verify extra handbook clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
	@echo; echo "Own images: snakemake --cores all --config input=path/to/images"
	@echo "After a run: snakemake --cores all napari | leaderboard | bundle | movies | suggest | zoo | crate"

$(READY): envs/requirements.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info[:2] not in ((3, 11), (3, 12)))' || \
		{ echo "cellweave needs Python 3.11 or 3.12 (found: $$($(PYTHON) --version)); set PYTHON=/path/to/it"; exit 1; }
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --disable-pip-version-check -r envs/requirements.txt
	@touch $@

demo: $(READY) ## two simulated movies through every stage to a report (about 5 minutes)
	$(SNAKEMAKE)
	@$(SHOW)

test: $(READY) ## the test suite, under 10 minutes on 2 cores
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest --numprocesses 2 --dist loadfile --no-loadscope-reorder -m "not slow and not cluster and not conda"

test-long: $(READY) ## all tests on this machine, the long ones included
	$(BIN)/python -m pytest -m "not cluster and not conda"

test-walks: $(READY) ## a new user's paths on real images of a mirror (CELLWEAVE_MIRROR=<folder>; about 15 minutes)
	@$(BIN)/python -c 'import onnxscript' 2>/dev/null || $(MAKE) --no-print-directory extra NAME=bioimageio
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest tests/workflow/test_walks.py -rs --durations=0

test-kill: $(READY) ## kill -9 at KILLS random moments of the tiny demo and of a run on real data (about 20 minutes each)
	CELLWEAVE_KILLS=$(KILLS) OMP_NUM_THREADS=1 $(BIN)/python -m pytest tests/workflow/test_killed.py --durations=0

fuzz: $(READY) ## 10,000 hostile files of each kind through the readers (about 20 minutes)
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest tests/fuzz -k 10000 --durations=0

test-cluster: $(READY) ## the workflow on a throw-away Slurm (Debian, as root)
	$(BIN)/python -m pytest tests/cluster -rs --durations=0

test-conda: $(READY) ## each stage in its own environment, from a local channel (about 10 minutes)
	@$(MAKE) --no-print-directory extra NAME=rattler
	$(BIN)/python -m pytest tests/conda -rs --durations=0

test-crate: $(READY) ## a run's RO-Crate against the profiles' own validator, in an environment of its own
	$(PYTHON) -m venv .snakemake/rocrate
	.snakemake/rocrate/bin/pip install --quiet --disable-pip-version-check -r envs/extras/rocrate.txt
	$(BIN)/python -m pytest tests/scripts/test_write_crate.py -rs

lint: $(READY) ## ruff, snakefmt and snakemake's own linter
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/snakefmt --check Snakefile rules
	$(BIN)/snakemake --lint

benchmark: $(READY) ## the published benchmarks; MIRROR=<folder> takes reduced data from there; MARKDOWN=1 prints for a README
	$(SNAKEMAKE) $(BENCHMARK)
	@$(SHOW)

tracking: $(READY) ## trackers on given detections of the challenge; MIRROR=<folder> as for the benchmark
	$(SNAKEMAKE) results/score/checked.tsv results/report/figures/trackers/trackers.svg \
		--configfile config/benchmark/tracking.yaml $(if $(MIRROR),--config mirror=$(abspath $(MIRROR)))
	@$(BIN)/python scripts/show_trackers.py results/score/scores.tsv results/report/figures/trackers/trackers.svg

labels: $(READY) ## how many labels are needed, from which start (about 2 hours); MIRROR as for benchmark
	$(SNAKEMAKE) results/score/scores.tsv results/report/figures/labels/labels.svg \
		--configfile config/benchmark/labels.yaml $(if $(MIRROR),--config mirror=$(abspath $(MIRROR)) split=reduced)
	@$(BIN)/python scripts/show_labels.py results/score/scores.tsv results/report/figures/labels/labels.tsv \
		results/report/figures/labels/labels.svg

instances: $(READY) ## two ways to tell objects apart, trained alike (40 minutes); MIRROR=<folder> as for the benchmark
	$(SNAKEMAKE) results/score/checked.tsv --configfile config/benchmark/representations.yaml \
		$(if $(MIRROR),--config mirror=$(abspath $(MIRROR)) split=reduced)
	@$(SHOW)

annotator: $(READY) ## is doubt worth asking for? a simulated annotator and a forest (20 minutes); MIRROR= as for the benchmark
	$(SNAKEMAKE) results/correct/annotator.tsv --configfile config/benchmark/annotator.yaml \
		$(if $(MIRROR),--config mirror=$(abspath $(MIRROR)))
	@$(BIN)/python scripts/show_annotator.py results/correct/annotator.tsv results/correct/annotator.svg

live: $(READY) ## segment, measure and track INPUT=<folder> as its frames arrive; MODEL=, FRAMES=, REFERENCE=<frames> (10)
	$(SNAKEMAKE) live --config live=True input_kind=movie input="$(INPUT)" reference_frames=$(or $(REFERENCE),10) \
		$(if $(MODEL),model="$(MODEL)") $(if $(FRAMES),live_frames=$(FRAMES))

stress: $(READY) ## trackers on dropped frames and on detections with errors; MIRROR=<folder> as for the benchmark
	$(SNAKEMAKE) results/score/checked.tsv results/report/figures/stress/stress.svg \
		--configfile config/benchmark/stress.yaml $(if $(MIRROR),--config mirror=$(abspath $(MIRROR)))
	@$(BIN)/python scripts/show_trackers.py results/score/scores.tsv results/report/figures/stress/stress.svg

scale: $(READY) ## time, memory and exactness on growing images, next to other programs (20 minutes); LARGE=1 for 32768 px
	@$(BIN)/python -c 'import dask_image, laptrack' 2>/dev/null || $(MAKE) extra NAME=peers
	$(SNAKEMAKE) scale --configfile config/benchmark/scale.yaml $(if $(LARGE),--config split=large)
	@$(BIN)/python scripts/show_scale.py results/scale/scale.tsv results/scale/comparisons.tsv

speed: $(READY) ## microseconds per detection of the linker, and the scores next to other scorers (10 minutes)
	@$(BIN)/python -c 'import traccuracy' 2>/dev/null || $(MAKE) extra NAME=scorers
	$(SNAKEMAKE) results/scale/linker.tsv results/scale/scores.tsv
	@column -t -s "$$(printf '\t')" results/scale/linker.tsv; column -t -s "$$(printf '\t')" results/scale/scores.tsv

costs: $(READY) ## fit the linker's default costs again; MIRROR=<folder> as for the benchmark
	$(SNAKEMAKE) results/track/costs/weave.yaml --configfile config/benchmark/costs.yaml \
		$(if $(MIRROR),--config mirror=$(abspath $(MIRROR)))

verify: $(READY) ## check downloads and results against the manifest of their run
	$(BIN)/python scripts/verify_results.py results/report/manifest.json

extra: $(READY) ## install an optional package: NAME=<a file of envs/extras without .txt>
	$(BIN)/pip install --disable-pip-version-check $$(sed -n 's/^# pip: //p' envs/extras/$(NAME).txt) -r envs/extras/$(NAME).txt

handbook: $(READY) ## write config/README.md from the schema
	$(BIN)/python scripts/write_handbook.py

clean: ## remove results, logs and the environment; downloads stay
	rm -rf results logs benchmarks .snakemake .venv
