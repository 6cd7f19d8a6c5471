"""The kinds of cases of a small service firm: each makes invoices, the payments that follow, and the truth of them."""

from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal

from books_firm import Case, Firm, whole
from books_parties import Party, as_the_bank_writes, iban
from books_records import Difference, Explanation, Invoice, Part, Transaction, in_cents

PROCESSOR = "Paylane Payments Europe SE"
PROCESSOR_SHARE, PROCESSOR_FIXED = Decimal("0.024"), Decimal("0.25")
CASH_DISCOUNTS = (Decimal("0.02"), Decimal("0.03"))
BANK_SPREAD = (40, 150)
"""By how many ten-thousandths a bank's rate is worse than the recorded one."""
STRANGERS = (("Nordlicht Versicherung VVaG", "Beitragserstattung 2025"), ("Irmgard Behrens", "Danke"),
             ("Amtsgericht Hamburg", "KOST-NR 7714 Erstattung"), ("Flohmarkt Eimsbüttel", "Kaution"))  # fmt: skip
SHOPS = (("Schlüsseldienst Wandsbek", "Einsatz"), ("Baumarkt Hellbrook", "Kasse 4"), ("Elektro Sievers", "Beleg 2207"),
         ("Blumen Marquardt", "Lieferung"), ("Apotheke am Markt", "Kartenzahlung"))  # fmt: skip
TRAVEL = (("DB Vertrieb GmbH", "Ticket Hamburg - Bremen"), ("Taxi Roland", "Taxi Roland 1180"),
          ("Hotel Weserblick", "Hotel Weserblick 1 Nacht"))  # fmt: skip
MEALS = ("Ristorante Da Enzo", "Café Elbterrassen", "Gasthaus Zur Brücke")

Kind = Callable[[Firm, date], Case]


def named(firm: Firm, day: date) -> Case:
    """An invoice, paid whole with its number in the text or in the reference."""
    invoice, party = _issued(firm, day)
    return _paid(firm, "named", party, invoice, *_number_somewhere(firm, invoice))


def respelled(firm: Firm, day: date) -> Case:
    """The number is written otherwise."""
    invoice, party = _issued(firm, day)
    return _paid(firm, "respelled", party, invoice, firm.naming(invoice, firm.respelled(invoice.number)))


def unnamed(firm: Firm, day: date) -> Case:
    """The payer writes no number."""
    invoice, party = _issued(firm, day)
    return _paid(firm, "unnamed", party, invoice, firm.not_naming(invoice))


def private_payer(firm: Firm, day: date) -> Case:
    """The owner pays from a private account; the firm's name is nowhere."""
    invoice, party = _issued(firm, day)
    text = firm.chance.choice((firm.naming(invoice), firm.not_naming(invoice)))
    move = firm.moved(invoice.amount, firm.paid_on(invoice), party.owner, text, number=party.private_account)
    return _case("private_payer", [invoice], (move, _of("private_payer", invoice)))


def dollars(firm: Firm, day: date) -> Case:
    """A dollar invoice, paid in dollars; without a dollar account it arrives in euros."""
    if firm.dollars is None:
        return foreign(firm, day)
    invoice, party = _issued(firm, day, "USD")
    move = firm.from_customer(
        party, firm.paid_on(invoice), invoice.amount, firm.naming(invoice), account=firm.dollars
    )
    fee = firm.moved(Decimal("-15.00"), move.booked_on, "INCOMING WIRE FEE", account=firm.dollars)
    told = (move, _of("dollars", invoice)), (fee, Explanation(case="wire_fee", category="bank-fees"))
    return _case("dollars", [invoice], *told)


def foreign(firm: Firm, day: date) -> Case:
    """A dollar invoice paid into the euro account, at the bank's own rate."""
    invoice, party = _issued(firm, day, "USD")
    on = firm.paid_on(invoice)
    worth, arrived = _exchanged(firm, invoice.amount, on, -1)
    move = firm.from_customer(party, on, arrived, f"{firm.naming(invoice)} USD {invoice.amount}")
    return _case("foreign", [invoice], (move, _short("foreign", arrived - worth, "exchange", invoice)))


