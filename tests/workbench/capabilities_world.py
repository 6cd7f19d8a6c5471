"""A company that asks for plans: its drafts, its workflows, and connectors that answer as a test says."""

from opc_kernel.effects.connector import NotDone
from opc_kernel.flow.conductor import composed
from opc_kernel.flow.storing import compose_and_start
from workbench import composition


def draft(shop, text, name="hello"):
    path = shop.folder / "drafts" / f"{name}.md"
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")


def start(shop, workflow, inputs, name="1"):
    """Ask for a plan, and do of it what needs nobody."""
    begun = compose_and_start(
        f"plan/{name}", composed(composition.WORKFLOWS[workflow], inputs=inputs), f"story {name}"
    )
    shop.company.append(begun.writes, expected=begun.expected)
    shop.work()


def plan(shop, name="1"):
    ((state,),) = shop.ask("SELECT state FROM plan WHERE stream = $stream", stream=f"plan/{name}")
    return state


def approve(shop):
    assert shop.decide(shop.row(), "approve").accepted


def effects(shop):
    return shop.ask("SELECT kind, target, state FROM effect ORDER BY position")


def refusing(monkeypatch, connector, reason):
    """Let a connector refuse for good whatever it is asked."""
    connectors = composition.connectors

    def refused(*arguments, **more):
        pairs = connectors(*arguments, **more)
        monkeypatch.setattr(
            type(pairs[connector].sandbox), "act", lambda *_: NotDone(reason=reason, lasting=True)
        )
        return pairs

    monkeypatch.setattr(composition, "connectors", refused)
