"""The charts of the views: cash, income and cost, what is owed, and how far scores can be trusted.

Altair is imported where a chart is made: it takes seconds, and the page's numbers should stand before.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

from opc_kernel.sql import load_sql
from workbench.company import Company
from workbench.view_books import AGE_HEADS, OWED, Month, by_age
from workbench.view_figures import day
from workbench.view_page import Markup, element

if TYPE_CHECKING:
    from workbench.capabilities.books.evaluation import Evaluation

IN, OUT, MARK = "#3c8f6d", "#c8745a", "#4a7fc1"
ACCOUNTS = ("#4a7fc1", "#d39a3a", "#3c8f6d", "#9a6fb0", "#c8745a", "#5aa5a5")
HEIGHT = 180
AMOUNT = ",.0f"
CENTS = ",.2f"
MONTH = "%b %Y"
TENTHS = [at / 10 for at in range(11)]

SAFE = {"embedOptions": {"ast": True, "renderer": "svg", "actions": False}}
"""Expressions are interpreted: the pages' policy lets no text become a script. No menu leads to an editor elsewhere."""

Row = Mapping[str, Any]
Chart: TypeAlias = Any
"""A chart of altair's; it types them in ways of its own."""


def of_books(company: Company, month: Month) -> list[tuple[Markup, Chart]]:
    """Return the charts of the page 'books' with their titles; one of which there is nothing to show is left out."""
    return [
        *((element("h2", f"Cash, {currency}"), chart) for currency, chart in cash_charts(company).items()),
        *_titled("Income, cost and result", result_chart(company)),
        *_titled(f"Receivables by age, {day(month.as_of, year=True)}", owed_chart(month.owed, month.base)),
    ]


def _titled(title: str, chart: Chart) -> list[tuple[Markup, Chart]]:
    return [] if chart is None else [(element("h2", title), chart)]


def cash_charts(company: Company) -> dict[str, Chart]:
    """Return the balance of each account over time, a chart a currency; none where no statement states one."""
    names = {account.id: account.name for account in company.settings.account}
    points = [
        {
            "day": row["day"].isoformat(),
            "balance": float(row["balance"]),
            "account": names.get(row["account"], row["account"]),
            "currency": row["currency"],
        }
        for row in company.query(load_sql("workbench", "view_cash_days")).dicts()
    ]
    currencies = sorted({point["currency"] for point in points})
    return {
        currency: _cash_chart([point for point in points if point["currency"] == currency], currency)
        for currency in currencies
    }


def _cash_chart(points: Sequence[Row], currency: str) -> Chart:
    import altair as alt

    names = sorted({point["account"] for point in points})
    return (
        alt.Chart(alt.Data(values=[*points]))
        .mark_line(interpolate="step-after", strokeWidth=2)
        .encode(
            x=alt.X("day:T", title=None, axis=alt.Axis(format="%-d %b", labelOverlap=True, grid=False)),
            y=alt.Y("balance:Q", title=None, axis=alt.Axis(format=AMOUNT, tickCount=4)),
            color=alt.Color(
                "account:N",
                title=None,
                scale=alt.Scale(domain=names, range=[*ACCOUNTS[: len(names)]]),
                legend=alt.Legend(orient="top", labelLimit=240),
            ),
            tooltip=[
                alt.Tooltip("account:N", title="Account"),
                alt.Tooltip("day:T", title="Day", format="%-d %b %Y"),
                alt.Tooltip("balance:Q", title=currency, format=CENTS),
            ],
        )
        .properties(width="container", height=HEIGHT)
        .configure(**_look())
        .properties(usermeta=SAFE)
    )


