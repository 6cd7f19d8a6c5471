# /// script
# [tool.marimo.display]
# theme = "system"
# ///
"""How does the company run: what waits, what works, what leaves, and what goes wrong?"""

import marimo

__generated_with = "0.25.2"
app = marimo.App(width="medium", app_title="Health", css_file="views.css")

with app.setup:
    import marimo as mo

    from opc_kernel.errors import KernelError
    from workbench import health
    from workbench import view_health as view
    from workbench import view_page as page


@app.cell
def title():
    company = page.opened()
    head = page.header(company, "health")
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
def looking(company, version):
    version()
    _step = page.next_step(company)
    mo.stop(_step is not None, _step)
    with page.told(mo.stop):
        found = health.look(company)
    return (found,)


@app.cell
def state(company, found):
    view.state(company, found)
    return


@app.cell
def numbers(found):
    view.numbers(found)
    return


@app.cell
def ledgers(found):
    view.ledgers(found)
    return


@app.cell
def accounts(company, found):
    view.accounts(company, found)
    return


@app.cell
def work(found):
    view.work(found)
    return


@app.cell
def under_way(company, found):
    view.under_way(company, found)
    return


@app.cell
def spend(found):
    view.spend(found)
    return


if __name__ == "__main__":
    app.run()
