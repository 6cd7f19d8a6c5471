"""Receipts that others wrote, where given: amounts are right or rightly unknown, pages say what is stated of them."""

import os
from pathlib import Path

from tests.receipt_corpus import UNKNOWN, emails, pages

EMAILS = os.environ.get("WORKBENCH_EMAIL_CORPUS", "")
PAGES = os.environ.get("WORKBENCH_LEDGER_CORPUS", "")


def test_most_amounts_are_right_or_rightly_unknown(not_run, told):
    if not EMAILS:
        not_run("WORKBENCH_EMAIL_CORPUS names no folder with a corpus; see tests/receipt_corpus.py")
    asked = emails(Path(EMAILS))
    right = [one for one in asked if one.is_right]
    wrong_amounts = [one for one in asked if one.ours not in (UNKNOWN, one.ideal)]
    told(f"{len(right)} of {len(asked)} right, {len(wrong_amounts)} a wrong amount")

    assert len(right) > 0.75 * len(asked)
    assert wrong_amounts == []


def test_pages_say_what_is_stated_of_them(not_run):
    if not PAGES:
        not_run("WORKBENCH_LEDGER_CORPUS names no folder with a corpus; see tests/receipt_corpus.py")
    found = pages(Path(PAGES))
    differing = [page for page in found if page.stated[:2] != page.ours[:2]]
    other_totals = [page for page in found if page.stated[2] not in (None, page.ours[2])]

    assert found
    assert (differing, other_totals) == ([], [])
