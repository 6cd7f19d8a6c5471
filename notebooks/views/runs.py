# /// script
# [tool.marimo.display]
# theme = "system"
# ///
"""What ran by itself, what came of it, and what is due next?"""

import marimo

__generated_with = "0.25.2"
app = marimo.App(width="medium", app_title="Runs", css_file="views.css")

with app.setup:
    import marimo as mo

    from opc_kernel.errors import KernelError
    from workbench import view_page as page
    from workbench import view_run, view_runs
    from workbench.widgets.runs_widget import RunsWidget


@app.cell
def title():
    company = page.opened()
    head = page.header(company, "runs")
    mo.stop(isinstance(company, KernelError), head)
    head
    return (company,)


@app.cell
def first_step(company):
    page.next_step(company)
    return


@app.cell
def jobs_and_runs(company):
    _address = mo.query_params()
    with page.told(mo.stop):
        desk = RunsWidget(company, selected=_address.get("run"))

    def remember(run):
        _address["run"] = run

    tick = mo.ui.refresh(default_interval=view_runs.WATCH_EVERY)
    moves, set_moves = mo.state(0)
    found = mo.ui.anywidget(desk)
    mo.vstack([mo.Html(f'<div class="wb-hidden">{tick}</div>'), found])
    return desk, found, moves, remember, set_moves, tick


@app.cell
def chosen(found, remember):
    run = found.value.get("selected") or ""
    remember(run)
    mo.stop(not run, page.soft("Choose a run to see what it did, and its executed notebook."))
    return (run,)


@app.cell
def opened(company, moves, run):
    moves()
    with page.told(mo.stop):
        _run = view_run.opened(company, run)
    _run
    return


@app.cell
def watch(desk, set_moves, tick):
    tick
    with page.told(mo.stop):
        if desk.watch():
            set_moves(lambda count: count + 1)
    return


if __name__ == "__main__":
    app.run()
