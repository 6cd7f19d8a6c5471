"""The words banks write over their columns and beside their totals, in five languages.

Written as `plain` leaves them: small letters, no accents or signs, ä as ae. The first word of a kind that a
header holds is its column, so the exact stands before the vague.
"""

from __future__ import annotations

import re
import unicodedata

COLUMNS: dict[str, tuple[str, ...]] = {
    "booked_on": (
        "booking date", "date booked", "posting date", "posted date", "post date", "completed date",
        "buchungstag", "buchungsdatum", "buchung",
        "boekingsdatum", "boekdatum", "date de comptabilisation", "date comptable", "fecha contable",
        "date", "datum", "datetime", "transaction date", "transactiedatum", "date operation",
        "date de l operation", "date d operation", "fecha", "fecha operacion", "fecha de operacion",
        "datum verrichting", "created",
    ),
    "value_on": (
        "value date", "valutadatum", "valuta", "wertstellung", "wertstellungsdatum", "wert", "rentedatum",
        "date valeur", "date de valeur", "fecha valor", "fecha de valor", "datum verrekening", "started date",
    ),
    "amount": (
        "amount", "transaction amount", "amount total", "betrag", "buchungsbetrag", "umsatz", "bedrag",
        "transactiebedrag", "montant", "importe", "importe de la operacion",
    ),
    "debit": (
        "debit", "debits", "debit amount", "withdrawal", "withdrawals", "paid out", "money out", "soll",
        "ausgang", "ausgaben", "belastung", "lastschrift", "debet", "af", "uit", "uitgaven", "debit euros",
        "montant debit", "depenses", "debe", "cargo", "cargos", "gasto", "gastos",
    ),
    "credit": (
        "credit", "credits", "credit amount", "deposit", "deposits", "paid in", "money in", "haben",
        "eingang", "einnahmen", "gutschrift", "bij", "in", "inkomsten", "credit euros", "montant credit",
        "recettes", "haber", "abono", "abonos", "ingreso", "ingresos",
    ),
    "sign": (
        "d c", "c d", "dc", "cd", "debit credit", "credit debit", "debit credit indicator",
        "credit debit indicator", "af bij", "bij af", "debet credit", "s h", "soll haben", "debe haber",
    ),
    "counterparty": (
        "counterparty", "counterparty name", "counter party", "partner name", "payee", "name", "merchant",
        "beguenstigter zahlungspflichtiger", "name zahlungsbeteiligter", "auftraggeber empfaenger",
        "auftraggeber beguenstigter", "empfaenger zahlungspflichtiger", "empfaenger", "empfaengername",
        "naam tegenpartij", "tegenpartij", "tegenpartij naam", "naam omschrijving", "naam", "handelaar",
        "nom", "tiers", "beneficiaire", "contrepartie", "nom de la contrepartie",
        "beneficiario", "contrapartida", "nombre",
    ),
    "payer": ("payer", "from", "zahlungspflichtige r", "zahlungspflichtiger", "auftraggeber", "ordenante"),
    "payee": ("to", "zahlungsempfaenger in", "zahlungsempfaenger"),
    "counterparty_account": (
        "counterparty account", "counterparty iban", "counter account", "bank account", "payee account",
        "iban zahlungsbeteiligter", "kontonummer iban", "gegenkonto", "kontonummer", "konto nr",
        "tegenrekening iban bban", "tegenrekening", "rekening tegenpartij", "compte contrepartie",
        "iban contrepartie", "cuenta contrapartida", "iban",
    ),
    "text": (
        "description", "details", "transaction details", "label", "memo", "narrative", "purpose",
        "particulars", "note", "notes", "payment details", "remittance information", "message",
        "buchungstext", "verwendungszweck", "vorgang verwendungszweck", "beschreibung", "buchungsdetails",
        "transaktionsbeschreibung", "omschrijving", "omschrijving 1", "omschrijving 2", "omschrijving 3",
        "mededelingen", "mededeling", "toelichting", "libelle", "libelle operation", "libelle simplifie",
        "communication", "motif", "concepto", "descripcion", "detalle", "observaciones",
    ),
    "reference": (
        "reference", "payment reference", "customer reference", "end to end id", "kundenreferenz",
        "kundenreferenz end to end", "referenz", "betalingskenmerk", "transactiereferentie", "kenmerk",
        "referentie", "reference client", "referencia",
    ),
    "bank_id": (
        "transaction id", "transaction reference number", "bank reference", "buchungsreferenz", "id", "volgnr",
        "operation number", "numero d operation", "numero de operacion",
    ),
    "balance": (
        "balance", "running balance", "runningbalance", "balance after", "account balance", "saldo",
        "saldo nach buchung", "kontostand", "saldo na trn", "saldo na mutatie", "saldo na boeking",
        "solde", "solde apres operation", "saldo disponible", "saldo posterior",
    ),
    "currency": (
        "currency", "transaction currency", "account currency", "waehrung", "buchungswaehrung", "munt",
        "muntsoort", "valutasoort", "devise", "moneda", "divisa",
    ),
    "account": (
        "account", "account number", "account no", "account iban", "own account", "auftragskonto",
        "iban auftragskonto", "iban auftraggeberkonto", "auftraggeberkonto", "rekening", "rekeningnummer",
        "iban bban", "compte", "numero de compte", "cuenta", "numero de cuenta",
    ),
    "status": ("status", "state", "umsatzstatus", "info", "statut", "etat", "estado"),
    "fee": ("fee", "fees", "amount fee", "fees comm", "gebuehr", "kosten op verrichting", "frais", "comision"),
}  # fmt: skip

