# /// script
# [tool.marimo.display]
# theme = "system"
# ///
"""What waits for my decision, on what does it rest, and what do I say?"""

import marimo

__generated_with = "0.25.2"
app = marimo.App(width="medium", app_title="Queue", css_file="views.css")

with app.setup:
    from datetime import timedelta

    import marimo as mo

    from opc_kernel.errors import KernelError
    from workbench import view_page as page
    from workbench import view_queue as queue


@app.cell
def title():
    company = page.opened()
    head = page.header(company, "queue")
    mo.stop(isinstance(company, KernelError), head)
    head
    return (company,)


@app.cell
def memory():
    said, set_said = mo.state(None)
    address = mo.query_params()
    place = {"row": address.get("row")}  # a plain dictionary: moving in the list must not rebuild it
    return address, place, said, set_said


@app.cell
def clock():
    refresh = mo.ui.button(label="Refresh", kind="neutral")
    tick = mo.ui.refresh(default_interval=page.WATCH_EVERY)
    return refresh, tick


@app.cell
def listing(company, refresh, said):
    said()
    refresh
    rows = company.queue()
    listed = rows[: queue.ROWS_LISTED]
    company.shown(listed, channel=queue.CHANNEL)
    return listed, rows


@app.cell
def verdict(said):
    _said = said()
    queue.said_html(_said) if _said else None
    return


@app.cell
def news(company, refresh, rows, tick):
    _news = queue.news(rows, company.queue())
    mo.Html(
        f'<div class="wb-bar-line"><span class="wb-hidden">{tick}</span>'
        f"{page.element('span', queue.count(rows, _news)).text}{refresh}</div>"
    )
    return


@app.cell
def waiting(company, listed, place):
    _step = page.next_step(company)
    mo.stop(not listed, _step or page.word("Nothing waits for you."))
    _labels = queue.labels(listed, company.settings.base_currency)
    chosen = mo.ui.radio(options=_labels, value=page.first_of(_labels, place["row"]))
    chosen
    return (chosen,)


@app.cell
def row_whole(address, chosen, company, listed, place):
    row = next(each for each in listed if each.key == chosen.value)
    place["row"] = row.key
    address["row"] = row.key
    queue.row_html(company, row)
    return (row,)


@app.cell
def deciding(company, listed, place, row, set_said):
    _tomorrow = company.today + timedelta(days=1)

    def _field(word, name):
        match word, name:
            case _, "choice":
                return mo.ui.radio(options=queue.choices(row))
            case "answer", "content":
                return mo.ui.text(placeholder=row.typed, full_width=True)
            case _, "content":
                return mo.ui.text_area(value=row.content or "", full_width=True)
            case _, "until":
                return mo.ui.date(value=_tomorrow, start=_tomorrow)
            case _:
                return mo.ui.text_area(rows=2, full_width=True)

    def _form(word):
        def _decide(values):
            _said = queue.decide(company, listed, row, word, values)
            place["row"] = _said.next
            set_said(_said)

        _names = queue.fields(row, word)
        return (
            mo.Html(queue.form_html(word, _names).text)
            .batch(**{name: _field(word, name) for name in _names})
            .form(
                bordered=False,
                submit_button_label=queue.TITLES[word],
                validate=lambda values: queue.missing(word, values),
                on_change=_decide,
            )
        )

    _words = queue.order(row)
    mo.vstack(
        [
            queue.decision_title(row),
            mo.ui.tabs({queue.TITLES[word]: _form(word) for word in _words}, value=queue.TITLES[_words[0]]),
        ]
    )
    return


if __name__ == "__main__":
    app.run()
