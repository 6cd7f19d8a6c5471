"""The queue's script alone in a browser, as any notebook loads it: without storage, beside another, in every theme."""

from __future__ import annotations

import pytest
from queue_rows import propose_all

from workbench.company import own_company
from workbench.founding import found
from workbench.widgets.queue_widget import PARTS, QueueWidget
from workbench.widgets.script import script

pytestmark = pytest.mark.browser

playwright = pytest.importorskip("playwright.sync_api")
expect = playwright.expect

LOAD = """async ([source, state, style]) => {
  const widget = await import(URL.createObjectURL(new Blob([source], { type: "text/javascript" })));
  document.head.append(Object.assign(document.createElement("style"), { textContent: style }));
  window.models = [0, 1].map(() => {
    const told = {};
    return {
      state: { ...state }, sent: [],
      get(name) { return this.state[name]; },
      send(message) { this.sent.push(message); },
      on(name, does) { told[name] = does; },
      off(name) { delete told[name]; },
      change(name, value) { this.state[name] = value; told[`change:${name}`]?.(); },
    };
  });
  for (const model of window.models) {
    const el = document.createElement("section");
    document.body.append(el);
    model.end = widget.default.render({ model, el });
  }
  window.outside = [];
  document.addEventListener("keydown", (event) => window.outside.push(event.key));
}"""


@pytest.fixture
def window(chromium, tmp_path):
    """Return what opens the widget twice on a page of its own; such a page has no storage."""
    found(tmp_path / "acme", demo=False)
    opened = []

    def opening(style="", scheme="light"):
        context = chromium.new_context(color_scheme=scheme)
        page = context.new_page()
        page.on("pageerror", lambda error: opened.append(str(error)))
        page.on("console", lambda line: opened.append(line.text) if line.type == "error" else None)
        with own_company(tmp_path / "acme") as company:
            if not company.queue():
                propose_all(company, {"one": "pay 1", "two": "pay 2"}, euros="5")
            state = QueueWidget(company, whole_page=False, pages=False).get_state()
        plain = {name: value for name, value in state.items() if name in QueueWidget.class_own_traits()}
        page.evaluate(LOAD, [script(*PARTS), plain, style])
        return page

    yield opening
    assert opened == []


def asked(page, which=0):
    """Return what one of the two asked for, in short."""
    sent = page.evaluate(f"models[{which}].sent")
    return [each["do"] for each in sent]


def test_without_storage_a_draft_lives_as_long_as_the_page(window):
    page = window()
    assert page.evaluate("(() => { try { return Boolean(sessionStorage) } catch { return null } })()") is None
    first = page.locator(".wbq").first

    first.focus()
    page.keyboard.press("e")
    first.locator("[data-field=content]").fill("mine")
    page.evaluate("models[0].change('rows', [...models[0].state.rows].reverse())")
    page.evaluate(
        "models[0].change('row', { ...models[0].state.row, html: '<article><h2>told anew</h2></article>' })"
    )

    expect(first.get_by_role("heading").first).to_have_text("told anew")
    expect(first.locator("[data-field=content]")).to_have_value("mine")
    expect(first.locator(".wbq-marks", has_text="draft")).to_have_count(1)


def test_keys_count_inside_alone_and_stay_there(window):
    page = window()
    first, second = page.locator(".wbq").all()
    expect(first).to_have_attribute("data-lm-suppress-shortcuts", "true")

    page.keyboard.press("r")
    expect(page.locator(".wbq-chosen")).to_have_count(0)
    first.focus()
    for key in ("r", "b", "Escape", "x", "z"):
        page.keyboard.press(key)
    assert page.evaluate("outside") == ["r"]  # the first one, which was pressed outside
    expect(first.get_by_role("checkbox").first).to_be_checked()
    expect(second.get_by_role("checkbox").first).not_to_be_checked()
    assert asked(page, 1) == []


def test_two_on_a_page_do_not_take_each_others_row(window):
    page = window()
    first, second = page.locator(".wbq").all()

    second.locator(".wbq-item").last.click()

    expect(second.get_by_role("radio").last).to_be_checked()
    expect(first.get_by_role("radio").first).to_be_checked()
    expect(page.locator(".wbq-at")).to_have_count(2)


def test_a_late_answer_does_not_call_the_operator_back(window):
    page = window()
    page.locator(".wbq").first.focus()
    page.evaluate("""() => {
      const [model] = models;
      model.send = () => {};
      document.querySelector(".wbq").dispatchEvent(new KeyboardEvent("keydown", { key: "j", bubbles: true }));
      model.change("row", { ...model.state.row, html: "" });
    }""")
    expect(page.locator(".wbq").first.get_by_role("radio").last).to_be_checked()
    page.keyboard.press("a")
    expect(page.locator(".wbq-chosen")).to_have_count(0)  # what is shown is not the row the cursor is on


def test_an_answer_about_an_older_choice_does_not_undo_the_newer(window):
    page = window()
    first = page.locator(".wbq").first
    first.focus()
    page.keyboard.press("x")
    page.keyboard.press("j")
    page.keyboard.press("x")
    keys = page.evaluate("models[0].sent.filter((each) => each.do === 'choose').map((each) => each.keys)")
    assert [len(each) for each in keys] == [1, 2]

    page.evaluate(
        f"models[0].change('offered', {{ keys: {keys[0]}, number: 1, decisions: [], options: [] }})"
    )
    expect(first.locator(".wbq-count")).to_have_text("2 selected")
    page.evaluate("models[0].change('offered', { keys: [], number: 0, decisions: [], options: [] })")
    expect(first.get_by_role("button", name="Select these 2")).to_be_visible()  # a program chose otherwise


JUPYTER_DARK = "body { --jp-layout-color1: #111; --jp-ui-font-color1: #e0e0e0; background: #111 }"
CODE_DARK = (
    "body { --vscode-editor-background: #1f1f1f; --vscode-editor-foreground: #ccc; background: #1f1f1f }"
)
CODE_LIGHT = (
    "body { --vscode-editor-background: #fff; --vscode-editor-foreground: #3b3b3b; background: #fff }"
)


@pytest.mark.parametrize(
    ("style", "scheme", "theme"),
    [
        ("", "light", "light"),
        ("html { color-scheme: dark }", "dark", "dark"),
        (JUPYTER_DARK, "light", "dark"),
        (CODE_DARK, "light", "dark"),
        (CODE_LIGHT, "dark", "light"),
    ],
)
def test_its_theme_is_that_of_the_page_around(window, style, scheme, theme):
    page = window(style, scheme)
    expect(page.locator(".wbq").first).to_have_attribute("data-theme", theme)
    page.evaluate("models[0].end()")