def twins(firm: Firm, day: date) -> Case:
    """Two invoices of one customer over one amount; the first payment does not say which it is for."""
    first, party = _issued(firm, day)
    second = firm.issue(party, firm.after(day, 1, 6), first.amount)
    meant, left = firm.chance.sample((first, second), 2)
    on = firm.paid_on(first)
    later = firm.after(max(on, second.issued_on), 1, 12)
    text = firm.chance.choice((firm.naming(left), firm.not_naming(left)))
    one = firm.from_customer(party, max(on, second.issued_on), meant.amount, firm.not_naming(meant))
    other = firm.from_customer(party, later, left.amount, text)
    return _case("twins", [first, second], (one, _of("twins", meant)), (other, _of("twins", left)))


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
    return _case("lookalike", invoices, *((move, _of("lookalike", each)) for move, each in moves))


def partial(firm: Firm, day: date) -> Case:
    """A part of an invoice is paid; the rest never comes."""
    invoice, party = _issued(firm, day)
    share = in_cents(invoice.amount * firm.chance.choice((3, 4, 5, 6)) / 10)
    move = firm.from_customer(party, firm.paid_on(invoice), share, f"Teilzahlung {firm.naming(invoice)}")
    return _case("partial", [invoice], (move, _share("partial", invoice, share)))


def instalments(firm: Firm, day: date) -> Case:
    """Several payments for one invoice; only the first is sure to name it."""
    invoice, party = _issued(firm, day)
    shares = _split(invoice.amount, firm.chance.choice((2, 3)))
    on, moves = firm.paid_on(invoice), []
    for number, share in enumerate(shares, start=1):
        text = f"{number}. Rate {invoice.number if number == 1 or firm.chance.random() < 0.6 else ''}".strip()
        moves.append((firm.from_customer(party, on, share, text), _share("instalments", invoice, share)))
        on = firm.after(on, 10, 25)
    return _case("instalments", [invoice], *moves)


def collective(firm: Firm, day: date) -> Case:
    """One payment for two to four invoices, with their numbers, with the first and last, or with none."""
    first, party = _issued(firm, day)
    more = [firm.issue(party, firm.after(day, 0, 9)) for _ in range(firm.chance.randint(1, 3))]
    invoices = [first, *more]
    numbers = [each.number for each in invoices]
    text = firm.chance.choice(
        (", ".join(numbers), f"{numbers[0]} bis {numbers[-1]}", "diverse Rechnungen", " + ".join(numbers))
    )
    on = max(firm.paid_on(each) for each in invoices)
    move = firm.from_customer(party, on, sum((each.amount for each in invoices), Decimal(0)), text)
    return _case("collective", invoices, (move, _of("collective", *invoices)))


def bank_fee(firm: Firm, day: date) -> Case:
    """A bank on the way from abroad keeps a fee."""
    invoice, party = _issued(firm, day, abroad=True)
    fee = firm.chance.choice((Decimal("2.50"), Decimal("5.00"), Decimal("12.50"), Decimal("20.00")))
    move = firm.from_customer(party, firm.paid_on(invoice), invoice.amount - fee, firm.naming(invoice))
    return _case("bank_fee", [invoice], (move, _short("bank_fee", -fee, "bank-fees", invoice)))


def processor(firm: Firm, day: date) -> Case:
    """A payment processor pays out what several customers paid by card, less its percentage, and names none."""
    parties = [firm.customer() for _ in range(firm.chance.randint(1, 3))]
    invoices = [firm.issue(party, day) for party in parties]
    total = sum((each.amount for each in invoices), Decimal(0))
    fee = in_cents(total * PROCESSOR_SHARE + PROCESSOR_FIXED * len(invoices))
    text = f"PAYOUT PL-{firm.chance.randrange(10**7):07d}"
    move = firm.moved(total - fee, firm.after(day, 3, 9), PROCESSOR, text, number=PROCESSOR_ACCOUNT)
    return _case("processor", invoices, (move, _short("processor", -fee, "payment-fees", *invoices)))


def discount(firm: Firm, day: date) -> Case:
    """A customer pays early and takes a cash discount."""
    invoice, party = _issued(firm, day)
    share = firm.chance.choice(CASH_DISCOUNTS)
    kept = in_cents(invoice.amount * share)
    hint = firm.chance.choice((f" abzgl. {share:.0%} Skonto", ""))
    move = firm.from_customer(
        party, firm.after(day, 3, 10), invoice.amount - kept, f"{firm.naming(invoice)}{hint}"
    )
    return _case("discount", [invoice], (move, _short("discount", -kept, "discount", invoice)))


