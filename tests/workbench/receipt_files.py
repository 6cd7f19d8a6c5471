"""Receipts as files: a small PDF with lines of text, an e-mail with an attachment; and one read from its bytes."""

from email.message import EmailMessage
from pathlib import PurePath

from workbench.capabilities.books.receipts.file_name import read_name
from workbench.capabilities.books.receipts.reading import read
from workbench.capabilities.books.receipts.text import is_image, text_of


def read_receipt(name, content):
    if is_image(name, content):
        return read_name(PurePath(name).stem)
    arrived = text_of(name, content)
    return read(arrived.text, sender=arrived.sender, sent_on=arrived.sent_on)


def pdf(*lines, extra=b""):
    """A PDF of one page, each line below the other."""
    drawn = b"BT /F1 12 Tf 50 800 Td " + b" ".join(
        b"(%s) Tj 0 -18 Td" % line.replace("(", r"\(").replace(")", r"\)").encode("cp1252") for line in lines
    ) + b" ET"  # fmt: skip
    return pdf_of(
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R"
        b" /Resources << /Font << /F1 5 0 R >> >> >>",
        stream(drawn + extra),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    )


def stream(content, more=b""):
    """A stream object."""
    return b"<< /Length %d %s >>\nstream\n%s\nendstream" % (len(content), more, content)


def pdf_of(*objects, trailer=b""):
    """A PDF of these objects, numbered from 1, the first being its catalog."""
    written, offsets = b"%PDF-1.7\n", []
    for number, content in enumerate(objects, 1):
        offsets.append(len(written))
        written += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    start = len(written)
    written += b"xref\n0 %d\n0000000000 65535 f \n%s" % (len(objects) + 1, table)
    return written + b"trailer << /Size %d /Root 1 0 R %s >>\nstartxref\n%d\n%%%%EOF\n" % (
        len(objects) + 1, trailer, start,
    )  # fmt: skip


def mail(*, plain=None, html=None, attached=None, sender="Tool Shop <billing@tools.example>"):
    """An e-mail as bytes."""
    message = EmailMessage()
    message["From"] = sender
    message["To"] = "me@huber.example"
    message["Subject"] = "Your receipt"
    message["Date"] = "Mon, 04 May 2026 08:00:00 +0000"
    if plain is not None:
        message.set_content(plain)
    if html is not None and plain is None:
        message.set_content(html, subtype="html")
    elif html is not None:
        message.add_alternative(html, subtype="html")
    if attached is not None:
        message.add_attachment(attached, maintype="application", subtype="pdf", filename="receipt.pdf")
    return bytes(message)
