"""Durable plans: one of five steps and 200 at once beside LangGraph and DBOS, and the conductor after a long past."""

from __future__ import annotations

import sqlite3
import statistics
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypedDict

from pydantic import BaseModel

from opc_kernel import contents
from opc_kernel.clock import SystemClock
from opc_kernel.event import NEW_STREAM, Registry, Write
from opc_kernel.flow.agent import Agent, Context
from opc_kernel.flow.conductor import composed
from opc_kernel.flow.outcome import Done
from opc_kernel.flow.storing import Storing, compose_and_start
from opc_kernel.flow.task import TaskCompleted, TaskRequested, TaskStarted
from opc_kernel.flow.worker import Worker
from opc_kernel.flow.workflow import Step, Workflow
from opc_kernel.ids import new_id
from opc_kernel.log.durable import DurableLog
from tests.benchmarks.figures import Figure, interleaved

ROUNDS = 60
WARM = 5
AT_ONCE = 200
CALLERS = 8
STEPS = 5
PASTS = (100, 10_000, 1_000_000)
LOOKS = 60


class Number(BaseModel):
    """What a plan is asked with."""

    n: int


def count(context: Context) -> Done:
    before = [each["n"] for each in context.task.inputs.values() if isinstance(each, dict)]
    return Done(result="counted", output={"n": 1 + max(before, default=0)})


AGENT = Agent(
    name="counter", role="counts", capability="bench", steps={"bench.count": count}, may_read=(), may_write=()
)
FIVE = Workflow(
    name="five",
    title="Count to five",
    inputs=Number,
    steps=tuple(Step(name=f"s{number}", agent=AGENT.name, kind="bench.count") for number in range(STEPS)),
)


def figures() -> Iterator[Figure]:
    with tempfile.TemporaryDirectory() as folder:
        yield from plans(Path(folder))
    yield conductor()


def plans(folder: Path) -> Iterator[Figure]:
    """The same five durable steps, from asking until the result is known."""
    with opened(folder / "ours") as log, Dbos(folder) as dbos, LangGraph(folder) as graph:
        worker = Worker(log, [AGENT], [], clock=SystemClock(), workflows={FIVE.name: FIVE})

        def ours() -> None:
            worker.start(begun())

        for body in (ours, dbos.one, graph.one):
            for _ in range(WARM):
                body()
        one, of_dbos, of_graph = interleaved(ROUNDS, ours, dbos.one, graph.one)
        yield beside("a durable plan of 5 steps, beside DBOS on SQLite", one, of_dbos, goal=0.5)
        yield beside(
            "a durable plan of 5 steps, beside LangGraph with its SQLite saver", one, of_graph, goal=1.0
        )
        many, of_many = interleaved(3, lambda: at_once(log, worker), dbos.many)
        yield beside(f"{AT_ONCE} plans at once, beside DBOS on SQLite", many, of_many, goal=0.1)
        done = log.query("SELECT count(*) FROM plan WHERE state = 'completed'").rows[0][0]
        assert done == WARM + ROUNDS + 3 * AT_ONCE, "every plan came to its end"


def begun() -> Storing:
    return compose_and_start(f"plan/{new_id()}", composed(FIVE, inputs={"n": 0}), new_id())


def at_once(log: DurableLog, worker: Worker) -> None:
    """Ask for all of them first, from several threads, then work until nothing is left: DBOS works in threads, too."""

    def ask(_: int) -> None:
        each = begun()
        log.append(each.writes, expected=each.expected)

    with ThreadPoolExecutor(CALLERS) as callers:
        list(callers.map(ask, range(AT_ONCE)))
    worker.run_until_idle()


def conductor() -> Figure:
    """One look at one new event after a short and after a long past."""
    times = {past: looks(past) for past in PASTS}
    short, long = times[PASTS[0]], times[PASTS[-1]]
    told = ", ".join(f"{past:,}: {1000 * times[past]:.1f} ms" for past in PASTS)
    return Figure(
        name=f"the conductor's look and what is due, by past tasks ({told})",
        ours=f"{1000 * long:.1f} ms",
        peer=f"{1000 * short:.1f} ms",
        ratio=long / short,
        goal="flat: at most 2x from 100 to 1,000,000",
        reached=long <= 2 * short,
    )


