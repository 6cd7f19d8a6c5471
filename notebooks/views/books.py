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
    address = mo.query_params()
    _months = books.months(company)
    mo.stop(not _months, page.word("No transaction is booked yet."))
    chosen = mo.ui.dropdown(options=_months, value=page.first_of(_months, address.get("month")))
    refresh = mo.ui.button(label="Refresh", kind="neutral")
    tick = mo.ui.refresh(default_interval=page.WATCH_EVERY)
    return address, chosen, refresh, tick


@app.cell
def month(address, chosen, company, refresh):
    refresh
    address["month"] = chosen.value
    try:
        month = books.month(company, chosen.value)
        version = page.data_version(company)
    except KernelError as _error:
        mo.stop(predicate=True, output=page.problem(_error))
    return month, version


@app.cell
def bar(chosen, company, refresh, tick, version):
    tick
    _news = "The books have changed since." if page.data_version(company) != version else ""
    mo.Html(
        f'<div class="wb-bar-line"><span class="wb-hidden">{tick}</span>{chosen}'
        f"{page.element('span', _news).text}{refresh}</div>"
    )
    return


@app.cell
def glance(month):
    books.glance(month)
    return


@app.cell
def open_title(month):
    month
    page.element("h2", "Open, and why")
    return


@app.cell
def deciding(address, company, month):
    def _moved(key):
        address["row"] = key

    desk = QueueWidget(
        company,
        rows=lambda: books.rows_of_month(company, month.month),
        wanted=address.get("row"),
        moved=_moved,
    )
    mo.ui.anywidget(desk)
    return (desk,)


@app.cell
def watch(desk, tick):
    tick
    desk.watch()
    return


@app.cell
def numbers(month):
    mo.Html(
        page.joined(
            [
                books.checklist(month),
                books.cash(month),
                books.owed(month),
                books.tax(month),
                books.categories(month),
            ]
        ).text
    )
    return


@app.cell
def lines(company, month):
    ledger = mo.ui.anywidget(LinesWidget(books.lines(company, month.month)))
    mo.vstack([page.element("h2", "Lines, and what each rests on"), ledger])
    return (ledger,)


@app.cell
def chain_of(company, ledger):
    chain(company, ledger.value.get("selected"))
    return


@app.cell
def charts(company, month):
    from workbench import view_charts

    _charts = {
        "Cash": view_charts.cash_chart(company),
        "Income, cost and result": view_charts.result_chart(company),
        "Receivables by age": view_charts.owed_chart(month.owed, month.base),
    }
    mo.vstack(
        [each for name, chart in _charts.items() if chart for each in (page.element("h2", name), chart)]
    )
    return


if __name__ == "__main__":
    app.run()
