"""The process of one run: papermill executes the notebook, and nothing secret reaches the file it writes.

It is told what to do in the first line of its input; when that input ends, whoever watched over it is gone, and it ends
itself and its kernel. It says how far it is in lines of JSON.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import signal
import sys
import threading
from typing import Any

import nbformat
import papermill
from nbclient.exceptions import DeadKernelError
from papermill.clientwrap import PapermillNotebookClient
from papermill.engines import NBClientEngine, papermill_engines
from papermill.exceptions import PapermillExecutionError
from papermill.utils import merge_kwargs, remove_args

from workbench.jobs.hiding import Hiding
from workbench.jobs.verdict import CHECK, OURS, RESULT, check_cell
from workbench.jobs.whole_tree import adopt_orphans, end_tree

MAX_OUTPUT_CHARS = 5_000_000
"""What a run prints beyond that is left out: the file must stay one that a browser opens."""
SAVE_EVERY_S = 5
LEFT_OUT = "\n… what follows was left out: a run keeps 5 MB of output.\n"
PRINTS = {"stream", "display_data", "execute_result", "error", "update_display_data"}


class Client(PapermillNotebookClient):  # type: ignore[misc]  # papermill has no types
    """Executes cells; what they print passes here first."""

    hiding = Hiding(())
    told = 0

    def execute_cell(self, cell: Any, cell_index: int, **named: Any) -> Any:  # noqa: ANN401 - nbclient's
        """See nbclient.NotebookClient.execute_cell."""
        theirs = [each for each in self.nb.cells if not OURS & set(each.metadata.get("tags", ()))]
        if cell in theirs:
            say({"cell": theirs.index(cell) + 1, "of": len(theirs)})
        return super().execute_cell(cell, cell_index, **named)

    def process_message(self, msg: dict[str, Any], cell: Any, cell_index: int) -> Any:  # noqa: ANN401 - nbclient's
        """See nbclient.NotebookClient.process_message."""
        if msg["msg_type"] not in PRINTS:
            return super().process_message(msg, cell, cell_index)
        msg["content"] = self.hiding.anything(msg["content"])
        if not self._has_room(msg):
            return None
        out = super().process_message(msg, cell, cell_index)
        for last in cell.outputs[-1:]:
            if last.output_type == "stream":  # a secret may have come in two halves
                last.text = self.hiding.text(last.text)
        return out

    def _has_room(self, msg: dict[str, Any]) -> bool:
        """Whether an output is kept; of the one that passes the limit the beginning is, where it is text."""
        content, left = msg["content"], MAX_OUTPUT_CHARS - self.told
        size = len(json.dumps(content))
        if size <= left or RESULT in content.get("data", ()):
            self.told += size
            return True
        self.told = MAX_OUTPUT_CHARS + 1
        if left < 0:
            return False
        text = content["text"][:left] if msg["msg_type"] == "stream" else ""
        msg["content"] = {"name": content.get("name", "stdout"), "text": text + LEFT_OUT}
        msg["msg_type"] = msg["header"]["msg_type"] = "stream"
        return True


class Engine(NBClientEngine):  # type: ignore[misc]  # papermill has no types
    """Papermill's own, with our client."""

    @classmethod
    def execute_managed_notebook(cls, nb_man: Any, kernel_name: str, **given: Any) -> Any:  # noqa: ANN401 - papermill's
        """See papermill.engines.NBClientEngine."""
        for name in ("log_output", "stdout_file", "stderr_file", "start_timeout", "execution_timeout"):
            given.pop(name, None)
        kept = remove_args(["input_path", "autosave_cell_every"], **given)
        named = merge_kwargs(kept, timeout=None, startup_timeout=60, kernel_name=kernel_name)
        return Client(nb_man, **named).execute()


def main() -> int:
    """Run what the first line of the input says; 0 when every cell ended well."""
    order = json.loads(sys.stdin.buffer.readline())
    threading.Thread(target=_end_with_parent, args=(order["run"],), daemon=True).start()
    Client.hiding = Hiding(order["secrets"])
    papermill_engines.register("workbench", Engine)
    logging.disable(logging.WARNING)
    adopt_orphans()
    try:
        _execute(order)
    except PapermillExecutionError:
        return 1  # the notebook tells
    except KeyboardInterrupt:
        return _failed("it was interrupted")
    except DeadKernelError:
        return _failed("its kernel died")
    except Exception as error:  # noqa: BLE001 - the edge of the process: whatever went wrong is told, without secrets
        return _failed(Client.hiding.text(f"{type(error).__name__}: {error}"))
    finally:
        end_tree(order["run"], but=os.getpid())
    return 0


def _execute(order: dict[str, Any]) -> None:
    notebook = nbformat.reads(json.dumps(order["notebook"]), as_version=4)  # type: ignore[no-untyped-call]
    check = check_cell(order["parameters"])
    notebook.cells.append(nbformat.v4.new_code_cell(check, metadata={"tags": [CHECK]}))  # type: ignore[no-untyped-call]
    papermill.execute_notebook(
        notebook,
        order["output"],  # a plain name: papermill would read braces in a path as parameters
        parameters=order["parameters"],
        engine_name="workbench",
        kernel_name="python3",
        language="python",
        progress_bar=False,
        cwd=order["cwd"],
        autosave_cell_every=SAVE_EVERY_S,
    )


def say(record: dict[str, Any]) -> None:
    """Tell who watches; nobody may be there any more."""
    with contextlib.suppress(OSError):
        print(json.dumps(record), flush=True)  # noqa: T201 - the pipe to the process that watches


def _failed(reason: str) -> int:
    say({"reason": reason})
    return 2


def _end_with_parent(run: str) -> None:
    while os.read(
        sys.stdin.fileno(), 1
    ):  # not through the buffer, which is locked where the interpreter ends
        pass
    end_tree(run, but=os.getpid())
    os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    sys.exit(main())
