"""What goes out, what comes back, and money from strangers: each kind with its truth."""

from datetime import date
from decimal import Decimal

from books_firm import Case, Firm
from books_parties import Party, as_the_bank_writes
from books_records import Explanation, Invoice, Transaction, in_cents
from books_shapes import (
    CASH_DISCOUNTS,
    Kind,
    case_of,
    exchanged,
    issued,
    pays,
    pays_short,
    share_of,
)

STRANGERS = (("Nordlicht Versicherung VVaG", "Beitragserstattung 2025"), ("Irmgard Behrens", "Danke"),
             ("Amtsgericht Hamburg", "KOST-NR 7714 Erstattung"), ("Flohmarkt Eimsbüttel", "Kaution"))  # fmt: skip
SHOPS = (("Schlüsseldienst Wandsbek", "Einsatz"), ("Baumarkt Hellbrook", "Kasse 4"), ("Elektro Sievers", "Beleg 2207"),
         ("Blumen Marquardt", "Lieferung"), ("Apotheke am Markt", "Kartenzahlung"))  # fmt: skip
TRAVEL = (("DB Vertrieb GmbH", "Ticket Hamburg - Bremen"), ("Taxi Roland", "Taxi Roland 1180"),
          ("Hotel Weserblick", "Hotel Weserblick 1 Nacht"))  # fmt: skip
MEALS = ("Ristorante Da Enzo", "Café Elbterrassen", "Gasthaus Zur Brücke")


def bill(firm: Firm, day: date) -> Case:
    """A bill, transferred with its number."""
    party = firm.supplier()
    got = firm.bill(party, day)
    return case_of("bill", [got], (_to(firm, party, got, got.amount, firm.naming(got)), pays("bill", got)))


def bill_debit(firm: Firm, day: date) -> Case:
    """A bill, taken by direct debit: its number stands in the reference, or nowhere."""
    party = firm.supplier()
    got = firm.bill(party, day)
    reference = firm.chance.choice((got.number, f"KD{firm.chance.randrange(10**6):06d}"))
    move = _to(firm, party, got, got.amount, "Lastschrift Kd. 118832", reference=reference)
    return case_of("bill_debit", [got], (move, pays("bill_debit", got)))


def bill_collective(firm: Firm, day: date) -> Case:
    """Two bills of one supplier, paid at once."""
    party = firm.supplier()
    bills = [firm.bill(party, day), firm.bill(party, firm.after(day, 1, 5))]
    text = ", ".join(each.number for each in bills)
    move = _to(firm, party, bills[1], bills[0].amount + bills[1].amount, text)
    return case_of("bill_collective", bills, (move, pays("bill_collective", *bills)))


def bill_discount(firm: Firm, day: date) -> Case:
    """A bill, paid early less a cash discount."""
    party = firm.supplier()
    got = firm.bill(party, day)
    kept = in_cents(got.amount * CASH_DISCOUNTS[0])
    move = firm.moved(
        kept - got.amount,
        firm.after(day, 2, 9),
        party.name,
        f"{got.number} abzgl. Skonto",
        number=party.account,
    )
    return case_of("bill_discount", [got], (move, pays_short("bill_discount", -kept, "discount", got)))


def bill_credit(firm: Firm, day: date) -> Case:
    """A bill, paid less the supplier's credit note."""
    party = firm.supplier()
    got = firm.bill(party, day)
    note = firm.credit_note(party, got, firm.after(day, 1, 4), share_of(firm, got))
    move = _to(firm, party, got, got.amount - note.amount, f"{got.number} abzgl. {note.number}")
    return case_of("bill_credit", [got, note], (move, pays("bill_credit", got, note)))


def foreign_bill(firm: Firm, day: date) -> Case:
    """A bill in dollars, paid from the euro account."""
    party = firm.supplier("USD")
    got = firm.bill(party, day)
    on = firm.paid_on(got)
    worth, left = exchanged(firm, got.amount, on, 1)
    move = firm.moved(-left, on, party.name, f"{got.number} USD {got.amount}")
    return case_of("foreign_bill", [got], (move, pays_short("foreign_bill", left - worth, "exchange", got)))


def unlisted(firm: Firm, day: date) -> Case:
    """An expense without bill or rule: nothing explains it."""
    name, text = firm.chance.choice(SHOPS)
    move = firm.moved(_spent(firm, 15, 320), day, name, text, account=firm.card)
    return case_of("unlisted", [], (move, Explanation(case="unlisted")))


def stranger(firm: Firm, day: date) -> Case:
    """Money that comes from nobody we know."""
    name, text = firm.chance.choice(STRANGERS)
    move = firm.moved(-_spent(firm, 20, 400), day, name, text)
    return case_of("stranger", [], (move, Explanation(case="stranger")))


def coincidence(firm: Firm, day: date) -> Case:
    """A stranger's money is by chance as much as an open invoice asks."""
    invoice, _ = issued(firm, day)
    name, text = firm.chance.choice(STRANGERS)
    move = firm.moved(invoice.amount, firm.after(day, 8, 20), name, text)
    return case_of("coincidence", [invoice], (move, Explanation(case="coincidence")))


def purchase(firm: Firm, day: date) -> Case:
    """A ticket, a taxi, a night: a rule covers it."""
    name, text = firm.chance.choice(TRAVEL)
    move = firm.moved(_spent(firm, 9, 140), day, name, text, account=firm.card)
    return case_of("purchase", [], (move, Explanation(case="purchase", category="travel")))


def meal(firm: Firm, day: date) -> Case:
    """A meal with customers at one of a few places that no rule names."""
    name = firm.chance.choice(MEALS)
    move = firm.moved(_spent(firm, 18, 110), day, name, "Kartenzahlung", account=firm.card)
    return case_of("meal", [], (move, Explanation(case="meal", category="meals")))


def purchase_refund(firm: Firm, day: date) -> Case:
    """A purchase of which some comes back."""
    name, text = TRAVEL[0]
    bought = firm.moved(_spent(firm, 40, 160), day, name, text, account=firm.card)
    back = in_cents(-bought.amount / firm.chance.choice((1, 2)))
    move = firm.moved(back, firm.after(day, 4, 12), name, f"Erstattung {text}", account=firm.card)
    told = (bought, Explanation(case="purchase", category="travel"))
    return case_of(
        "purchase_refund", [], told, (move, Explanation(case="purchase_refund", refund_of=bought.key))
    )


USUAL: dict[Kind, int] = {
    purchase: 25, bill: 20, bill_debit: 12, meal: 7, unlisted: 1, bill_collective: 1, bill_discount: 1, foreign_bill: 1,
    purchase_refund: 1, stranger: 1, bill_credit: 1, coincidence: 1,
}  # fmt: skip
"""How often each kind comes in half a year of a small service firm (72 cases)."""
HARD: dict[Kind, int] = {
    purchase: 22, bill: 18, bill_debit: 10, meal: 7, unlisted: 4, bill_collective: 2, bill_discount: 2, foreign_bill: 2,
    purchase_refund: 2, stranger: 1, bill_credit: 1, coincidence: 1,
}  # fmt: skip
"""The same where hard cases come about twice as often."""


def _to(
    firm: Firm, party: Party, got: Invoice, amount: Decimal, text: str, reference: str = ""
) -> Transaction:
    name = as_the_bank_writes(firm.chance, party.name)
    return firm.moved(-amount, firm.paid_on(got), name, text, number=party.account, reference=reference)


def _spent(firm: Firm, least: int, most: int) -> Decimal:
    return -Decimal(firm.chance.randint(least * 100, most * 100)) / 100
