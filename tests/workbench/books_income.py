"""How invoices are paid: each kind makes invoices, the payments that follow, and the truth of them."""

from datetime import date
from decimal import Decimal

from books_firm import Case, Firm
from books_parties import Party, iban
from books_records import Explanation, Invoice, in_cents
from books_shapes import (
    CASH_DISCOUNTS,
    Kind,
    case_of,
    exchanged,
    issued,
    pays,
    pays_part,
    pays_short,
    share_of,
)

PROCESSOR = "Paylane Payments Europe SE"
PROCESSOR_ACCOUNT = iban("NL", "ZWLB0900711004")
BANK_FEES = (Decimal("2.50"), Decimal("5.00"), Decimal("12.50"), Decimal("20.00"))
PROCESSOR_SHARE, PROCESSOR_FIXED = Decimal("0.024"), Decimal("0.25")


def named(firm: Firm, day: date) -> Case:
    """An invoice, paid whole with its number in the text or in the reference."""
    invoice, party = issued(firm, day)
    return _paid(firm, "named", party, invoice, *_number_somewhere(firm, invoice))


def respelled(firm: Firm, day: date) -> Case:
    """The number is written otherwise."""
    invoice, party = issued(firm, day, habit="respelled")
    return _paid(firm, "respelled", party, invoice, firm.naming(invoice, firm.respelled(invoice.number)))


def unnamed(firm: Firm, day: date) -> Case:
    """The payer writes no number."""
    invoice, party = issued(firm, day, habit="unnamed")
    return _paid(firm, "unnamed", party, invoice, firm.not_naming(invoice))


def private_payer(firm: Firm, day: date) -> Case:
    """The owner pays from a private account; the firm's name is nowhere."""
    invoice, party = issued(firm, day, habit="private_payer")
    text = firm.chance.choice((firm.naming(invoice), firm.not_naming(invoice)))
    move = firm.moved(invoice.amount, firm.paid_on(invoice), party.owner, text, number=party.private_account)
    return case_of("private_payer", [invoice], (move, pays("private_payer", invoice)))


def dollars(firm: Firm, day: date) -> Case:
    """A dollar invoice, paid in dollars; without a dollar account it arrives in euros."""
    if firm.dollars is None:
        return foreign(firm, day)
    invoice, party = issued(firm, day, "USD")
    move = firm.from_customer(
        party, firm.paid_on(invoice), invoice.amount, firm.naming(invoice), account=firm.dollars
    )
    fee = firm.moved(Decimal("-15.00"), move.booked_on, "INCOMING WIRE FEE", account=firm.dollars)
    told = (move, pays("dollars", invoice)), (fee, Explanation(case="wire_fee", category="bank-fees"))
    return case_of("dollars", [invoice], *told)


def foreign(firm: Firm, day: date) -> Case:
    """A dollar invoice paid into the euro account, at the bank's own rate."""
    invoice, party = issued(firm, day, "USD")
    on = firm.paid_on(invoice)
    worth, arrived = exchanged(firm, invoice.amount, on, -1)
    move = firm.from_customer(party, on, arrived, f"{firm.naming(invoice)} USD {invoice.amount}")
    return case_of("foreign", [invoice], (move, pays_short("foreign", arrived - worth, "exchange", invoice)))


def twins(firm: Firm, day: date) -> Case:
    """Two invoices of one customer over one amount; the first payment does not say which it is for."""
    first, party = issued(firm, day)
    second = firm.issue(party, firm.after(day, 1, 6), first.amount)
    meant, left = firm.chance.sample((first, second), 2)
    on = firm.paid_on(first)
    later = firm.after(max(on, second.issued_on), 1, 12)
    text = firm.chance.choice((firm.naming(left), firm.not_naming(left)))
    one = firm.from_customer(party, max(on, second.issued_on), meant.amount, firm.not_naming(meant))
    other = firm.from_customer(party, later, left.amount, text)
    return case_of("twins", [first, second], (one, pays("twins", meant)), (other, pays("twins", left)))


def lookalike(firm: Firm, day: date) -> Case:
    """Two customers whose names are nearly the same owe the same; each pays without a number."""
    pair = _lookalikes(firm)
    amount = firm.price(pair[0])
    invoices = [firm.issue(party, day, amount) for party in pair]
    moves = [
        (
            firm.moved(amount, firm.paid_on(each), party.name, firm.not_naming(each), number=party.account),
            each,
        )
        for party, each in zip(pair, invoices, strict=True)
    ]
    return case_of("lookalike", invoices, *((move, pays("lookalike", each)) for move, each in moves))


def partial(firm: Firm, day: date) -> Case:
    """A part of an invoice is paid; the rest never comes."""
    invoice, party = issued(firm, day)
    share = in_cents(invoice.amount * firm.chance.choice((3, 4, 5, 6)) / 10)
    move = firm.from_customer(party, firm.paid_on(invoice), share, f"Teilzahlung {firm.naming(invoice)}")
    return case_of("partial", [invoice], (move, pays_part("partial", invoice, share)))


