"""`workbench agent`: who works here, and what each may touch."""

from __future__ import annotations

import typer

from opc_kernel.flow.budget import Budget
from workbench.cli.shell import HERE, CompanyOption, JsonOption, command, print_json, print_table

app = typer.Typer(no_args_is_help=True, help="Who works here, and what each may touch.")


@app.callback()
def nouns() -> None:
    """Who works here, and what each may touch."""


@app.command("list")
@command
def list_agents(company: CompanyOption = HERE, as_json: JsonOption = False) -> None:
    """Each agent with what it reads, which events it may write, what it may do outside and spend on models."""
    from workbench.company import company_folder
    from workbench.composition import agents
    from workbench.settings import load_settings

    folder = company_folder(company)
    for agent in agents(load_settings(folder), folder):
        record = {
            "agent": agent.name,
            "role": agent.role,
            "does": list(agent.steps),
            "reads": agent.may_read,
            "writes": agent.may_write,
            "does outside": agent.may_act,
            "spends": _spends(agent.may_spend),
        }
        if as_json:
            print_json(record)
        else:
            print_table(
                ("agent", agent.name),
                [
                    (name, value if isinstance(value, str) else ", ".join(value))
                    for name, value in list(record.items())[1:]
                ],
            )


def _spends(budget: Budget) -> str:
    """Say what one task may spend on models."""
    return "" if budget.is_nothing else f"{budget.calls} calls of models a task, {budget.cost} at most"
