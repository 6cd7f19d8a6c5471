"""A part of a report: the same as HTML and as text, with nothing in it that runs, loads or leads away."""

from decimal import Decimal
from html.parser import HTMLParser

from opc_kernel.errors import KernelError
from workbench.reports.dress import dressed
from workbench.reports.part import Part, part, titled
from workbench.reports.plain import plain_text
from workbench.view_figures import figure, figures
from workbench.view_page import element, joined, soft, word

HOSTILE = '<img src="http://127.0.0.1:9/x" onerror="alert(1)">"><script>alert(2)</script>'


class Seen(HTMLParser):
    """What a browser would make of HTML."""

    def __init__(self, html):
        super().__init__()
        self.tags, self.attributes, self.words, self.open = [], {}, "", []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes.setdefault(tag, []).append(dict(attrs))
        if tag != "img":
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.words += data


def test_a_part_is_html_and_text_alike():
    bundle = Part(titled("Due", soft("Nothing is due.")))._repr_mimebundle_()

    assert bundle["text/plain"] == "Due\nNothing is due."
    assert Seen(bundle["text/html"]).words == "DueNothing is due."


def test_what_a_stranger_wrote_stays_text():
    made = element("ul", element("li", element("a", HOSTILE, href="../queue/?row=x")))
    seen = Seen(dressed(made))

    assert seen.words == HOSTILE
    assert seen.tags == ["div", "ul", "li", "span"]
    assert plain_text(made) == f"- {HOSTILE}"


def test_looks_stand_in_the_elements_and_no_class_or_link_is_left():
    seen = Seen(dressed(joined([word("Held.", good=False), element("a", "Queue", href="../queue/")])))

    assert "border-left: 4px solid #c8453f" in seen.attributes["div"][1]["style"]
    assert {name for each in seen.attributes.values() for attributes in each for name in attributes} == {
        "role",
        "style",
    }


def test_all_that_is_open_is_closed():
    seen = Seen(dressed(titled("A", figures(("x", "y"), [("1", figure(Decimal(2), "EUR"))], caption="C"))))

    assert seen.open == []


def test_tables_stand_in_columns():
    table = figures(
        ("What", "Money"),
        [("Rent", figure(Decimal("-620"), "EUR")), ("Invoice 7", figure(Decimal(9), "EUR"))],
    )

    assert plain_text(table).splitlines() == [
        "What             Money",
        "Rent       −620.00 EUR",
        "Invoice 7     9.00 EUR",
    ]


def test_steps_show_what_is_done_and_what_is_missing():
    steps = element(
        "ul",
        element("li", element("b", "the month is over"), class_="wb-done"),
        element(
            "li",
            element("b", "costs have receipts"),
            element("ul", element("li", "Rent")),
            class_="wb-missing",
        ),
    )

    assert plain_text(steps).splitlines() == ["✓ the month is over", "! costs have receipts", "  - Rent"]
    assert Seen(dressed(steps)).words == "✓ the month is over! costs have receiptsRent"


def test_a_sign_that_turns_text_around_is_spelled_out():
    assert plain_text(soft("abc\u202etxt.exe")) == "abc⟨U+202E⟩txt.exe"


def test_a_part_that_cannot_be_made_says_why_and_the_rest_goes_on():
    class Report:
        @part
        def broken(self):
            raise KernelError("The index is gone.", "Run 'workbench doctor'.")

    assert str(Report().broken()) == "The index is gone.\nRun 'workbench doctor'."
