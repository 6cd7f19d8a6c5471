"""`%opc` and `%%opc`: a question in a cell becomes a frame, and what is wrong with it one plain line."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from IPython.core.error import UsageError
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

from opc_kernel.event import NEW_STREAM, Write
from opc_kernel.money import Money
from workbench import load_ipython_extension
from workbench.company import own_company
from workbench.connectors.bank.events import TransactionBooked
from workbench.founding import found
from workbench.lab.charts import SCHEMA, VEGA_LITE
from workbench.magic import completions, parameters

CENTS = ("0.10", "0.20", "-0.30", "12345678901.07")
TABLES = {
    "event": ["position", "type"],
    "event_now": ["position", "type"],
    "queue": ["key", "kind", "summary"],
}


def booked(number: int, amount: str) -> Write:
    data = TransactionBooked(
        account="DE67900501200004187720",
        booked_on=date(2026, 11, number),
        money=Money.of(amount, "EUR"),
        counterparty="Somebody",
        text="text",
        ordinal=number,
        statement="bank_statement/none",
    )
    return Write(stream=f"bank_transaction/{number}", data=data, actor="test", source="test")


@pytest.fixture(scope="module")
def company(tmp_path_factory):
    folder = tmp_path_factory.mktemp("companies") / "company"
    found(folder, demo=False)
    with own_company(folder) as held:
        writes = [booked(number, amount) for number, amount in enumerate(CENTS, start=1)]
        held.append(writes, expected={write.stream: NEW_STREAM for write in writes})
        yield held


@pytest.fixture
def shell(company, tmp_path, monkeypatch):
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path))
    monkeypatch.delenv("WORKBENCH_COMPANY", raising=False)
    config = Config()
    config.HistoryManager.enabled = False
    notebook = InteractiveShell(config=config)
    load_ipython_extension(notebook)
    notebook.user_ns["company"] = company
    return notebook


def run(shell: InteractiveShell, cell: str):
    """Run a cell as a notebook does; return what it shows."""
    done = shell.run_cell(cell)
    done.raise_error()
    return done.result


class TestAsking:
    def test_a_line_is_answered_with_a_frame(self, shell):
        frame = run(shell, "kept = %opc SELECT count(*) AS n FROM bank_transaction\nkept")
        assert frame.to_dict("records") == [{"n": len(CENTS)}]

    def test_a_cell_with_a_name_keeps_the_frame_and_says_how_large_it_is(self, shell, capsys):
        run(shell, "%%opc rows\nSELECT booked_on, amount\nFROM bank_transaction")
        assert capsys.readouterr().out == "rows: 4 rows, 2 columns\n"
        assert list(shell.user_ns["rows"].columns) == ["booked_on", "amount"]

    def test_a_cell_without_a_name_shows_the_frame(self, shell):
        assert list(run(shell, "%%opc\nSELECT 1 AS one")["one"]) == [1]

    def test_money_stays_exact(self, shell):
        frame = run(shell, "%opc SELECT amount FROM bank_transaction ORDER BY booked_on")
        assert [type(each) for each in frame["amount"]] == [Decimal] * len(CENTS)
        assert frame["amount"].sum() == sum(map(Decimal, CENTS))
        assert frame["amount"][:3].sum() == 0  # 0.1 + 0.2 − 0.3 as floats is not

    def test_it_sees_what_happened_since(self, shell, company):
        asked = "%opc SELECT count(*) AS n FROM bank_transaction WHERE counterparty = 'Somebody'"
        before = run(shell, asked)["n"][0]
        company.append([booked(20, "1.00")], expected={"bank_transaction/20": NEW_STREAM})
        assert run(shell, asked)["n"][0] == before + 1


class TestParameters:
    def test_a_dollar_name_takes_the_variable(self, shell):
        shell.user_ns |= {"since": date(2026, 11, 3), "who": "Somebody'; DROP TABLE event --"}
        frame = run(
            shell, "%opc SELECT count(*) AS n, $who AS who FROM bank_transaction WHERE booked_on < $since"
        )
        assert frame.to_dict("records") == [{"n": 2, "who": "Somebody'; DROP TABLE event --"}]

    @pytest.mark.parametrize(
        ("given", "asked"),
        [
            (np.int64(3), 3),
            (np.float64(0.5), 0.5),
            (
                pd.Timestamp("2026-11-03 10:00:00.000001"),
                pd.Timestamp("2026-11-03 10:00:00.000001").to_pydatetime(),
            ),
            (pd.NaT, None),
            (np.array([1, 2]), [1, 2]),
            (pd.Series(["a", "b"]), ["a", "b"]),
            ((np.int64(1), 2), [1, 2]),
            (Decimal("0.1"), Decimal("0.1")),
            (None, None),
        ],
        ids=str,
    )
    def test_what_pandas_and_numpy_hold_is_asked_as_pythons_own(self, given, asked):
        found = parameters("SELECT $x", {"x": given})["x"]
        assert (found, type(found)) == (asked, type(asked))

    @pytest.mark.parametrize(
        "sql",
        [
            "SELECT '$x'",
            "SELECT 'it''s $x'",
            'SELECT "$x"',
            "SELECT 1 -- $x",
            "SELECT 1 /* $x\n $x */",
            "SELECT $$ $x $$",
            "SELECT $tag$ $x $tag$",
            "SELECT $1",
        ],
    )
    def test_a_dollar_elsewhere_is_none(self, sql):
        assert parameters(sql, {}) == {}

    def test_each_name_is_taken_once(self):
        assert parameters("SELECT $a, '$b', $c, $a", {"a": 1, "b": 2, "c": 3}) == {"a": 1, "c": 3}

    def test_what_cannot_be_asked_for_is_refused(self):
        with pytest.raises(UsageError, match=r"\$x is a DataFrame: a number, a text"):
            parameters("SELECT $x", {"x": pd.DataFrame({"a": [1]})})


class TestErrors:
    @pytest.mark.parametrize(
        ("cell", "words"),
        [
            ("%opc SELECT * FROM evnt", "there is no table 'evnt'"),
            ("%opc DELETE FROM event", "only SELECT is answered here"),
            ("%%opc\nSELEC 1", "syntax error"),
            ("%opc SELECT $nothing", "$nothing stands for a variable that this notebook does not have"),
            ("%%opc 3x\nSELECT 1", "'3x' is no name of a variable"),
            ("%%opc class\nSELECT 1", "'class' is no name of a variable"),
            ("%opc SELECT * FROM range(200001)", "more than 200,000 rows"),
        ],
    )
    def test_one_plain_line_and_no_traceback(self, shell, capsys, cell, words):
        done = shell.run_cell(cell)
        said = capsys.readouterr()
        assert words in said.err
        assert (said.err.count("\n"), "Traceback" in said.err + said.out) == (1, False)
        assert isinstance(done.error_in_exec, UsageError)

    def test_without_a_company_it_says_what_to_do(self, shell, capsys):
        del shell.user_ns["company"]
        shell.run_cell("%opc SELECT 1")
        assert "set WORKBENCH_COMPANY to its folder" in capsys.readouterr().err


class TestCompletion:
    @pytest.mark.parametrize(
        ("before", "token", "found"),
        [
            ("%%opc\nSELECT * FROM ev", "ev", ["event", "event_now"]),
            ("%opc SELECT * FROM event JOIN qu", "qu", ["queue"]),
            ("%%opc\nSELECT k", "k", ["key", "kind"]),
            ("%%opc\nSELECT * FROM event WHERE k", "k", []),
            ("%%opc\nSELECT q.su", "q.su", ["q.summary"]),
            ("%opc DESCRIBE q", "q", ["queue"]),
        ],
    )
    def test_tables_after_from_and_columns_elsewhere(self, before, token, found):
        assert completions(before, token, TABLES) == found

    @pytest.mark.filterwarnings("ignore::IPython.core.completer.ProvisionalCompleterWarning")
    @pytest.mark.parametrize(
        ("cell", "found"),
        [
            ("%%opc rows\nSELECT * FROM bank_tr", {"bank_transaction"}),
            ("rows = %opc SELECT * FROM bank_tr", {"bank_transaction"}),
            ("bank_tr", set()),
        ],
    )
    def test_a_notebook_completes_inside_the_magics_alone(self, shell, cell, found):
        assert {each.text for each in shell.Completer.completions(cell, len(cell))} == found


def test_a_chart_is_given_to_what_the_notebook_brings_along(shell):
    """Altair's own output asks a host for its script, or is of a Vega-Lite that JupyterLab does not know."""
    shown, about = shell.display_formatter.format(
        run(
            shell,
            "import altair as alt\nrows = %opc SELECT booked_on, amount FROM bank_transaction LIMIT 4\n"
            "alt.Chart(rows).mark_bar().encode(x='booked_on:T', y='amount:Q')",
        )
    )
    assert shown[VEGA_LITE]["$schema"] == SCHEMA
    assert {type(each["amount"]) for each in next(iter(shown[VEGA_LITE]["datasets"].values()))} == {float}
    assert "text/html" not in shown
    assert about[VEGA_LITE]["embed_options"] == {"actions": False}