def looks(past: int) -> float:
    """Return the median seconds of a look at one new event, and of finding what is due."""
    with tempfile.TemporaryDirectory() as folder, opened(Path(folder)) as log:
        for start in range(0, past, 50_000):
            fill(log, start, min(past, start + 50_000))
        worker = Worker(log, [AGENT], [], clock=SystemClock())
        worker.run_once()
        times = []
        for number in range(LOOKS):
            write = requested(f"task/new{number}", agent="nobody")
            log.append([write], expected={write.stream: NEW_STREAM})
            started = time.perf_counter()
            worker._conductor.look()
            worker._due()
            times.append(time.perf_counter() - started)
    return statistics.median(times)


def fill(log: DurableLog, start: int, end: int) -> None:
    names = [f"task/past{number}" for number in range(start, end)]
    log.append((write for name in names for write in ended(name)), expected=dict.fromkeys(names, NEW_STREAM))


def ended(name: str) -> list[Write]:
    return [
        requested(name),
        Write(stream=name, data=TaskStarted(worker="w"), actor="bench"),
        Write(stream=name, data=TaskCompleted(result="done"), actor="bench"),
    ]


def requested(name: str, agent: str = AGENT.name) -> Write:
    data = TaskRequested(kind="bench.count", agent=agent, subject="bench/1", trigger=name)
    return Write(stream=name, data=data, actor="bench")


def opened(folder: Path) -> DurableLog:
    folder.mkdir(exist_ok=True)
    return DurableLog(
        folder, Registry(contents.EVENTS), read_models=contents.READ_MODELS, views=contents.VIEWS
    )


def beside(name: str, ours: float, peer: float, *, goal: float) -> Figure:
    return Figure(
        name=name,
        ours=f"{1000 * ours:.1f} ms",
        peer=f"{1000 * peer:.1f} ms",
        ratio=ours / peer,
        goal=f"at most {goal:g}x",
        reached=ours <= goal * peer,
    )


class Dbos:
    """DBOS in its own way: a workflow of five steps, each of which it stores before the next."""

    def __init__(self, folder: Path) -> None:
        from dbos import DBOS, DBOSConfig

        config: DBOSConfig = {
            "name": "bench",
            "system_database_url": f"sqlite:///{folder}/dbos.sqlite",
            "run_admin_server": False,
            "log_level": "ERROR",
        }
        self._dbos = DBOS
        DBOS(config=config)

        @DBOS.step()
        def step(number: int) -> int:
            return number + 1

        @DBOS.workflow()
        def five(number: int) -> int:
            for _ in range(STEPS):
                number = step(number)
            return number

        self._five = five

    def __enter__(self) -> Dbos:
        self._dbos.launch()
        return self

    def __exit__(self, *_: object) -> None:
        self._dbos.destroy()

    def one(self) -> None:
        assert self._dbos.start_workflow(self._five, 0).get_result() == STEPS

    def many(self) -> None:
        handles = [self._dbos.start_workflow(self._five, 0) for _ in range(AT_ONCE)]
        assert all(handle.get_result() == STEPS for handle in handles)


class LangGraph:
    """LangGraph in its own way: a chain of five nodes, checkpointed before the next one runs."""

    def __init__(self, folder: Path) -> None:
        from langgraph.checkpoint.sqlite import SqliteSaver
        from langgraph.graph import END, START, StateGraph

        class State(TypedDict):
            n: int

        self._connection = sqlite3.connect(folder / "graph.sqlite", check_same_thread=False)
        graph: Any = StateGraph(State)
        names = [f"s{number}" for number in range(STEPS)]
        for name in names:
            graph.add_node(name, lambda state: {"n": state["n"] + 1})
        for before, after in zip([START, *names], [*names, END], strict=True):
            graph.add_edge(before, after)
        self._graph = graph.compile(checkpointer=SqliteSaver(self._connection))

    def __enter__(self) -> LangGraph:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def one(self) -> None:
        thread = {"configurable": {"thread_id": new_id()}}
        assert self._graph.invoke({"n": 0}, thread, durability="sync")["n"] == STEPS
