"""`make help`: every target, aligned, in one screen."""

import re
import subprocess


def test_help_lists_every_target_aligned(root):
    text = (root / "Makefile").read_text()
    targets = set(re.findall(r"^([a-z][a-z-]*):", text, re.M))
    phony = re.search(r"^\.PHONY:((?:.*\\\n)*.*)", text, re.M)[1].replace("\\\n", " ").split()
    assert targets == set(phony)
    shown = subprocess.run(
        ["make", "--no-print-directory", "help"], cwd=root, capture_output=True, text=True, check=True
    ).stdout.splitlines()
    listed = {line.split()[1]: line for line in shown if line.startswith("make ")}
    assert set(listed) == targets
    assert {len(re.match(r"make \S+ +", line)[0]) for line in listed.values()} == {len("make ") + 15}
    assert len(shown) <= 30 and max(map(len, shown)) <= 140


def test_help_names_what_is_made_on_demand(root):
    rules = set(re.findall(r"^rule (\w+):", (root / "Snakefile").read_text(), re.M)) - {"all", "report"}
    shown = subprocess.run(
        ["make", "--no-print-directory", "help"], cwd=root, capture_output=True, text=True, check=True
    ).stdout
    made = set(re.findall(r"\w+", shown.splitlines()[-1].partition("--cores all")[2]))
    targets = set(re.findall(r"^make (\S+)", shown, re.M))
    assert rules - targets == made


def test_help_is_what_make_alone_shows(root):
    alone, asked = (
        subprocess.run(["make", "--no-print-directory", *words], cwd=root, capture_output=True, text=True).stdout
        for words in ([], ["help"])
    )
    assert alone == asked