def instalments(firm: Firm, day: date) -> Case:
    """Several payments for one invoice; only the first is sure to name it."""
    invoice, party = issued(firm, day)
    shares = _split(invoice.amount, firm.chance.choice((2, 3)))
    on, moves = firm.paid_on(invoice), []
    for number, share in enumerate(shares, start=1):
        text = f"{number}. Rate {invoice.number if number == 1 or firm.chance.random() < 0.6 else ''}".strip()
        moves.append((firm.from_customer(party, on, share, text), pays_part("instalments", invoice, share)))
        on = firm.after(on, 10, 25)
    return case_of("instalments", [invoice], *moves)


def collective(firm: Firm, day: date) -> Case:
    """One payment for two to four invoices, with their numbers, with the first and last, or with none."""
    first, party = issued(firm, day, habit="collective")
    more = [firm.issue(party, firm.after(day, 0, 9)) for _ in range(firm.chance.randint(1, 3))]
    invoices = [first, *more]
    numbers = [each.number for each in invoices]
    text = firm.chance.choice(
        (", ".join(numbers), f"{numbers[0]} bis {numbers[-1]}", "diverse Rechnungen", " + ".join(numbers))
    )
    on = max(firm.paid_on(each) for each in invoices)
    move = firm.from_customer(party, on, sum((each.amount for each in invoices), Decimal(0)), text)
    return case_of("collective", invoices, (move, pays("collective", *invoices)))


def bank_fee(firm: Firm, day: date) -> Case:
    """A bank on the way from abroad keeps a fee."""
    invoice, party = issued(firm, day, abroad=True, habit="bank_fee")
    fee = BANK_FEES[len(party.name) % len(BANK_FEES)]
    move = firm.from_customer(party, firm.paid_on(invoice), invoice.amount - fee, firm.naming(invoice))
    return case_of("bank_fee", [invoice], (move, pays_short("bank_fee", -fee, "bank-fees", invoice)))


def processor(firm: Firm, day: date) -> Case:
    """A payment processor pays out what several customers paid by card, less its percentage, and names none."""
    parties = [firm.customer() for _ in range(firm.chance.randint(1, 3))]
    invoices = [firm.issue(party, day) for party in parties]
    total = sum((each.amount for each in invoices), Decimal(0))
    fee = in_cents(total * PROCESSOR_SHARE + PROCESSOR_FIXED * len(invoices))
    text = f"PAYOUT PL-{firm.chance.randrange(10**7):07d}"
    move = firm.moved(total - fee, firm.after(day, 3, 9), PROCESSOR, text, number=PROCESSOR_ACCOUNT)
    return case_of("processor", invoices, (move, pays_short("processor", -fee, "payment-fees", *invoices)))


def discount(firm: Firm, day: date) -> Case:
    """A customer pays early and takes a cash discount."""
    invoice, party = issued(firm, day, habit="discount")
    share = CASH_DISCOUNTS[len(party.name) % 2]
    kept = in_cents(invoice.amount * share)
    hint = firm.chance.choice((f" abzgl. {share:.0%} Skonto", ""))
    move = firm.from_customer(
        party, firm.after(day, 3, 10), invoice.amount - kept, f"{firm.naming(invoice)}{hint}"
    )
    return case_of("discount", [invoice], (move, pays_short("discount", -kept, "discount", invoice)))


def credit_set_off(firm: Firm, day: date) -> Case:
    """A customer pays an invoice less a credit note."""
    invoice, party = issued(firm, day)
    note = firm.credit_note(party, invoice, firm.after(day, 1, 5), share_of(firm, invoice))
    text = firm.chance.choice((f"{invoice.number} abzgl. {note.number}", firm.naming(invoice)))
    on = max(firm.paid_on(invoice), note.issued_on)
    move = firm.from_customer(party, on, invoice.amount - note.amount, text)
    return case_of("credit_set_off", [invoice, note], (move, pays("credit_set_off", invoice, note)))


def credit_refund(firm: Firm, day: date) -> Case:
    """A paid invoice is corrected by a credit note, and the money goes back."""
    invoice, party = issued(firm, day)
    move = firm.from_customer(party, firm.paid_on(invoice), invoice.amount, firm.naming(invoice))
    note = firm.credit_note(party, invoice, firm.after(move.booked_on, 3, 10), share_of(firm, invoice))
    back = firm.moved(
        -note.amount,
        firm.after(note.issued_on, 1, 5),
        party.name,
        f"Gutschrift {note.number}",
        number=party.account,
    )
    told = (move, pays("named", invoice)), (back, pays("credit_refund", note))
    return case_of("credit_refund", [invoice, note], *told)


