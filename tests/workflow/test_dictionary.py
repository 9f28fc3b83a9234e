"""The data dictionary by itself; `test_end_to_end` holds it against the files of a run."""

from dictionary import ENDINGS, dictionary


def test_units_are_those_of_the_names():
    for entry in dictionary().itertuples():
        ending = max((e for e in ENDINGS if entry.column.endswith(e)), key=len, default=None)
        if ending:
            assert entry.unit == ENDINGS[ending], f"{entry.table}: {entry.column}"


def test_every_column_is_defined_once():
    entries = dictionary()
    assert not entries.duplicated(["table", "column"]).any()
    assert entries["definition"].str.fullmatch(r"[A-Z0-9duy].{3,}[.)]").all(), "a sentence"
