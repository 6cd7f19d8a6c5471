"""An executed notebook as a page: what it says is shown, and nothing of it can do anything."""

import json
import time

import pytest
from duty import cell, content

from workbench.jobs.report_clean import TooDeep, clean
from workbench.jobs.report_html import MAX_CHARS, MAX_HTML_CHARS, POLICY, report_html, report_parts


def code(*outputs, text="work()", tags=()):
    return {**cell(text, *tags), "outputs": [*outputs], "execution_count": 1}


def shown(**kinds):
    return {
        "output_type": "display_data",
        "metadata": {},
        "data": {k.replace("_", "/"): v for k, v in kinds.items()},
    }


def html(text):
    return shown(text_html=text, text_plain="plain words")


def page(*cells):
    return "".join(part.text for part in report_parts(cells))


class TestWhatItShows:
    def test_words_as_words_and_code_folded(self):
        text = page(cell("# The day\n\n|a|b|\n|-|-|\n|1|2|", kind="markdown"), code(text="x = 1"))

        assert "<h1>The day</h1>" in text
        assert "<td>1</td>" in text
        assert "<details><summary>Cell 2</summary><pre>x = 1</pre></details>" in text

    def test_streams_without_the_signs_of_a_terminal(self):
        said = {
            "output_type": "stream",
            "name": "stdout",
            "text": ["\x1b[1;31mred\x1b[0m ", "\x1b]0;title\x07on\x1b[2K"],
        }

        assert '<pre class="said">red on</pre>' in page(code(said))

    def test_a_failure_with_its_code_open_and_its_traceback_folded(self):
        error = {
            "output_type": "error",
            "ename": "ValueError",
            "evalue": "no <b>good</b>",
            "traceback": ["\x1b[31mline 1\x1b[0m", "line 2"],
        }
        text = page(code(error))

        assert '<section class="failed"><details open="">' in text
        assert "<strong>ValueError: no &lt;b&gt;good&lt;/b&gt;</strong>" in text
        assert "line 1\nline 2" in text

    def test_tables_of_pandas_without_their_style(self):
        row = '<tr style="text-align: right;"><td>7</td></tr>'
        frame = f'<style scoped>.dataframe {{}}</style><table border="1" class="dataframe">{row}</table>'
        text = page(code(html(f"<div>{frame}</div>")))

        assert f"<table><tbody>{row}</tbody></table>" in text
        assert "dataframe" not in text

    @pytest.mark.parametrize("kind", ["image/png", "image/jpeg", "image/gif"])
    def test_pictures_as_they_stand_in_the_notebook(self, kind):
        output = {"output_type": "display_data", "data": {kind: "aGVs\nbG8=\n", "text/plain": "a chart"}}

        assert f'<img src="data:{kind};base64,aGVs\nbG8=\n" alt="a chart">' in page(code(output))

    def test_drawings_as_pictures_so_that_no_script_in_them_runs(self):
        drawing = {"output_type": "display_data", "data": {"image/svg+xml": "<svg onload='alert(1)'/>"}}
        text = page(code(drawing))

        assert 'src="data:image/svg+xml;base64,' in text
        assert "onload" not in text

    def test_a_chart_that_is_a_drawing_within_a_picture(self):
        chart = '<img alt="Cash" src="data:image/svg+xml;base64,AAAA">'

        assert clean(chart) == chart

    def test_charts_that_need_a_script_as_their_words(self):
        chart = {"application/vnd.vegalite.v5+json": {"url": "http://far"}, "text/plain": "alt.Chart(…)"}

        assert ">alt.Chart(…)<" in page(code({"output_type": "display_data", "data": chart}))

    def test_nothing_of_papermill_and_of_the_check(self):
        ours = [
            code(text="1", tags=[tag])
            for tag in ("injected-parameters", "workbench-check", "papermill-error-cell-tag")
        ]

        assert page(*ours) == ""


