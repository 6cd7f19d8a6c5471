# /// script
# [tool.marimo.display]
# theme = "system"
# ///
"""What happened, in answer to any question, and what is the chain of one story?"""

import marimo

__generated_with = "0.25.2"
app = marimo.App(width="medium", app_title="Log", css_file="views.css")

with app.setup:
    import marimo as mo

    from opc_kernel.errors import KernelError
    from workbench import view_log as log
    from workbench import view_page as page


@app.cell
def title():
    company = page.opened()
    head = page.header(company, "log")
    mo.stop(isinstance(company, KernelError), head)
    head
    return (company,)


@app.cell
def beginning(company):
    _step = page.next_step(company)
    mo.stop(_step is not None, _step)
    address = mo.query_params()
    wanted = address.get("story")
    return address, wanted


@app.cell
def story_title(wanted):
    wanted
    page.element("h2", "One story")
    return


@app.cell
def story_choice(company, wanted):
    _stories = log.stories(company, wanted)
    recent = mo.ui.dropdown(
        options=_stories, value=page.first_of(_stories, wanted), full_width=True, searchable=True
    )
    typed = mo.ui.text(placeholder="or the correlation id of any other", full_width=True)
    mo.vstack([recent, typed])
    return recent, typed


@app.cell
def story_chain(address, company, recent, typed):
    _story = typed.value.strip() or recent.value or ""
    address["story"] = _story
    log.story(company, _story)
    return


@app.cell
def question_title(wanted):
    wanted
    page.element("h2", "Ask the log")
    return


@app.cell
def examples(company):
    _examples = log.examples()
    example = mo.ui.dropdown(options=_examples, value=next(iter(_examples)), full_width=True)
    mo.vstack([example, log.tables(company)])
    return (example,)


@app.cell
def question(example):
    asked = mo.ui.text_area(value=example.value, rows=6, full_width=True).form(
        bordered=False, submit_button_label="Ask"
    )
    asked
    return (asked,)


@app.cell
def answer(asked, company, example):
    log.answer(company, asked.value or example.value)
    return


if __name__ == "__main__":
    app.run()
