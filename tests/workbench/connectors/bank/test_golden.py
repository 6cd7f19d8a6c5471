"""Each golden file says today what it said when its result was looked at; see golden.py."""

import pytest
from golden import expected, golden_files, told

FILES = golden_files()


@pytest.mark.parametrize("name", FILES)
def test_a_golden_file_reads_as_expected(name):
    assert told(FILES[name]) == expected(FILES[name]).read_text("utf-8")