class TestWhatItLeavesOut:
    @pytest.mark.parametrize(
        "text",
        [
            "<script>x()</script>",
            "<img src=x onerror=x()>",
            "<p onclick='x()'>",
            "<iframe src='http://far'></iframe>",
            "<form action='http://far'><input></form>",
            "<meta http-equiv='refresh' content='0;url=http://far'>",
            "<link rel=stylesheet href='http://far'>",
            "<style>@import 'http://far'</style>",
            "<p style='background-image:url(http://far)'>",
            "<p style='background-color:url(http://far)'>",
            "<svg><script>x()</script></svg>",
            "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=1 onerror=x()&gt;'>",
            "<img src='data:text/html,<script>x()</script>'>",
            "<base href='http://far'><a target=_top href='x'>y</a>",
            "<object data='http://far'></object><embed src='http://far'>",
            "<video poster='http://far'><source src='http://far'></video>",
            "<noscript><p title='</noscript><img src=x onerror=x()>'>",
        ],
    )
    def test_whatever_runs_or_loads(self, text):
        kept = clean(text).lower()

        for word in (
            "<script",
            "onerror=",
            "onclick=",
            "src=",
            "href=",
            "url(",
            "<iframe",
            "<form",
            "<meta",
            "<link",
            "<style",
            "<base",
            "<object",
        ):
            assert word not in kept.replace("[picture not loaded: x]", "").replace("&lt;", ""), kept

    def test_links_are_told_where_they_would_lead(self):
        assert clean('<a href="https://far/x?y=1">here</a>') == "here ‹https://far/x?y=1›"
        assert clean('<a href="https://far/">https://far/</a>') == "https://far/"
        told = page(
            cell("[me](data:text/html;base64,PHNjcmlwdD4=) ![i](https://far/i.png?q=secret)", kind="markdown")
        )
        assert "href" not in told
        assert "[picture not loaded: i https://far/i.png?q=secret]" in told

    def test_html_in_the_words_stays_text(self):
        assert "&lt;img src=x&gt;" in page(cell("<img src=x>", kind="markdown"))

    def test_what_turns_words_around_is_spelled_out(self):
        assert "⟨U+202E⟩" in page(code({"output_type": "stream", "name": "stdout", "text": "pay \u202e"}))

    def test_html_that_is_made_to_take_long(self):
        started = time.monotonic()
        with pytest.raises(TooDeep):
            clean("<div>" * 50_000)
        assert ">plain words<" in page(code(html("<div>" * 50_000)))
        assert ">plain words<" in page(code(html("x" * (MAX_HTML_CHARS + 1))))
        assert time.monotonic() - started < 10

    def test_what_is_more_than_a_browser_opens(self):
        picture = {"output_type": "display_data", "data": {"image/png": "A" * 1_900_000}}
        text = page(*[code(picture)] * 5)

        assert len(text) < MAX_CHARS + 1_000
        assert "Left out here: 4 cells." in text

    @pytest.mark.parametrize(
        "output",
        [
            {},
            {"output_type": "new"},
            shown(image_png="no base64!"),
            shown(text_html=["<b>", 7, None]),
            shown(),
            {"output_type": "error"},
        ],
    )
    def test_outputs_of_any_shape_do_no_harm(self, output):
        assert page(code(output)).startswith("<section")


def test_the_page_forbids_itself_to_load_and_to_run(tmp_path):
    (tmp_path / "x.ipynb").write_text(json.dumps(content()))
    text = report_html(tmp_path, "x.ipynb")

    assert text.index(f'content="{POLICY}"') < text.index("<style>") < text.index("<body>")
    assert POLICY.startswith("default-src 'none'")
    assert "script-src" not in POLICY


def test_a_file_that_is_gone_or_none_is_told(tmp_path):
    (tmp_path / "broken.ipynb").write_text("{")

    assert "can&#x27;t be read" in report_html(tmp_path, "gone.ipynb")
    assert "the file is no notebook" in report_html(tmp_path, "broken.ipynb")