def credit_set_off(firm: Firm, day: date) -> Case:
    """A customer pays an invoice less a credit note."""
    invoice, party = _issued(firm, day)
    note = firm.credit_note(party, invoice, firm.after(day, 1, 5), _share_of(firm, invoice))
    text = firm.chance.choice((f"{invoice.number} abzgl. {note.number}", firm.naming(invoice)))
    on = max(firm.paid_on(invoice), note.issued_on)
    move = firm.from_customer(party, on, invoice.amount - note.amount, text)
    return _case("credit_set_off", [invoice, note], (move, _of("credit_set_off", invoice, note)))


def credit_refund(firm: Firm, day: date) -> Case:
    """A paid invoice is corrected by a credit note, and the money goes back."""
    invoice, party = _issued(firm, day)
    move = firm.from_customer(party, firm.paid_on(invoice), invoice.amount, firm.naming(invoice))
    note = firm.credit_note(party, invoice, firm.after(move.booked_on, 3, 10), _share_of(firm, invoice))
    back = firm.moved(
        -note.amount,
        firm.after(note.issued_on, 1, 5),
        party.name,
        f"Gutschrift {note.number}",
        number=party.account,
    )
    told = (move, _of("named", invoice)), (back, _of("credit_refund", note))
    return _case("credit_refund", [invoice, note], *told)


def wrong_other(firm: Firm, day: date) -> Case:
    """A payment names the number of another customer's open invoice."""
    invoice, party = _issued(firm, day)
    another = firm.chance.choice([each for each in _euro(firm) if each.name != party.name])
    confused = firm.issue(another, day, invoice.amount + Decimal(firm.chance.randint(1, 9)) * 119)
    move = firm.from_customer(
        party, firm.paid_on(invoice), invoice.amount, firm.naming(invoice, confused.number)
    )
    right = firm.from_customer(
        another, firm.after(move.booked_on, 1, 9), confused.amount, firm.naming(confused)
    )
    told = (move, _of("wrong_other", invoice)), (right, _of("named", confused))
    return _case("wrong_other", [invoice, confused], *told)


def wrong_paid(firm: Firm, day: date) -> Case:
    """A payment names an invoice of the same customer that is paid already."""
    before, party = _issued(firm, day)
    paid = firm.from_customer(party, firm.paid_on(before), before.amount, firm.naming(before))
    invoice = firm.issue(party, firm.after(paid.booked_on, 1, 6))
    move = firm.from_customer(party, firm.paid_on(invoice), invoice.amount, firm.naming(before))
    told = (paid, _of("named", before)), (move, _of("wrong_paid", invoice))
    return _case("wrong_paid", [before, invoice], *told)


def wrong_typo(firm: Firm, day: date) -> Case:
    """A payment names a number that was never given."""
    invoice, party = _issued(firm, day)
    mistyped = f"{invoice.number[:-1]}{(int(invoice.number[-1]) + 5) % 10}{firm.chance.randrange(10)}"
    move = firm.from_customer(party, firm.paid_on(invoice), invoice.amount, firm.naming(invoice, mistyped))
    return _case("wrong_typo", [invoice], (move, _of("wrong_typo", invoice)))


def double(firm: Firm, day: date) -> Case:
    """An invoice is paid twice; the second payment is sent back."""
    invoice, party = _issued(firm, day)
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
    told = (move, _of("named", invoice)), (again, Explanation(case="double"))
    return _case("double", [invoice], *told, (back, Explanation(case="sent_back", refund_of=again.key)))


def never(firm: Firm, day: date) -> Case:
    """An invoice that nobody pays."""
    return _case("never", [_issued(firm, day)[0]])


def rounding(firm: Firm, day: date) -> Case:
    """A payment is some cents off."""
    invoice, party = _issued(firm, day)
    off = Decimal(firm.chance.choice((-5, -2, -1, 1, 2))) / 100
    move = firm.from_customer(party, firm.paid_on(invoice), invoice.amount + off, firm.naming(invoice))
    return _case("rounding", [invoice], (move, _short("rounding", off, "rounding", invoice)))