SEVERAL = {"text"}
"""Kinds whose columns belong together; of every other kind one column is read."""

OF_AN_INVOICE = frozenset(
    (
        "invoice", "invoice number", "invoice no", "invoice id", "invoice date", "due date", "due",
        "rechnung", "rechnungsnummer", "rechnungsnr", "rechnungsdatum", "faelligkeit", "faellig am", "faellig",
        "factuur", "factuurnummer", "factuurdatum", "vervaldatum", "facture", "numero de facture",
        "date de facture", "date d echeance", "echeance", "factura", "numero de factura", "fecha de factura",
        "vencimiento", "fecha de vencimiento",
    )
)  # fmt: skip

OF_SECURITIES = frozenset(
    (
        "symbol",
        "ticker",
        "isin",
        "quantity",
        "shares",
        "units",
        "stueck",
        "stuecke",
        "wkn",
        "aantal",
        "titres",
    )
)

DEBIT_SIGNS = frozenset(("d", "db", "dr", "debit", "dbit", "debet", "af", "s", "soll", "debe", "cargo"))
CREDIT_SIGNS = frozenset(("c", "cr", "credit", "crdt", "bij", "h", "haben", "haber", "abono"))
SIGNS = DEBIT_SIGNS | CREDIT_SIGNS

_OPENING = (
    "opening balance", "balance at start of period", "starting balance", "anfangssaldo", "alter kontostand",
    "beginsaldo", "openingssaldo", "solde initial", "solde d ouverture", "ancien solde", "saldo inicial",
    "saldo anterior",
)  # fmt: skip
_CLOSING = (
    "closing balance", "balance at end of period", "ending balance", "endsaldo", "neuer kontostand",
    "kontostand", "eindsaldo", "slotsaldo", "solde final", "solde de cloture", "nouveau solde", "saldo final",
)  # fmt: skip
_TOTAL = ("total", "totals", "summe", "gesamt", "gesamtsumme", "totaal", "totale", "totaux")

SUMMARIES: dict[str, str] = {
    **dict.fromkeys(_OPENING, "opening"),
    **dict.fromkeys(_CLOSING, "closing"),
    **dict.fromkeys(_TOTAL, "total"),
}
"""What a row is about that is no entry, by a word it holds."""
SUMMARY_STEMS = ("saldo", "balance", "kontostand", "solde", "tota", "summe", "gesamt")
"""Found in every summary; a quick look before the cells are compared one by one."""

PENDING = frozenset(
    (
        "pending",
        "umsatz vorgemerkt",
        "vorgemerkt",
        "in behandeling",
        "gereserveerd",
        "en attente",
        "pendiente",
    )
)
NEVER_HAPPENED = frozenset(
    ("declined", "failed", "reverted", "cancelled", "canceled", "rejected", "storniert", "abgelehnt")
)
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})
_SIGNS_AND_BLANKS = re.compile(r"[^a-z0-9]+")


def plain(cell: str) -> str:
    """A cell as the words here are written."""
    letters = cell.casefold()
    if not letters.isascii():
        composed = unicodedata.normalize("NFC", letters).translate(_UMLAUTS)
        letters = unicodedata.normalize("NFKD", composed).encode("ascii", "ignore").decode()
    return _SIGNS_AND_BLANKS.sub(" ", letters).strip()