def result_chart(company: Company) -> Chart | None:
    """Return income and cost of each month in the base currency, and the result as a mark."""
    import altair as alt

    rows = company.query(load_sql("workbench", "view_result_months")).dicts()
    if not rows:
        return None
    base = company.settings.base_currency
    bars = [
        {"month": f"{row['month']}-01", "side": row["side"], "worth": float(row["worth"])} for row in rows
    ]
    result: dict[str, float] = {}
    for bar in bars:
        result[bar["month"]] = result.get(bar["month"], 0.0) + bar["worth"]
    month = alt.X(
        "month:O",
        title=None,
        axis=alt.Axis(labelAngle=0, labelExpr=f"utcFormat(toDate(datum.value), '{MONTH}')"),
    )
    columns = (
        alt.Chart(alt.Data(values=bars))
        .mark_bar(size=36)
        .encode(
            x=month,
            y=alt.Y("worth:Q", title=base, axis=alt.Axis(format=AMOUNT, tickCount=5)),
            color=alt.Color(
                "side:N",
                title=None,
                scale=alt.Scale(domain=["income", "cost"], range=[IN, OUT]),
                legend=alt.Legend(orient="top"),
            ),
            tooltip=[alt.Tooltip("side:N", title=""), alt.Tooltip("worth:Q", title=base, format=CENTS)],
        )
    )
    marks = (
        alt.Chart(alt.Data(values=[{"month": name, "worth": worth} for name, worth in result.items()]))
        .mark_point(
            shape="diamond", filled=True, opacity=1, size=90, color="#fff", stroke="#333", strokeWidth=1.5
        )
        .encode(x=month, y="worth:Q", tooltip=[alt.Tooltip("worth:Q", title="Result", format=CENTS)])
    )
    return (
        (columns + marks)
        .properties(width="container", height=HEIGHT)
        .configure(**_look())
        .properties(usermeta=SAFE)
    )


def owed_chart(items: Iterable[Row], base: str) -> Chart | None:
    """Return what customers owe in the base currency, by age."""
    import altair as alt

    ages = by_age(items).get(("out", base))
    if not ages:
        return None
    bars = [{"age": head, "open": float(ages.get(age, 0))} for age, head in AGE_HEADS.items()]
    return (
        alt.Chart(alt.Data(values=bars))
        .mark_bar(color=MARK, size=20)
        .encode(
            y=alt.Y("age:N", title=None, sort=[*AGE_HEADS.values()]),
            x=alt.X("open:Q", title=f"{OWED['out']}, {base}", axis=alt.Axis(format=AMOUNT, tickCount=4)),
            tooltip=[alt.Tooltip("age:N", title=""), alt.Tooltip("open:Q", title=base, format=CENTS)],
        )
        .properties(width="container", height=150)
        .configure(**_look())
        .properties(usermeta=SAFE)
    )


def reliability_chart(found: Evaluation) -> Chart | None:
    """Return how often explanations of each score were right: on the diagonal a score means what it says."""
    import altair as alt

    points = [
        {"score": each.score, "right": each.right / each.n, "n": each.n, "kind": f"{each.right} of {each.n}"}
        for each in found.bins
    ]
    if not points:
        return None
    scale = alt.Scale(domain=[0, 1])
    ideal = (
        alt.Chart(alt.Data(values=[{"x": 0, "y": 0}, {"x": 1, "y": 1}]))
        .mark_line(strokeDash=[4, 4], color="#888", strokeWidth=1)
        .encode(
            x=alt.X("x:Q", scale=scale, title="Score"),
            y=alt.Y("y:Q", scale=scale, title="Share that was right"),
        )
    )
    seen = (
        alt.Chart(alt.Data(values=points))
        .mark_circle(color=MARK, opacity=1)
        .encode(
            x=alt.X("score:Q", scale=scale, axis=alt.Axis(format=".1f", values=TENTHS)),
            y=alt.Y("right:Q", scale=scale, axis=alt.Axis(format=".0%")),
            size=alt.Size(
                "n:Q",
                title="Decisions",
                legend=None,
                scale=alt.Scale(range=[40, 500]),
            ),
            tooltip=[
                alt.Tooltip("kind:N", title="Right"),
                alt.Tooltip("score:Q", title="Score", format=".2f"),
            ],
        )
    )
    return (
        (ideal + seen)
        .properties(width="container", height=280)
        .configure(**_look())
        .properties(usermeta=SAFE)
    )


def _look() -> dict[str, Any]:
    """Lines and words that can be read on light and on dark."""
    import altair as alt

    grey = "#8a8a8a"
    return {
        "background": "transparent",
        "font": "inherit",
        "view": alt.ViewConfig(stroke=None),
        # the page's own font is wider than the one that labels are measured in
        "padding": {"left": 14, "top": 5, "right": 5, "bottom": 5},
        "axis": alt.AxisConfig(
            labelColor=grey,
            titleColor=grey,
            gridColor=grey,
            gridOpacity=0.2,
            domainColor=grey,
            tickColor=grey,
            labelFontSize=12,
            titleFontSize=12,
            titleFontWeight="normal",
        ),
        "legend": alt.LegendConfig(
            labelColor=grey, titleColor=grey, labelFontSize=12, titleFontWeight="normal"
        ),
    }