def bill(firm: Firm, day: date) -> Case:
    """A bill, transferred with its number."""
    party = firm.supplier()
    got = firm.bill(party, day)
    return _case("bill", [got], (_to(firm, party, got, got.amount, firm.naming(got)), _of("bill", got)))


def bill_debit(firm: Firm, day: date) -> Case:
    """A bill, taken by direct debit: its number stands in the reference, or nowhere."""
    party = firm.supplier()
    got = firm.bill(party, day)
    reference = firm.chance.choice((got.number, f"KD{firm.chance.randrange(10**6):06d}"))
    move = _to(firm, party, got, got.amount, "Lastschrift Kd. 118832", reference=reference)
    return _case("bill_debit", [got], (move, _of("bill_debit", got)))


def bill_collective(firm: Firm, day: date) -> Case:
    """Two bills of one supplier, paid at once."""
    party = firm.supplier()
    bills = [firm.bill(party, day), firm.bill(party, firm.after(day, 1, 5))]
    text = ", ".join(each.number for each in bills)
    move = _to(firm, party, bills[1], bills[0].amount + bills[1].amount, text)
    return _case("bill_collective", bills, (move, _of("bill_collective", *bills)))


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
    return _case("bill_discount", [got], (move, _short("bill_discount", -kept, "discount", got)))


def bill_credit(firm: Firm, day: date) -> Case:
    """A bill, paid less the supplier's credit note."""
    party = firm.supplier()
    got = firm.bill(party, day)
    note = firm.credit_note(party, got, firm.after(day, 1, 4), _share_of(firm, got))
    move = _to(firm, party, got, got.amount - note.amount, f"{got.number} abzgl. {note.number}")
    return _case("bill_credit", [got, note], (move, _of("bill_credit", got, note)))


def foreign_bill(firm: Firm, day: date) -> Case:
    """A bill in dollars, paid from the euro account."""
    party = firm.supplier("USD")
    got = firm.bill(party, day)
    on = firm.paid_on(got)
    worth, left = _exchanged(firm, got.amount, on, 1)
    move = firm.moved(-left, on, party.name, f"{got.number} USD {got.amount}")
    return _case("foreign_bill", [got], (move, _short("foreign_bill", left - worth, "exchange", got)))


def unlisted(firm: Firm, day: date) -> Case:
    """An expense without bill or rule: nothing explains it."""
    name, text = firm.chance.choice(SHOPS)
    move = firm.moved(_spent(firm, 15, 320), day, name, text, account=firm.card)
    return _case("unlisted", [], (move, Explanation(case="unlisted")))


def stranger(firm: Firm, day: date) -> Case:
    """Money that comes from nobody we know."""
    name, text = firm.chance.choice(STRANGERS)
    move = firm.moved(-_spent(firm, 20, 400), day, name, text)
    return _case("stranger", [], (move, Explanation(case="stranger")))


def coincidence(firm: Firm, day: date) -> Case:
    """A stranger's money is by chance as much as an open invoice asks."""
    invoice, _ = _issued(firm, day)
    name, text = firm.chance.choice(STRANGERS)
    move = firm.moved(invoice.amount, firm.after(day, 8, 20), name, text)
    return _case("coincidence", [invoice], (move, Explanation(case="coincidence")))


def purchase(firm: Firm, day: date) -> Case:
    """A ticket, a taxi, a night: a rule covers it."""
    name, text = firm.chance.choice(TRAVEL)
    move = firm.moved(_spent(firm, 9, 140), day, name, text, account=firm.card)
    return _case("purchase", [], (move, Explanation(case="purchase", category="travel")))


def meal(firm: Firm, day: date) -> Case:
    """A meal with customers at one of a few places that no rule names."""
    name = firm.chance.choice(MEALS)
    move = firm.moved(_spent(firm, 18, 110), day, name, "Kartenzahlung", account=firm.card)
    return _case("meal", [], (move, Explanation(case="meal", category="meals")))


def purchase_refund(firm: Firm, day: date) -> Case:
    """A purchase of which some comes back."""
    name, text = TRAVEL[0]
    bought = firm.moved(_spent(firm, 40, 160), day, name, text, account=firm.card)
    back = in_cents(-bought.amount / firm.chance.choice((1, 2)))
    move = firm.moved(back, firm.after(day, 4, 12), name, f"Erstattung {text}", account=firm.card)
    told = (bought, Explanation(case="purchase", category="travel"))
    return _case(
        "purchase_refund", [], told, (move, Explanation(case="purchase_refund", refund_of=bought.key))
    )


