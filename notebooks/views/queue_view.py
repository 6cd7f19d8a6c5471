# /// script
# [tool.marimo.display]
# theme = "system"
# ///
"""What waits for my decision, on what does it rest, and what do I say?"""

import marimo

__generated_with = "0.25.2"
app = marimo.App(width="medium", app_title="Queue", css_file="views.css")

with app.setup:
    import marimo as mo

    from opc_kernel.errors import KernelError
    from workbench import view_page as page
    from workbench.widgets.queue_widget import QueueWidget


@app.cell
def title():
    company = page.opened()
    head = page.header(company, "queue")
    mo.stop(isinstance(company, KernelError), head)
    head
    return (company,)


@app.cell
def deciding(company):
    _address = mo.query_params()

    def _moved(key):
        _address["row"] = key

    _step = page.next_step(company)
    mo.stop(_step is not None, _step)
    with page.told(mo.stop):
        desk = QueueWidget(company, wanted=_address.get("row"), moved=_moved)
    mo.ui.anywidget(desk)
    return


if __name__ == "__main__":
    app.run()