def wrong_other(firm: Firm, day: date) -> Case:
    """A payment names the number of another customer's open invoice."""
    invoice, party = issued(firm, day)
    another = firm.chance.choice([each for each in _euro(firm) if each.name != party.name])
    confused = firm.issue(another, day, invoice.amount + Decimal(firm.chance.randint(1, 9)) * 119)
    move = firm.from_customer(
        party, firm.paid_on(invoice), invoice.amount, firm.naming(invoice, confused.number)
    )
    right = firm.from_customer(
        another, firm.after(move.booked_on, 1, 9), confused.amount, firm.naming(confused)
    )
    told = (move, pays("wrong_other", invoice)), (right, pays("named", confused))
    return case_of("wrong_other", [invoice, confused], *told)


def wrong_paid(firm: Firm, day: date) -> Case:
    """A payment names an invoice of the same customer that is paid already."""
    before, party = issued(firm, day)
    paid = firm.from_customer(party, firm.paid_on(before), before.amount, firm.naming(before))
    invoice = firm.issue(party, firm.after(paid.booked_on, 1, 6))
    move = firm.from_customer(party, firm.paid_on(invoice), invoice.amount, firm.naming(before))
    told = (paid, pays("named", before)), (move, pays("wrong_paid", invoice))
    return case_of("wrong_paid", [before, invoice], *told)


def wrong_typo(firm: Firm, day: date) -> Case:
    """A payment names a number that was never given."""
    invoice, party = issued(firm, day)
    mistyped = f"{invoice.number[:-1]}{(int(invoice.number[-1]) + 5) % 10}{firm.chance.randrange(10)}"
    move = firm.from_customer(party, firm.paid_on(invoice), invoice.amount, firm.naming(invoice, mistyped))
    return case_of("wrong_typo", [invoice], (move, pays("wrong_typo", invoice)))


def double(firm: Firm, day: date) -> Case:
    """An invoice is paid twice; the second payment is sent back."""
    invoice, party = issued(firm, day)
    text = firm.naming(invoice)
    move = firm.from_customer(party, firm.paid_on(invoice), invoice.amount, text)
    again = firm.from_customer(party, firm.after(move.booked_on, 1, 9), invoice.amount, text)
    back = firm.moved(
        -again.amount,
        firm.after(again.booked_on, 3, 8),
        party.name,
        f"Rückzahlung Doppelzahlung {invoice.number}",
        number=party.account,
    )
    told = (move, pays("named", invoice)), (again, Explanation(case="double"))
    return case_of("double", [invoice], *told, (back, Explanation(case="sent_back", refund_of=again.key)))


def never(firm: Firm, day: date) -> Case:
    """An invoice that nobody pays."""
    return case_of("never", [issued(firm, day)[0]])


def rounding(firm: Firm, day: date) -> Case:
    """A payment is some cents off."""
    invoice, party = issued(firm, day)
    off = Decimal(firm.chance.choice((-5, -2, -1, 1, 2))) / 100
    move = firm.from_customer(party, firm.paid_on(invoice), invoice.amount + off, firm.naming(invoice))
    return case_of("rounding", [invoice], (move, pays_short("rounding", off, "rounding", invoice)))


USUAL: dict[Kind, int] = {
    named: 48, respelled: 8, unnamed: 7, dollars: 5, collective: 2, private_payer: 2, bank_fee: 2, processor: 2,
    discount: 1, twins: 1, partial: 1, instalments: 1, foreign: 1, lookalike: 1, credit_set_off: 1, credit_refund: 1,
    wrong_other: 1, wrong_paid: 1, wrong_typo: 1, double: 1, never: 1, rounding: 1,
}  # fmt: skip
"""How often each kind comes in half a year of a small service firm (90 cases)."""
HARD: dict[Kind, int] = {
    named: 34, respelled: 9, unnamed: 9, dollars: 5, collective: 4, private_payer: 3, bank_fee: 3, processor: 3,
    discount: 3, twins: 2, partial: 2, instalments: 2, foreign: 2, lookalike: 1, credit_set_off: 1, credit_refund: 1,
    wrong_other: 1, wrong_paid: 1, wrong_typo: 1, double: 1, never: 1, rounding: 1,
}  # fmt: skip
"""The same where hard cases come about twice as often: two payments in five name their invoice as it is written."""


def _paid(firm: Firm, kind: str, party: Party, invoice: Invoice, text: str, reference: str = "") -> Case:
    move = firm.from_customer(party, firm.paid_on(invoice), invoice.amount, text, reference=reference)
    return case_of(kind, [invoice], (move, pays(kind, invoice)))


def _number_somewhere(firm: Firm, invoice: Invoice) -> tuple[str, str]:
    if firm.chance.random() < 0.15:
        return firm.not_naming(invoice), invoice.number
    return firm.naming(invoice), ""


def _split(amount: Decimal, count: int) -> list[Decimal]:
    share = in_cents(amount / count)
    return [*[share] * (count - 1), amount - share * (count - 1)]


def _euro(firm: Firm) -> list[Party]:
    return [each for each in firm.customers if each.currency == "EUR"]


def _lookalikes(firm: Firm) -> tuple[Party, Party]:
    """The two German customers that were drawn as a pair stand last among the German ones."""
    german = [each for each in firm.customers if each.country == "DE"]
    return german[-2], german[-1]
