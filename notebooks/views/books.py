# /// script
# [tool.marimo.display]
# theme = "system"
# ///
"""How did the month go, what is open in it and why, and what does each line of it rest on?"""

import marimo

__generated_with = "0.25.2"
app = marimo.App(width="medium", app_title="Books", css_file="views.css")

with app.setup:
    import marimo as mo

    from opc_kernel.errors import KernelError
    from workbench import view_books as books
    from workbench import view_page as page
    from workbench.view_chain import chain
    from workbench.widgets.lines_widget import LinesWidget
    from workbench.widgets.queue_widget import QueueWidget


@app.cell
def title():
    company = page.opened()
    head = page.header(company, "books")
    mo.stop(isinstance(company, KernelError), head)
    head
    return (company,)


@app.cell
def choice(company):
    _step = page.next_step(company)
    mo.stop(_step is not None, _step)
    _address = mo.query_params()  # whoever sets a part of it through `remember` rebuilds nothing
    wanted = {name: _address.get(name) for name in ("month", "row", "line")}

    def remember(name, value):
        _address[name] = value

    with page.told(mo.stop):
        _months = books.months(company)
    mo.stop(not _months, page.word("No transaction is booked yet."))
    chosen = mo.ui.dropdown(options=_months, value=page.first_of(_months, wanted["month"]), label="Month")
    version, set_version = mo.state(page.data_version(company))
    tick = mo.ui.refresh(default_interval=page.WATCH_EVERY)
    mo.Html(f'<div class="wb-bar-line"><span class="wb-hidden">{tick}</span>{chosen}</div>')
    return chosen, remember, set_version, tick, version, wanted


@app.cell
def month(chosen, company, remember, version):
    version()
    remember("month", chosen.value)
    with page.told(mo.stop):
        month = books.month(company, chosen.value)
    return (month,)


@app.cell
def glance(month):
    books.glance(month)
    return


@app.cell
def deciding(chosen, company, remember, wanted):
    with page.told(mo.stop):
        desk = QueueWidget(
            company,
            rows=lambda: books.rows_of_month(company, chosen.value),
            wanted=wanted["row"],
            moved=lambda key: remember("row", key),
        )
    mo.vstack([page.element("h2", "Open, and why"), mo.ui.anywidget(desk)])
    return (desk,)


@app.cell
def watch(company, desk, set_version, tick, version):
    tick
    _now = page.data_version(company)
    if _now != version():
        desk.watch()
        set_version(_now)
    return


@app.cell
def numbers(month):
    _parts = (books.checklist, books.cash, books.owed, books.tax, books.categories)
    page.joined(part(month) for part in _parts)
    return


@app.cell
def lines(chosen, wanted):
    chosen.value
    ledger = mo.ui.anywidget(LinesWidget(selected=wanted["line"]))
    mo.vstack([page.element("h2", "Lines, and what each rests on"), ledger])
    return (ledger,)


@app.cell
def lines_now(company, ledger, month):
    with page.told(mo.stop):
        ledger.widget.lines = books.lines(
            company, month.month
        )  # the widget stays: its filter and its choice do too
    return


@app.cell
def chain_of(company, ledger, month, remember):
    month
    _line = ledger.value.get("selected") or ""
    remember("line", _line)
    with page.told(mo.stop):
        _chain = chain(company, _line)
    _chain
    return


@app.cell
def charts(company, month):
    from workbench import view_charts

    with page.told(mo.stop):
        _charts = view_charts.of_books(company, month)
    mo.vstack([part for pair in _charts for part in pair])
    return


if __name__ == "__main__":
    app.run()