CUSTOMER_MIX: dict[Kind, int] = {
    named: 34, respelled: 9, unnamed: 9, dollars: 5, collective: 4, private_payer: 3, bank_fee: 3, processor: 3,
    discount: 3, twins: 2, partial: 2, instalments: 2, foreign: 2, lookalike: 1, credit_set_off: 1, credit_refund: 1,
    wrong_other: 1, wrong_paid: 1, wrong_typo: 1, double: 1, never: 1, rounding: 1,
}  # fmt: skip
"""How often each kind comes in half a year (90 cases): two payments in five name their invoice as it is written."""
EXPENSE_MIX: dict[Kind, int] = {
    purchase: 22, bill: 18, bill_debit: 10, meal: 7, unlisted: 4, bill_collective: 2, bill_discount: 2, foreign_bill: 2,
    purchase_refund: 2, stranger: 1, bill_credit: 1, coincidence: 1,
}  # fmt: skip
"""The same of what goes out, and of strangers (72 cases)."""
PROCESSOR_ACCOUNT = iban("NL", "ZWLB0900711004")


def _issued(firm: Firm, day: date, currency: str = "EUR", *, abroad: bool = False) -> tuple[Invoice, Party]:
    party = firm.customer(currency, abroad=abroad)
    return firm.issue(party, day), party


def _case(kind: str, invoices: Sequence[Invoice], *moves: tuple[Transaction, Explanation]) -> Case:
    return Case(kind=kind, invoices=tuple(invoices), moves=moves)


def _of(case: str, *invoices: Invoice) -> Explanation:
    return Explanation(case=case, parts=whole(*invoices))


def _share(case: str, invoice: Invoice, amount: Decimal) -> Explanation:
    return Explanation(case=case, parts=(Part(number=invoice.number, amount=amount),))


def _short(case: str, amount: Decimal, category: str, *invoices: Invoice) -> Explanation:
    difference = Difference(amount=amount, category=category) if amount else None
    return Explanation(case=case, parts=whole(*invoices), difference=difference)


def _paid(firm: Firm, kind: str, party: Party, invoice: Invoice, text: str, reference: str = "") -> Case:
    move = firm.from_customer(party, firm.paid_on(invoice), invoice.amount, text, reference=reference)
    return _case(kind, [invoice], (move, _of(kind, invoice)))


def _number_somewhere(firm: Firm, invoice: Invoice) -> tuple[str, str]:
    if firm.chance.random() < 0.15:
        return firm.not_naming(invoice), invoice.number
    return firm.naming(invoice), ""


def _to(
    firm: Firm, party: Party, got: Invoice, amount: Decimal, text: str, reference: str = ""
) -> Transaction:
    name = as_the_bank_writes(firm.chance, party.name)
    return firm.moved(-amount, firm.paid_on(got), name, text, number=party.account, reference=reference)


def _exchanged(firm: Firm, dollars: Decimal, on: date, worse: int) -> tuple[Decimal, Decimal]:
    """Return what dollars are worth at the recorded rate, and what the bank makes of them."""
    rate = firm.rate_on(on)
    spread = 1 + worse * Decimal(firm.chance.randint(*BANK_SPREAD)) / 10_000
    return in_cents(dollars * rate), in_cents(dollars * rate * spread)


def _split(amount: Decimal, count: int) -> list[Decimal]:
    share = in_cents(amount / count)
    return [*[share] * (count - 1), amount - share * (count - 1)]


def _share_of(firm: Firm, invoice: Invoice) -> Decimal:
    return in_cents(invoice.amount * firm.chance.choice((10, 20, 25)) / 100)


def _spent(firm: Firm, least: int, most: int) -> Decimal:
    return -Decimal(firm.chance.randint(least * 100, most * 100)) / 100


def _euro(firm: Firm) -> list[Party]:
    return [each for each in firm.customers if each.currency == "EUR"]


def _lookalikes(firm: Firm) -> tuple[Party, Party]:
    """The two German customers that were drawn as a pair stand last among the German ones."""
    german = [each for each in firm.customers if each.country == "DE"]
    return german[-2], german[-1]
