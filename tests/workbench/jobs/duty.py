"""Jobs of a few words, and a runner that plays them without papermill where only the schedule is looked at."""

import json

from shop import SETTINGS

from workbench.jobs.execution import Ended
from workbench.jobs.notebook import notebook_of
from workbench.jobs.runner import Runner, partial_path
from workbench.jobs.schedule import Schedule
from workbench.jobs.verdict import RESULT

PARAMETERS = 'mode = "sandbox"'
BEGIN = "from workbench.jobs import begin\nrun = begin(mode)\ncompany = run.company"
FINISH = 'run.finish("all is well", done=1)'


def cell(text, *tags, kind="code"):
    found = {
        "cell_type": kind,
        "id": f"c{abs(hash(text)) % 10**8}",
        "metadata": {"tags": [*tags]},
        "source": text,
    }
    return {**found, "outputs": [], "execution_count": None} if kind == "code" else found


def content(*texts, parameters=PARAMETERS, rule=None, title="Counts\n\nIt counts what is there."):
    """Return a notebook: a title, its parameters, begin, then these cells."""
    cells = [
        cell(f"# {title}", kind="markdown"),
        cell(parameters, "parameters"),
        cell(BEGIN),
        *map(cell, texts),
    ]
    return {"cells": cells, "metadata": {"workbench": rule or {}}, "nbformat": 4, "nbformat_minor": 5}


def notebook(*texts, name="counts", **more):
    return notebook_of(name, json.dumps(content(*texts, **more)).encode())


class Duty:
    """A company with jobs."""

    def __init__(self, found):
        self._found = found
        self.shop = found()
        self.company, self.folder, self.clock = self.shop.company, self.shop.folder, self.shop.clock

    def write(self, name, *texts, **more):
        place = self.folder / "jobs"
        place.mkdir(exist_ok=True)
        path = place / f"{name}.ipynb"
        path.write_text(json.dumps(content(*(texts or (FINISH,)), **more)))
        return path

    def settings(self, more):
        """Open the company again, with more in its settings."""
        self.company.close()
        self.shop = self._found(SETTINGS + more)
        self.company, self.clock = self.shop.company, self.shop.clock

    @property
    def schedule(self):
        return Schedule(self.company)

    def look(self, **more):
        schedule = self.schedule
        begun = schedule.look(**more)
        schedule.write_down()
        return begun

    def play(self, begun, **more):
        return Played(self.company, **more).carry_out(begun)

    def runs(self):
        return list(self.company.query("SELECT * FROM job_run ORDER BY position").dicts())

    def missed(self):
        columns = "data->>'first', data->>'last', (data->>'count')::INT, data->>'reason'"
        sql = f"SELECT {columns} FROM event_now WHERE type = 'job.missed' ORDER BY position"
        return self.company.query(sql).rows


class Played(Runner):
    """Writes the executed notebook that papermill would have written."""

    def __init__(self, company, *, failing=False, said=""):
        super().__init__(company)
        self.failing, self.said = failing, said

    def _execute(self, notebook, begun, parameters, secrets, place, progress):
        outputs = [] if self.said else [self._output(parameters)]
        last = {**cell("work()"), "outputs": outputs, "execution_count": 1}
        made = {**notebook.content, "cells": [*notebook.cells, last]}
        partial_path(place).write_text(json.dumps(made))
        return Ended(code=int(self.failing), said=self.said)

    def _output(self, parameters):
        if self.failing:
            return {"output_type": "error", "ename": "ValueError", "evalue": "no good", "traceback": []}
        result = {"summary": "played", "outputs": {}, "parameters": parameters}
        return {"output_type": "display_data", "data": {RESULT: result}, "metadata": {}}
