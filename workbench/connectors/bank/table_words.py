"""The words banks write over their columns and beside their totals, in a dozen languages.

Written as `plain` leaves them: small letters, no accents or signs, ä as ae, ø as o. The first word of a kind that a
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
        "transaction posted", "posted on", "date posted", "data contabile", "data registrazione",
        "data contabilistica", "data lancamento", "data de lancamento", "data ksiegowania",
        "bogforingsdato", "bogfort", "bogfort dato", "bokforingsdato", "bokfort", "bokfort dato",
        "bokfoeringsdag", "bokfoeringsdatum", "bokfoerd", "datum zauctovani", "data operazione",
        "data movimento", "data mov", "data do movimento", "data operacao", "data da operacao",
        "data operacji", "data transakcji", "data transacao", "data da transacao", "transaktionsdatum",
        "transaktionsdag", "transaksjonsdato", "datum provedeni", "buchungszeit", "dato", "data",
        "datum transakce",
    ),
    "value_on": (
        "value date", "valutadatum", "valuta", "wertstellung", "wertstellungsdatum", "wert", "rentedatum",
        "date valeur", "date de valeur", "fecha valor", "fecha de valor", "datum verrekening", "started date",
        "wertstellungstag", "data valuta", "data valor", "data waluty", "rentedato", "valordato",
        "valutadato", "valutadag", "datum valuty",
    ),
    "amount": (
        "amount", "transaction amount", "amount total", "betrag", "buchungsbetrag", "umsatz", "bedrag",
        "transactiebedrag", "montant", "importe", "importe de la operacion",
        "importo", "importo operazione", "importo movimento", "montante", "importancia", "quantia",
        "valor do movimento", "kwota", "kwota operacji", "kwota transakcji", "kwota w walucie rachunku",
        "belob", "belop", "belopp", "castka", "zauctovana castka", "castka v mene uctu", "objem",
        "transaktionsbetrag", "value", "valor", "net", "netto",
    ),
    "debit": (
        "debit", "debits", "debit amount", "withdrawal", "withdrawals", "paid out", "money out", "soll",
        "ausgang", "ausgaben", "belastung", "lastschrift", "debet", "af", "uit", "uitgaven", "debit euros",
        "montant debit", "depenses", "debe", "cargo", "cargos", "gasto", "gastos",
        "debit value", "money paid out", "auszahlung", "auszahlungen", "dare", "uscite", "uscita",
        "addebiti", "addebito", "importo addebito", "debito", "debitos", "obciazenia", "obciazenie",
        "wyplaty", "wydatki", "ut", "ut av konto", "ut fra konto", "uttag", "haevet", "debet euros",
        "retraits", "retrait",
    ),
    "credit": (
        "credit", "credits", "credit amount", "deposit", "deposits", "paid in", "money in", "haben",
        "eingang", "einnahmen", "gutschrift", "bij", "in", "inkomsten", "credit euros", "montant credit",
        "recettes", "haber", "abono", "abonos", "ingreso", "ingresos",
        "credit value", "money paid in", "einzahlung", "einzahlungen", "avere", "entrate", "entrata",
        "accrediti", "accredito", "importo accredito", "credito", "creditos", "uznania", "uznanie",
        "wplaty", "wplywy", "inn", "inn pa konto", "insaettning", "insaettningar", "indsat", "depots",
        "depot",
    ),
    "sign": (
        "d c", "c d", "dc", "cd", "debit credit", "credit debit", "debit credit indicator",
        "credit debit indicator", "af bij", "bij af", "debet credit", "s h", "soll haben", "debe haber",
        "d k", "k d", "dr cr", "cr dr", "debito credito", "dare avere", "segno", "debit or credit",
        "af of bij", "umsatzart s h",
    ),
    "counterparty": (
        "counterparty", "counterparty name", "counter party", "partner name", "payee", "name", "merchant",
        "beguenstigter zahlungspflichtiger", "name zahlungsbeteiligter", "auftraggeber empfaenger",
        "auftraggeber beguenstigter", "empfaenger zahlungspflichtiger", "empfaenger", "empfaengername",
        "naam tegenpartij", "tegenpartij", "tegenpartij naam", "naam omschrijving", "naam", "handelaar",
        "nom", "tiers", "beneficiaire", "contrepartie", "nom de la contrepartie",
        "beneficiario", "contrapartida", "nombre",
        "partner", "beneficiary", "sender recipient", "controparte", "ordinante beneficiario",
        "beneficiario ordinante", "destinatario", "contraparte", "contraparte nome", "nadawca odbiorca",
        "odbiorca nadawca", "kontrahent", "nazwa kontrahenta", "dane kontrahenta", "modtager", "mottagare",
        "mottaker", "modpart", "motpart", "navn", "namn", "nazev protiuctu", "nazev protistrany",
        "zahlungsbeteiligter",
    ),
    "payer": ("payer", "from", "zahlungspflichtige r", "zahlungspflichtiger", "auftraggeber", "ordenante"),
    "payee": ("to", "zahlungsempfaenger in", "zahlungsempfaenger"),
    "counterparty_account": (
        "counterparty account", "counterparty iban", "counter account", "bank account", "payee account",
        "iban zahlungsbeteiligter", "kontonummer iban", "gegenkonto", "kontonummer", "konto nr",
        "tegenrekening iban bban", "tegenrekening", "rekening tegenpartij", "compte contrepartie",
        "iban contrepartie", "cuenta contrapartida", "iban",
        "iban controparte", "conto controparte", "iban destinatario", "nr rachunku kontrahenta",
        "numer rachunku kontrahenta", "rachunek kontrahenta", "konto kontrahenta", "mottagarkonto",
        "mottakerkonto", "modtagerkonto", "cislo protiuctu", "protiucet",
    ),
    "text": (
        "description", "details", "transaction details", "label", "memo", "narrative", "purpose",
        "particulars", "note", "notes", "payment details", "remittance information", "message",
        "buchungstext", "verwendungszweck", "vorgang verwendungszweck", "beschreibung", "buchungsdetails",
        "transaktionsbeschreibung", "omschrijving", "omschrijving 1", "omschrijving 2", "omschrijving 3",
        "mededelingen", "mededeling", "toelichting", "libelle", "libelle operation", "libelle simplifie",
        "communication", "motif", "concepto", "descripcion", "detalle", "observaciones",
        "text", "transaction description", "memo description", "descrizione", "descrizione operazione", "causale",
        "dettagli", "descricao", "descricao do movimento", "descritivo", "historico", "detalhes", "tytul",
        "tytul operacji", "opis", "opis operacji", "opis transakcji", "szczegoly transakcji", "tekst",
        "beskrivelse", "beskrivning", "transaktionstext", "forklaring", "meddelelse", "meddelande",
        "melding", "rubrik", "zprava", "zprava pro prijemce", "poznamka", "popis", "detail",
    ),
    "reference": (
        "reference", "payment reference", "customer reference", "end to end id", "kundenreferenz",
        "kundenreferenz end to end", "referenz", "betalingskenmerk", "transactiereferentie", "kenmerk",
        "referentie", "reference client", "referencia",
        "riferimento", "referencia do cliente", "referanse", "referens", "variabilni symbol", "payment ref",
    ),
    "bank_id": (
        "transaction id", "transaction reference number", "bank reference", "buchungsreferenz", "id", "volgnr",
        "operation number", "numero d operation", "numero de operacion",
        "transaction no", "transaction number", "numero operazione", "id operazione", "numer transakcji",
        "nr transakcji", "id transakcji", "id transakce", "id pohybu", "id operace", "verifikationsnummer",
        "arkivreference", "arkivref",
    ),
    "balance": (
        "balance", "running balance", "runningbalance", "balance after", "account balance", "saldo",
        "saldo nach buchung", "kontostand", "saldo na trn", "saldo na mutatie", "saldo na boeking",
        "solde", "solde apres operation", "saldo disponible", "saldo posterior",
        "saldo contabile", "saldo progressivo", "saldo finale", "saldo contabilistico",
        "saldo apos movimento", "saldo po operacji", "saldo po transakcji", "bokfoert saldo",
        "bokfoerd saldo", "bogfort saldo", "zustatek", "zustatek po transakci", "balance after transaction",
    ),
    "currency": (
        "currency", "transaction currency", "account currency", "waehrung", "buchungswaehrung", "munt",
        "muntsoort", "valutasoort", "devise", "moneda", "divisa",
        "moeda", "waluta", "mena", "mena uctu", "waehrungscode", "ccy", "currency code",
    ),
    "account": (
        "account", "account number", "account no", "account iban", "own account", "auftragskonto",
        "iban auftragskonto", "iban auftraggeberkonto", "auftraggeberkonto", "rekening", "rekeningnummer",
        "iban bban", "compte", "numero de compte", "cuenta", "numero de cuenta",
        "conto", "numero conto", "conto corrente", "rapporto", "conta", "numero de conta", "rachunek",
        "numer rachunku", "nr rachunku", "konto", "cislo uctu", "kontonr", "reknr",
    ),
    "status": (
        "status", "state", "umsatzstatus", "info", "statut", "etat", "estado",
        "stato", "situacao", "stan",
    ),
    "fee": (
        "fee", "fees", "amount fee", "fees comm", "gebuehr", "kosten op verrichting", "frais", "comision",
        "commissione", "commissioni", "comissao", "prowizja", "oplata", "gebyr", "avgift", "poplatek",
    ),
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
        "cost basis",
        "market value",
        "isin wkn",
        "kurswert",
    )
)

DEBIT_SIGNS = frozenset(
    (
        "d", "db", "dr", "debit", "dbit", "debet", "af", "s", "soll", "debe", "cargo", "dare", "addebito",
        "debito", "obciazenie", "minus",
    )
)  # fmt: skip
CREDIT_SIGNS = frozenset(
    (
        "c", "cr", "credit", "crdt", "bij", "h", "haben", "haber", "abono", "avere", "accredito", "credito",
        "uznanie", "k", "kredit", "plus",
    )
)  # fmt: skip
SIGNS = DEBIT_SIGNS | CREDIT_SIGNS

NET = frozenset(("net", "netto"))
"""Amounts that a fee beside them is taken from already."""

_OPENING = (
    "opening balance", "balance at start of period", "starting balance", "anfangssaldo", "alter kontostand",
    "beginsaldo", "openingssaldo", "solde initial", "solde d ouverture", "ancien solde", "saldo inicial",
    "saldo anterior", "saldo iniziale", "saldo precedente", "saldo poczatkowe", "ingaende saldo",
    "inngaende saldo", "startsaldo", "primosaldo", "pocatecni zustatek", "beginning balance",
    "previous balance", "balance brought forward",
)  # fmt: skip
_CLOSING = (
    "closing balance", "balance at end of period", "ending balance", "endsaldo", "neuer kontostand",
    "kontostand", "eindsaldo", "slotsaldo", "solde final", "solde de cloture", "nouveau solde", "saldo final",
    "saldo finale", "nuovo saldo", "saldo koncowe", "utgaende saldo", "slutsaldo", "ultimosaldo",
    "konecny zustatek", "balance carried forward", "new balance",
)  # fmt: skip
_TOTAL = (
    "total",
    "totals",
    "summe",
    "gesamt",
    "gesamtsumme",
    "totaal",
    "totale",
    "totali",
    "totaux",
    "totais",
    "razem",
    "suma",
    "sum",
    "summa",
    "celkem",
)

SUMMARIES: dict[str, str] = {
    **dict.fromkeys(_OPENING, "opening"),
    **dict.fromkeys(_CLOSING, "closing"),
    **dict.fromkeys(_TOTAL, "total"),
}
"""What a row is about that is no entry, by a word it holds."""
SUMMARY_STEMS = (
    "saldo",
    "balance",
    "kontostand",
    "solde",
    "tota",
    "sum",
    "gesamt",
    "razem",
    "zustatek",
    "celkem",
    "zůstatek",
)
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
        "in sospeso",
        "pendente",
        "oczekujaca",
        "reserveret",
        "reserverad",
        "reservert",
        "authorised",
        "authorized",
    )
)
NEVER_HAPPENED = frozenset(
    ("declined", "failed", "reverted", "cancelled", "canceled", "rejected", "storniert", "abgelehnt")
)
MONTHS: dict[str, int] = {
    begin: month
    for month, begins in enumerate(
        (
            "jan ene gen sty", "feb fev lut", "mar mrt maa mae", "apr avr abr kwi", "may mai mei maj mag",
            "jun juin giu cze", "jul juil lug lip", "aug aou ago sie", "sep set wrz", "oct okt out ott paz",
            "nov lis", "dec dez dic des gru",
        ),
        start=1,
    )
    for begin in begins.split()
}  # fmt: skip
"""The first letters of a month's name: four where three would not tell it, as in juin and juillet."""

_UMLAUTS = str.maketrans(
    {"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "ł": "l", "ø": "o", "æ": "ae", "đ": "d"}
)
_SIGNS_AND_BLANKS = re.compile(r"[^a-z0-9]+")


def plain(cell: str) -> str:
    """A cell as the words here are written."""
    letters = cell.casefold()
    if not letters.isascii():
        composed = unicodedata.normalize("NFC", letters).translate(_UMLAUTS)
        letters = unicodedata.normalize("NFKD", composed).encode("ascii", "ignore").decode()
    return _SIGNS_AND_BLANKS.sub(" ", letters).strip()
