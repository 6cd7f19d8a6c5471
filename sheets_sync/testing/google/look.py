"""What a new spreadsheet looks like: the formats and theme the real one is born with."""

from __future__ import annotations

from sheets_sync.testing.google.errors import JsonObject

_WHITE: JsonObject = {"red": 1, "green": 1, "blue": 1}

DEFAULT_FORMAT: JsonObject = {
    "backgroundColor": _WHITE,
    "padding": {"top": 2, "right": 3, "bottom": 2, "left": 3},
    "verticalAlignment": "BOTTOM",
    "wrapStrategy": "OVERFLOW_CELL",
    "textFormat": {
        "foregroundColor": {},
        "fontFamily": "arial,sans,sans-serif",
        "fontSize": 10,
        "bold": False,
        "italic": False,
        "strikethrough": False,
        "underline": False,
        "foregroundColorStyle": {"rgbColor": {}},
    },
    "backgroundColorStyle": {"rgbColor": _WHITE},
}

_THEME = {
    "TEXT": {},
    "BACKGROUND": _WHITE,
    "ACCENT1": {"red": 0.25882354, "green": 0.52156866, "blue": 0.95686275},
    "ACCENT2": {"red": 0.91764706, "green": 0.2627451, "blue": 0.20784314},
    "ACCENT3": {"red": 0.9843137, "green": 0.7372549, "blue": 0.015686275},
    "ACCENT4": {"red": 0.20392157, "green": 0.65882355, "blue": 0.3254902},
    "ACCENT5": {"red": 1, "green": 0.42745098, "blue": 0.003921569},
    "ACCENT6": {"red": 0.27450982, "green": 0.7411765, "blue": 0.7764706},
    "LINK": {"red": 0.06666667, "green": 0.33333334, "blue": 0.8},
}


def new_properties(title: str) -> JsonObject:
    """Return the properties of a spreadsheet nobody has touched."""
    return {
        "title": title,
        "locale": "en_US",
        "autoRecalc": "ON_CHANGE",
        "timeZone": "Etc/GMT",
        "defaultFormat": DEFAULT_FORMAT,
        "spreadsheetTheme": {
            "primaryFontFamily": "Arial",
            "themeColors": [
                {"colorType": kind, "color": {"rgbColor": color}} for kind, color in _THEME.items()
            ],
        },
    }


def tidy_colors(value: object) -> object:
    """Round colours to 256 steps and leave out what is 0, as the real one gives them back."""
    if isinstance(value, list):
        return [tidy_colors(each) for each in value]
    if not isinstance(value, dict):
        return value
    if value and value.keys() <= {"red", "green", "blue", "alpha"}:
        steps = {name: int(part * 255) for name, part in value.items()}
        return {
            name: 1 if step == 255 else float(f"{step / 255:.8g}") for name, step in steps.items() if step
        }
    return {name: tidy_colors(each) for name, each in value.items()}
