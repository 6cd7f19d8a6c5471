"""The rule miner: it finds what the operator always decides alike, tries it on the past, and stays narrow."""

import random
import tomllib

import pytest
from booked import decided, payment

from workbench.capabilities.books.categories.covering import covering, covers
from workbench.capabilities.books.categories.rule_miner import MAX_RULES, back_test, mine, tried
from workbench.capabilities.books.categories.rules import of_settings, read_rule, text_of_rule
from workbench.settings import Rule, Settings

YEAR = decided("""
    2026-01-05 | -42.10 | Hetzner Online GmbH | Rechnung R0012         | hosting
    2026-01-12 | -18.00 | Cafe Central        | Kaffee Kartenzahlung   | meals
    2026-01-20 | -60.00 | DB Vertrieb GmbH    | Fahrkarte Kartenzahlung | travel
    2026-02-05 | -42.10 | Hetzner Online GmbH | Rechnung R0044         | hosting
    2026-02-11 | -22.50 | Wirtshaus Au        | Kartenzahlung          | meals
    2026-02-20 | -19.00 | DB Vertrieb GmbH    | Fahrkarte Kartenzahlung | travel
    2026-03-05 | -42.10 | HETZNER CLOUD       | Rechnung R0071         | hosting
    2026-03-13 | -19.90 | Baecker Ruf         | Kuchen Kartenzahlung   | meals
    2026-03-20 | -33.00 | Buchladen Mitte     | Fachbuch               | books
    2026-05-05 | -42.10 | Hetzner Online GmbH | Rechnung R0102         | hosting
""")


def rules_of(found):
    return [(each.rule.contains[0], each.rule.direction, each.rule.category) for each in found]


def test_what_was_always_decided_alike_becomes_a_rule():
    assert rules_of(mine(YEAR, parties=())) == [("hetzner", "out", "hosting")]


def test_a_found_rule_says_what_it_would_have_saved():
    (found,) = mine(YEAR, parties=())

    assert [one.payment.booked_on.month for one in found.back_test.alike] == [1, 2, 3, 5]
    assert found.back_test.saved == 1
    assert found.reason == (
        "you booked 4 of 4 payments with 'hetzner' as 'hosting' (2026-01-05 to 2026-05-05);"
        " as a rule it saves about 0.8 questions a month, and would have saved 1 of those;"
        " no payment that an invoice settled has these words"
    )


def test_the_whole_name_is_taken_where_a_word_of_it_covers_no_more():
    alike = [one for one in YEAR if one.payment.counterparty != "HETZNER CLOUD"]

    assert rules_of(mine(alike, parties=())) == [("hetzner online gmbh", "out", "hosting")]


def test_one_decision_otherwise_is_enough_against_a_word():
    once = decided("2026-06-05 | -300.00 | Hetzner Online GmbH | Server gekauft | equipment")

    assert not any("hetzner" in words for words, *_ in rules_of(mine([*YEAR, *once], parties=())))


def test_too_few_decisions_are_no_habit():
    assert mine(YEAR, parties=(), times=5) == []


def test_a_name_that_invoices_bear_is_no_rule():
    assert mine(YEAR, parties=["Hetzner Online GmbH", "Hetzner Cloud"]) == []


def test_a_word_within_payments_that_invoices_took_is_no_rule():
    by_invoice = [payment("2026-04-02 | -500.00 | Hans Hetzner | Rechnung 7")]

    assert rules_of(mine(YEAR, parties=(), settled=by_invoice)) == [("hetzner online gmbh", "out", "hosting")]


def test_what_a_rule_covers_already_needs_no_other():
    known = Rule(category="hosting", contains=("hetzner",), direction="out")

    assert mine(YEAR, parties=(), rules=[known]) == []


def test_a_word_shorter_than_four_letters_is_no_rule():
    train = decided("2026-01-05 | -42.10 | DB | An 12 | travel", times=5)

    assert mine([*YEAR, *train], parties=["hetzner"]) == []


def test_a_word_of_the_text_is_looked_for_where_the_name_does_not_tell():
    by_service = decided("""
        2026-01-05 | -9.99 | PayPal Europe | Spotify Abo | music
        2026-01-09 | -4.00 | PayPal Europe | Etsy Kauf   | office
        2026-02-05 | -9.99 | PayPal Europe | Spotify Abo | music
        2026-03-05 | -9.99 | PayPal Europe | Spotify Abo | music
    """)

    assert ("spotify", "out", "music") in rules_of(mine([*YEAR, *by_service], parties=()))
    assert all(words != "rechnung" for words, *_ in rules_of(mine(YEAR, parties=["hetzner"])))


