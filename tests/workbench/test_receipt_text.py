"""The text of receipts from outside: read from PDF, e-mail and HTML, and nothing in them runs, loads or lasts."""

import contextlib
import os
import random
import time
import zlib
from datetime import date
from decimal import Decimal

import pytest
from receipt_files import mail, pdf, pdf_of, read_receipt, stream

from workbench.capabilities.books.receipts.child import MAX_CHARS, MAX_PAGES, text_of_html
from workbench.capabilities.books.receipts.text import MAX_BYTES, Unreadable, text_of

INVOICE = ("Muster Hosting GmbH", "Rechnung Nr. RE-117", "Datum: 03.05.2026", "Gesamtbetrag 42,10 EUR")


def test_a_pdf_is_read():
    found = read_receipt("invoice.pdf", pdf(*INVOICE))

    assert (found.amount, found.currency, found.number) == (Decimal("42.10"), "EUR", "RE-117")
    assert (found.day, found.vendor) == (date(2026, 5, 3), "Muster Hosting GmbH")


def test_an_e_mail_brings_its_sender_and_day():
    found = read_receipt("mail.eml", mail(plain="Thank you! Amount paid: $12.00"))

    assert (found.amount, found.vendor, found.day) == (Decimal("12.00"), "Tool Shop", date(2026, 5, 4))


def test_of_an_html_e_mail_what_is_shown_is_read():
    page = """
        <html><head><title>Total: $1.00</title><style>p {}</style></head><body>
        <script>document.write("Total: $2.00")</script>
        <div style="display: none">Total: $3.00<div>Total: $4.00</div></div><p hidden>Total: $5.00</p>
        <table><tr><td>Total</td><td><b>$</b>6.00</td></tr></table></body></html>
    """
    found = read_receipt("mail.eml", mail(html=page))

    assert [one.amount for one in found.amounts] == [Decimal("6.00")]


def test_a_pdf_attached_to_an_e_mail_is_read_with_it():
    found = read_receipt("mail.eml", mail(plain="See attached.", attached=pdf(*INVOICE)))

    assert (found.amount, found.number) == (Decimal("42.10"), "RE-117")


def test_a_damaged_attachment_does_not_take_the_e_mails_own_words():
    found = read_receipt("mail.eml", mail(plain="Amount paid: $12.00", attached=b"%PDF-1.7 nothing"))

    assert found.amount == 12


def test_an_image_is_known_by_its_name_alone():
    found = read_receipt("2026-05-03_Hetzner_42,10 EUR.jpg", b"\xff\xd8\xff\xe0 Total: 99,00 EUR")

    assert (found.amount, found.currency, found.day) == (Decimal("42.10"), "EUR", date(2026, 5, 3))


def test_a_scan_without_a_text_says_what_to_do():
    with pytest.raises(
        Unreadable, match=r"scan\.pdf was not read: it holds no text .*name the file after day"
    ):
        text_of("scan.pdf", pdf())


def test_what_is_too_large_is_not_opened():
    with pytest.raises(Unreadable, match="more than 15 MB"):
        text_of("large.pdf", b"%PDF-" + b" " * MAX_BYTES)


def test_a_pdf_with_a_password_says_so():
    locked = pdf_of(
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [] /Count 0 >>",
        b"<< /Filter /Standard /V 1 /R 2 /P -4 /O <%s> /U <%s> >>" % (b"41" * 32, b"42" * 32),
        trailer=b"/Encrypt 3 0 R /ID [<41> <41>]",
    )
    with pytest.raises(Unreadable, match="it has a password; save it without one"):
        text_of("locked.pdf", locked)


def test_a_stream_that_unfolds_without_end_is_left():
    bomb = zlib.compress(zlib.compress(b"BT (x) Tj ET\n" * 30_000_000, 9), 9)
    folded = pdf_of(
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] /Contents 4 0 R >>",
        stream(bomb, b"/Filter [/FlateDecode /FlateDecode]"),
    )
    began = time.monotonic()
    with pytest.raises(Unreadable):
        text_of("bomb.pdf", folded, seconds=3)
    assert time.monotonic() - began < 15


def test_pages_that_hold_themselves_are_left():
    circle = pdf_of(
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [2 0 R 2 0 R] /Count 99999999 >>",
    )
    with pytest.raises(Unreadable):
        text_of("circle.pdf", circle, seconds=3)


def test_of_many_pages_the_first_are_read():
    kids = b" ".join(b"%d 0 R" % (3 + 2 * at) for at in range(2 * MAX_PAGES))
    pages = []
    for at in range(2 * MAX_PAGES):
        pages.append(
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 99 99] /Contents %d 0 R /Resources <<"
            b" /Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >> >>" % (4 + 2 * at)
        )
        pages.append(stream(b"BT /F1 9 Tf (page %d.) Tj ET" % (at + 1)))
    book = pdf_of(
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [%s] /Count %d >>" % (kids, 2 * MAX_PAGES),
        *pages,
    )
    found = text_of("book.pdf", book).text

    assert f"page {MAX_PAGES}." in found
    assert f"page {MAX_PAGES + 1}." not in found


def test_a_script_in_a_pdf_does_nothing(tmp_path):
    trace = tmp_path / "trace"
    acting = pdf_of(
        b"<< /Type /Catalog /Pages 2 0 R /OpenAction << /S /Launch /F (touch %s) >> >>" % os.fsencode(trace),
        b"<< /Type /Pages /Kids [] /Count 0 >>",
    )
    with pytest.raises(Unreadable, match="it holds no text"):
        text_of("acting.pdf", acting)
    assert not trace.exists()


def test_a_long_text_is_cut():
    assert len(text_of("long.txt", b"Total $1.00 " * 200_000).text) == MAX_CHARS


@pytest.mark.parametrize("seed", range(4))
def test_damaged_files_are_read_or_refused_and_nothing_else(seed):
    chance = random.Random(seed)
    for whole in (pdf(*INVOICE), mail(html="<p>Total: $6.00</p>", attached=pdf(*INVOICE))):
        damaged = bytearray(whole)
        for _ in range(chance.randrange(1, 30)):
            damaged[chance.randrange(len(damaged))] = chance.randrange(256)
        with contextlib.suppress(Unreadable):  # nothing else may be raised
            read_receipt("damaged", bytes(damaged[: chance.randrange(100, len(damaged))]))


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    "piece", ["<", "<!", "<!--", "<a", "<a b='", "&", "&#", "</", "<div hidden>", "<![CDATA["]
)
def test_no_page_takes_long(piece):
    """On what ends within the limit the answer counts, on what does not that it ended."""
    began = time.monotonic()
    with contextlib.suppress(Unreadable):
        text_of("page.html", b"<html>" + piece.encode() * (500_000 // len(piece)), seconds=2)
    assert time.monotonic() - began < 12


def test_blocks_are_lines_and_words_stay_whole():
    assert text_of_html("<p>To<b>tal</b></p><p>$1&nbsp;&euro;</p>").split("\n") == [
        "",
        "Total",
        "",
        "$1\xa0€",
        "",
    ]
