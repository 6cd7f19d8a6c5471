# /// script
# [tool.marimo.display]
# theme = "system"
# ///
"""Had the past come anew, what would the bookkeeper have settled alone, and where would it have been wrong?"""

import marimo

__generated_with = "0.25.2"
app = marimo.App(width="medium", app_title="Evaluation", css_file="views.css")

with app.setup:
    import marimo as mo

    from opc_kernel.errors import KernelError
    from workbench import view_evaluation as evaluation
    from workbench import view_page as page


@app.cell
def title():
    company = page.opened()
    head = page.header(company, "evaluation")
    mo.stop(isinstance(company, KernelError), head)
    head
    return (company,)


@app.cell
def judging(company):
    _step = page.next_step(company)
    mo.stop(_step is not None, _step)
    with page.told(mo.stop), mo.status.spinner(title="Judging the past once more …", remove_on_exit=True):
        found = evaluation.hindsight(company)
    return (found,)


@app.cell
def summary(found):
    evaluation.summary(found)
    return


@app.cell
def wrong(found):
    mo.stop(not found.matches.judged)
    evaluation.listed(found, "wrong")
    return


@app.cell
def calibration(found):
    mo.stop(not found.matches.judged)
    from workbench import view_charts

    _chart = view_charts.reliability_chart(found.matches)
    mo.vstack([evaluation.calibration(found), *([_chart] if _chart else [])])
    return


@app.cell
def groups(company, found):
    mo.stop(not found.matches.judged)
    evaluation.groups(found, company.settings.base_currency)
    return


@app.cell
def needless(found):
    mo.stop(not found.matches.judged)
    evaluation.listed(found, "needless")
    return


@app.cell
def categories(found):
    mo.stop(not found.matches.judged)
    evaluation.learned(found)
    return


if __name__ == "__main__":
    app.run()
