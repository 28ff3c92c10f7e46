"""Addresses that are no customer's: robots, mailers of sites, and what forwarding services write.

Invariant: pure tables and patterns; whether an address is the company's own is decided elsewhere.
"""

import re
from typing import Final

# Domains where anybody has a mailbox: whoever writes to one of their addresses is no colleague.
PUBLIC_DOMAINS: Final = frozenset(
    ["gmail.com", "googlemail.com", "yandex.ru", "ya.ru", "yandex.com", "yandex.by", "yandex.kz",
     "yandex.ua", "narod.ru", "mail.ru", "bk.ru", "list.ru", "inbox.ru", "internet.ru",
     "rambler.ru", "lenta.ru", "ro.ru", "autorambler.ru", "myrambler.ru", "outlook.com",
     "hotmail.com", "live.com", "msn.com", "hotmail.co.uk", "hotmail.fr", "hotmail.de",
     "outlook.de", "outlook.fr", "yahoo.com", "yahoo.co.uk", "yahoo.fr", "yahoo.de", "ymail.com",
     "icloud.com", "me.com", "mac.com", "aol.com", "gmx.de", "gmx.net", "gmx.com", "gmx.at",
     "web.de", "t-online.de", "freenet.de", "orange.fr", "free.fr", "laposte.net", "wanadoo.fr",
     "sfr.fr", "libero.it", "virgilio.it", "tiscali.it", "wp.pl", "o2.pl", "onet.pl", "op.pl",
     "interia.pl", "gazeta.pl", "ukr.net", "i.ua", "meta.ua", "bigmir.net", "proton.me",
     "protonmail.com", "pm.me", "tutanota.com", "zoho.com", "mail.com", "fastmail.com",
     "hey.com", "qq.com", "163.com", "126.com", "naver.com", "mynet.com", "tut.by", "mail.kz",
     "e1.ru", "ngs.ru", "pochta.ru"]
)  # fmt: skip
_ROBOT = re.compile(
    r"(?:no|not|do|dont|never)[-_.]?(?:not[-_.]?)?re(?:ply|spond|plies)|nicht[-_.]?antworten|"
    r"noreply|nepasrepondre|ne[-_.]pas[-_.]repondre|no[-_.]?responder|non[-_.]?rispondere|"
    r"(?:auto|mail|form|web|site|php|c?form)?[-_.]?mailer|robot|wordpress|wp|joomla|drupal|"
    r"bitrix|opencart|modx|magento|prestashop|woocommerce|tilda|wix|www(?:-data)?|apache2?|nginx|"
    r"httpd|nobody|root|daemon|cron|sysadmin|postmaster|hostmaster|webmaster|bounces?|"
    r"mailer-daemon|notif(?:y|ication|ications|ier)?|alerts?|system|web(?:site|forms?)|"
    r"(?:web|contact|feedback|site|lead)?[-_.]?forms?|contactform|mailform|site|sayt|hosting|"
    r"automail(?:er)?|autoreply|autoresponder|smtp|sendmail|leads?|zayavk[ai]|request-bot|"
    r"(?:srs0|srs1)=.*",
    re.IGNORECASE,
)
_DEPARTMENT = re.compile(
    r"info|admin|administrator|sales?|office|shop|store|support|hello|hi|contacts?|mail|email|order|"
    r"orders|zakaz|zakazy|zayavk\w|manager|marketing|help|helpdesk|service|servis|client|clients|"
    r"post|reception|crm|b2b|opt|kontakt|vertrieb|anfrage|ventas|vendite|commercial|biuro|satis",
    re.IGNORECASE,
)
_SRS = re.compile(
    r"srs0[=+-][^=]{1,20}=[^=]{1,20}=([^=]{1,200})=([^@]{1,64})@.*"
    r"|srs1[=+-][^=]{1,20}=[^=]{1,200}==[^=]{1,20}=[^=]{1,20}=([^=]{1,200})=([^@]{1,64})@.*",
    re.IGNORECASE,
)
_TAGGED = re.compile(r"prvs=[0-9a-f]{4,20}=([^@=]{1,64}@.{3,200})", re.IGNORECASE)
# An address written into the local part of a service's own: `larisa=client.example@lists.example`.
_WRAPPED = re.compile(
    r"([^@=]{1,64})(?:=40|=|_at_|\.at\.|%)([a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63}){0,5}\.[a-z]{2,24})"
    r"@[^@]{3,200}",
    re.IGNORECASE,
)
_ALTERED = re.compile(r"(.{1,64}@.{3,200}?)\.(?:invalid|dmarc\.[a-z.]{2,60})", re.IGNORECASE)
_VIA = re.compile(
    r"\s+\(?(?:via|через|über|par l'intermédiaire de|tramite|por medio de|przez|aracılığıyla|"
    r"on behalf of|от имени|im auftrag von)\s.{1,200}$",
    re.IGNORECASE,
)
_BEHALF = re.compile(
    r".{0,200}?\b(?:on behalf of|от имени|im auftrag von|de la part de)\s+(.{1,200})$",
    re.IGNORECASE,
)


def is_robot(address: str) -> bool:
    """Whether an address is one that nobody writes from by hand."""
    local = address.partition("@")[0].partition("+")[0]
    return bool(_ROBOT.fullmatch(local))


def is_department(address: str) -> bool:
    """Whether an address is that of a department or of a whole company."""
    return bool(_DEPARTMENT.fullmatch(address.partition("@")[0].partition("+")[0]))


def unwrapped(address: str) -> str | None:
    """The sender's address inside of one that a forwarding service made; None for a usual one."""
    if match := _SRS.fullmatch(address):
        domain, local = (match[1], match[2]) if match[1] else (match[3], match[4])
        return f"{local}@{domain}".lower()
    if match := _TAGGED.fullmatch(address):
        return match[1]
    if match := _WRAPPED.fullmatch(address):
        return f"{match[1]}@{match[2]}".lower()
    match = _ALTERED.fullmatch(address)
    return match[1] if match else None


def person_of(name: str | None) -> tuple[str | None, bool]:
    """The person of a display name that a service has completed, and whether one has: `Larisa` of
    `'Larisa' via Sales`.
    """
    if not name:
        return None, False
    words = name[:400]
    if (behalf := _BEHALF.match(words)) is not None:
        return behalf[1].strip("'\" "), True
    short = _VIA.sub("", words)
    return short.strip("'\"( ") or None, short != words