def test_money_that_comes_back_is_not_covered_by_a_rule_for_money_that_goes():
    refund = decided("2026-06-05 | 42.10 | Hetzner Online GmbH | Gutschrift | refund")

    assert rules_of(mine([*YEAR, *refund], parties=())) == [("hetzner", "out", "hosting")]


def test_a_category_that_nearly_everything_has_proves_nothing():
    """Three of three are no news where nine of ten are decided so."""
    all_alike = decided(
        "\n".join(
            f"2026-01-{day:02} | -5.00 | Shop {'abcdefgh'[day % 8] * 5} | Einkauf | office"
            for day in range(1, 25)
        )
    )
    other = decided("2026-02-01 | -5.00 | Cafe Central | Kaffee | meals", times=2)

    assert mine([*all_alike, *other], parties=()) == []


def test_no_found_rule_goes_against_any_decision_of_random_pasts():
    chance = random.Random(11)
    vendors = {
        f"{word} {kind}": chance.choice(["hosting", "meals", "travel", "office"])
        for word in ("Alpha", "Bravo", "Delta", "Gamma", "Kappa", "Omega", "Sigma")
        for kind in ("Markt", "Werk")
    }
    for _ in range(30):
        lines = [
            f"2026-01-01 | {chance.choice(['-5', '-9', '7'])} | {name} | Nr {chance.choice(['Kauf', 'Abo', 'Miete'])}"
            f" | {chance.choice([vendors[name]] * 9 + ['other'])}"
            for name in chance.choices(sorted(vendors), k=80)
        ]
        past = decided("\n".join(lines))
        found = mine(past, parties=["Alpha Bau"])
        first = {
            id(one): next((each for each in found if covers(each.rule, one.payment)), None) for one in past
        }

        assert found
        assert len(found) <= MAX_RULES
        assert all(first[id(one)] is None or first[id(one)].rule.category == one.category for one in past)
        assert not any(each.rule.contains[0] in "alpha bau" for each in found)


def test_a_rule_of_the_operators_own_is_tried_the_same_way():
    own = Rule(category="meals", contains=("kartenzahlung",), direction="out")
    trial = back_test(own, YEAR)

    assert len(trial.alike) == 3
    assert [one.category for one in trial.otherwise] == ["travel", "travel"]
    assert not trial.is_clean


def test_a_trial_says_what_speaks_against_a_rule():
    own = Rule(category="meals", contains=("kartenzahlung",), direction="out")
    by_invoice = [payment("2026-04-02 | -500.00 | Bau AG | Kartenzahlung")]

    told = tried(own, back_test(own, YEAR, by_invoice))

    assert "you booked 3 of 5 payments with 'kartenzahlung' as 'meals'" in told
    assert "you decided otherwise on DB Vertrieb GmbH on 2026-01-20, DB Vertrieb GmbH on 2026-02-20" in told
    assert "an invoice or another account settled Bau AG on 2026-04-02" in told


@pytest.mark.parametrize("category", ["other", "own-transfer"])
def test_what_is_no_category_of_its_own_is_no_rule_and_still_speaks_against_one(category):
    unnamed = decided(f"2026-06-05 | -42.10 | Hetzner Online GmbH | Rechnung | {category}")

    assert not any("hetzner" in words for words, *_ in rules_of(mine([*YEAR, *unnamed], parties=())))
    kiosk = decided(f"2026-06-05 | -9.00 | Kiosk Mitte | Kauf | {category}", times=4)
    assert rules_of(mine([*YEAR, *kiosk], parties=())) == [("hetzner", "out", "hosting")]


def test_the_first_rule_that_covers_a_payment_decides():
    rules = of_settings(
        Rule(category=category, contains=("hetzner",), direction=direction)
        for category, direction in (("refunds", "in"), ("hosting", "out"), ("servers", "out"))
    )

    assert covering(YEAR[0].payment, rules).category == "hosting"
    assert covering(YEAR[1].payment, rules) is None


@pytest.mark.parametrize("words", ["cafe central", 'a "b" \\ c', "zeile\neins", "größe ß €", "tab\there"])
def test_a_rule_is_written_as_the_settings_have_it_and_read_again(words):
    rule = Rule(category="meals", contains=(words, "second"), direction="in")

    assert read_rule(text_of_rule(rule)) == rule
    assert Settings.model_validate(tomllib.loads(text_of_rule(rule))).books.rule == (rule,)
