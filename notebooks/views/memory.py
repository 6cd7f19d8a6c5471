# /// script
# [tool.marimo.display]
# theme = "system"
# ///
"""Whom do we know, what was said and promised, where does each line come from, and what was forgotten?"""

import marimo

__generated_with = "0.25.2"
app = marimo.App(width="medium", app_title="Memory", css_file="views.css")

with app.setup:
    from functools import partial

    import marimo as mo

    from opc_kernel.errors import KernelError
    from workbench import view_changes as changes
    from workbench import view_memory as memory
    from workbench import view_page as page
    from workbench import view_profile as who
    from workbench.view_beside import beside
    from workbench.widgets.changes_widget import ChangesWidget
    from workbench.widgets.memory_widget import MemoryWidget
    from workbench.widgets.queue_widget import QueueWidget


@app.cell
def title():
    company = page.opened()
    head = page.header(company, "memory")
    mo.stop(isinstance(company, KernelError), head)
    head
    return (company,)


@app.cell
def search(company):
    with page.told(mo.stop):
        _step = page.next_step(company) or memory.next_step(company)
        mo.stop(_step is not None, _step)
        _address = mo.query_params()
        found = mo.ui.anywidget(MemoryWidget(company, selected=_address.get("entity")))

    def remember(entity):
        _address["entity"] = entity

    version, set_version = mo.state(page.data_version(company))
    tick = mo.ui.refresh(default_interval=page.WATCH_EVERY)
    mo.vstack([mo.Html(f'<div class="wb-hidden">{tick}</div>'), found])
    return found, remember, set_version, tick, version


@app.cell
def chosen(company, found, remember):
    entity = found.value.get("selected") or ""
    remember(entity)
    mo.stop(not entity, page.soft("Choose somebody to see what is known of them."))
    as_of = mo.ui.date(value=company.today, stop=company.today, label="As known on")
    _stem = who.file_stem(company, entity)
    _files = [
        mo.download(partial(who.download, company, entity, form), filename=f"{_stem}.{form}", label=label)
        for form, label in (("html", "Export as a page"), ("json", "Export as JSON"))
    ]
    mo.hstack([as_of, mo.hstack(_files, justify="end")], justify="space-between", wrap=True)
    return as_of, entity


@app.cell
def profile(as_of, company, entity, version):
    version()
    with page.told(mo.stop):
        profile = who.found_page(company, entity, as_of.value)
        mo.stop(isinstance(profile, page.Markup), profile)
        _parts = [part(company, profile) for part in (who.profile, who.history, who.near, who.facts)]
    page.joined(_parts)
    return


@app.cell
def deciding(company):
    looked_at, look_at = mo.state("")
    with page.told(mo.stop):
        desk = QueueWidget(
            company, rows=partial(memory.rows_of_memory, company), moved=look_at, whole_page=False
        )
    mo.vstack([page.element("h2", "Waits for you"), mo.ui.anywidget(desk)])
    return desk, looked_at


@app.cell
def side_by_side(company, looked_at):
    with page.told(mo.stop):
        _both = beside(company, looked_at())
    _both
    return


@app.cell
def taking_back(company, set_version):
    def _done():
        set_version(page.data_version(company))

    with page.told(mo.stop):
        merged = ChangesWidget(
            partial(changes.merges, company),
            partial(changes.take_back, company),
            word="Take back",
            empty="Nobody was merged.",
            done=_done,
        )
        asleep = ChangesWidget(
            partial(changes.asleep, company),
            partial(changes.bring_back, company),
            word="Bring back",
            empty="Everything that is kept is recalled.",
            done=_done,
        )
    _titles = (page.element("h2", title) for title in ("Merged into one", "Folded and faded"))
    _widgets = (mo.ui.anywidget(merged), mo.ui.anywidget(asleep))
    mo.vstack([part for pair in zip(_titles, _widgets, strict=True) for part in pair])
    return asleep, merged


@app.cell
def sizes(company, version):
    version()
    with page.told(mo.stop):
        _parts = [part(company) for part in (memory.forgotten, memory.tiers)]
    page.joined(_parts)
    return


@app.cell
def watch(asleep, company, desk, merged, set_version, tick, version):
    tick
    with page.told(mo.stop):
        _now = page.data_version(company)
        if _now != version():
            desk.watch()
            merged.list_anew()
            asleep.list_anew()
            set_version(_now)
    return


if __name__ == "__main__":
    app.run()
