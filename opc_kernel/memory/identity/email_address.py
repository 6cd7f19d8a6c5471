"""An e-mail address: as written, as it is reached, and as it is compared."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from opc_kernel.memory.identity.unread import Unread

ROLES = frozenset(
    """
    abo accounting accounts admin anfrage anmeldung bestellung bestellungen bewerbung billing booking
    buchhaltung buero bureau career contact datenschutz einkauf empfang enquiries facturation familie
    family feedback finance hallo hello help hello hi hotline hr info infos inquiries invoice invoices
    jobs karriere kontakt kundenservice mail marketing me news newsletter noreply office order orders
    payments personal post postmaster praxis presse press privacy rechnung rechnungen reception redaktion
    reservations reservierung sales sekretariat service shop store support team urlaub vertrieb
    verwaltung webmaster welcome zentrale
    """.split()  # noqa: SIM905 - one a line would fill the screen
)
"""Mailboxes that several people read."""
PROVIDERS = frozenset(
    """
    aol.com bluewin.ch email.de freenet.de gmail.com gmx.at gmx.ch gmx.com gmx.de gmx.net hey.com
    hotmail.com hotmail.de icloud.com live.com live.de mac.com mail.com mail.de mail.ru mailbox.org
    me.com msn.com orange.fr outlook.com outlook.de pm.me posteo.de proton.me protonmail.com
    rocketmail.com t-online.de web.de yahoo.com yahoo.de yandex.ru ymail.com zoho.com
    """.split()  # noqa: SIM905 - one a line would fill the screen
)
"""Domains whose mailboxes have nothing in common."""
SAME_DOMAIN = {"googlemail.com": "gmail.com", "protonmail.com": "proton.me", "pm.me": "proton.me"}
DOTLESS = frozenset(("gmail.com",))


@dataclass(frozen=True, slots=True, kw_only=True)
class EmailAddress:
    """`address` is what mail is sent to; `local` and `domain` are what is compared."""

    original: str
    address: str
    local: str
    domain: str

    @property
    def is_shared(self) -> bool:
        """Whether several people may read this mailbox: info@, office@, familie.mueller@."""
        words = self.local.replace("-", ".").replace("_", ".").split(".")
        return self.local in ROLES or self.local.replace("-", "") in ROLES or words[0] in ROLES

    @property
    def is_private_domain(self) -> bool:
        """Whether the domain is one firm's or person's own, and not a provider's."""
        return self.domain not in PROVIDERS


@lru_cache(maxsize=20_000)
def read_email(original: str) -> EmailAddress | Unread:
    """Read an address; nobody is asked whether it exists."""
    from email_validator import EmailNotValidError, validate_email

    try:
        found = validate_email(original.strip(), check_deliverability=False, allow_smtputf8=True)
    except EmailNotValidError as error:
        return Unread(meant="email", original=original, reason=str(error))
    domain = (found.ascii_domain or found.domain).lower()
    domain = SAME_DOMAIN.get(domain, domain)
    return EmailAddress(
        original=original,
        address=f"{found.local_part}@{found.domain.lower()}",
        local=_compared(found.local_part.casefold(), domain),
        domain=domain,
    )


def _compared(local: str, domain: str) -> str:
    """Return a local part without what its owner may add: a +tag, and dots at Gmail."""
    untagged = local.partition("+")[0] or local
    return untagged.replace(".", "") if domain in DOTLESS else untagged
