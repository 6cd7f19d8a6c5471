# /// script
# [tool.marimo.display]
# theme = "system"
# ///
"""What needs me, how much money is at risk, what happened since yesterday, and what is stuck?"""

import marimo

__generated_with = "0.25.2"
app = marimo.App(width="medium", app_title="Today", css_file="views.css")

with app.setup:
    import marimo as mo

    from opc_kernel.errors import KernelError
    from workbench import view_page as page
    from workbench import view_today as today


@app.cell
def title():
    company = page.opened()
    head = page.header(company, "today")
    mo.stop(isinstance(company, KernelError), head)
    head
    return (company,)


@app.cell
def clock(company):
    version, set_version = mo.state(page.data_version(company))
    tick = mo.ui.refresh(default_interval=page.WATCH_EVERY)
    mo.Html(f'<div class="wb-hidden">{tick}</div>')
    return set_version, tick, version


@app.cell
def watch(company, set_version, tick, version):
    tick
    _now = page.data_version(company)
    if _now != version():
        set_version(_now)
    return


@app.cell
def beginning(company, version):
    version()
    _step = page.next_step(company)
    mo.stop(_step is not None, _step)
    rows = company.queue()
    return (rows,)


@app.cell
def held(company, rows):
    rows
    today.held(company)
    return


@app.cell
def unmended(company, rows):
    rows
    today.unmended(company)
    return


@app.cell
def waiting(company, rows):
    today.waiting(company, rows)
    return


@app.cell
def wish(company):
    asked = mo.ui.text(placeholder="What should be done? For example: publish hello", full_width=True).form(
        submit_button_label="Ask for it", clear_on_submit=True, bordered=False
    )
    mo.vstack([page.element("h2", "Ask for work"), asked])
    return (asked,)


@app.cell
def asked_for(asked, company):
    mo.stop(not asked.value)
    today.ask_for(company, asked.value)
    return


@app.cell
def sheets(company, rows):
    rows
    today.out_of_sync(company)
    return


@app.cell
def settled(company, rows):
    rows
    today.settled(company)
    return


@app.cell
def happened(company, rows):
    rows
    today.happened(company)
    return


@app.cell
def blocked(company, rows):
    rows
    today.blocked(company)
    return


if __name__ == "__main__":
    app.run()
