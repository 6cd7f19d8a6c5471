"""`workbench lab`: JupyterLab on the company's notebooks."""

from __future__ import annotations

from typing import Annotated

import typer

from workbench.cli.shell import HERE, CompanyOption, command, log_to_file


@command
def lab(
    company: CompanyOption = HERE,
    port: Annotated[
        int | None,
        typer.Option(
            min=0, max=65535, help="Port on 127.0.0.1; by default 8766, or any free one where that is taken."
        ),
    ] = None,
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Only print the address.")] = False,
) -> None:
    """Open JupyterLab on the company's notebooks: SQL over the live log, the queue, your own jobs."""
    from workbench.company import company_folder
    from workbench.lab.opening import open_lab

    log_to_file(company_folder(company.resolve()))
    open_lab(company.resolve(), port=port, browser=not no_browser, say=typer.echo)
