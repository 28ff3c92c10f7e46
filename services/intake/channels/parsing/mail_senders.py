"""Who the customer of a mail is: the person who wrote it, not whoever stands in its From.

Invariant: neither the company's own address nor a robot's is ever a customer's.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from services.intake.channels.parsing.emails import address
from services.intake.channels.parsing.mail_headers import Mailbox, mailboxes
from services.intake.domain.header_blocks import Forwarded
from services.intake.domain.mail_services import (
    PUBLIC_DOMAINS,
    is_department,
    is_robot,
    person_of,
    unwrapped,
)
from services.intake.domain.requests import SourceView

# Headers that name the mailbox to which a mail was delivered.
_DELIVERED = (
    "delivered-to", "x-original-to", "envelope-to", "x-envelope-to", "x-rcpt-to", "x-forwarded-to",
    "x-real-to", "apparently-to", "resent-to",
)  # fmt: skip
# Where services that rewrite From keep the address of the person, the surest first.
_ORIGINS = (
    "x-original-from",
    "x-google-original-from",
    "reply-to",
    "x-original-sender",
    "x-sender",
)
# What servers of sites write into the mails of their forms.
_MAILERS = (
    "x-php-originating-script",
    "x-php-script",
    "x-wp-mail",
    "x-source-dir",
    "x-mailer-form",
)
_OF_PHP = ("phpmailer", "wpmailsmtp", "wp-mail", "swiftmailer", "symfony", "php/", "bitrix")


@dataclass(frozen=True, slots=True)
class Own:
    """The company's own addresses and whole domains; `learned` are domains that this mail shows."""

    addresses: frozenset[str] = frozenset()
    domains: frozenset[str] = frozenset()
    learned: frozenset[str] = frozenset()

    def has(self, mail_address: str) -> bool:
        return mail_address in self.addresses or _within(mail_address, self.domains | self.learned)

    def may_ask(self, mail_address: str) -> bool:
        """Whether a person may stand behind an own address: nothing but the domain speaks
        against it, and it is no mailbox of a whole department.
        """
        return not (
            mail_address in self.addresses
            or _within(mail_address, self.domains)
            or is_robot(mail_address)
            or is_department(mail_address)
        )


def _within(mail_address: str, domains: Iterable[str]) -> bool:
    domain = _domain(mail_address)
    return any(domain == own or domain.endswith("." + own) for own in domains)


@dataclass(frozen=True, slots=True)
class Customer:
    """`others` are further addresses of the mail, by what they are: from, reply_to, forwarded_by.

    `is_sender` tells whether the customer's own program sent the mail.
    """

    name: str | None = None
    address: str | None = None
    others: Mapping[str, str] | None = None
    is_sender: bool = False
    forwarded: Forwarded | None = None


def configured(source: SourceView) -> Own:
    """The addresses and domains that the source is configured with."""
    addresses, domains = set(), set()
    for entry in source.own_addresses:
        plain = entry.strip().lower()
        if "@" in plain.strip("@*"):
            addresses.add(address(plain) or plain)
        elif plain:
            domains.add(plain.lstrip("*@."))
    return Own(frozenset(addresses), frozenset(domains))


def own_of(
    source: SourceView,
    headers: Mapping[str, str],
    *,
    recipients: Sequence[str],
    to: str | None,
    cc: str | None,
    sender: str | None,
) -> Own:
    """What is configured, and what the mail shows by where it was delivered."""
    base = configured(source)
    delivered = {box.address for box in _delivered(headers, recipients)}
    addressed = {box.address for box in mailboxes(to)}
    copied = {box.address for box in mailboxes(cc)}
    named = delivered & (addressed | copied)
    # A mail that was passed on was delivered elsewhere than its sender meant; both are ours.
    learned = named or delivered | addressed
    if copied - learned and not delivered and sender:
        # A customer may write to a colleague and give us the copy.
        learned = {one for one in learned if _domain(one) != _domain(sender)}
    domains = {_domain(one) for one in learned} - PUBLIC_DOMAINS
    foreign = len({_domain(one) for one in addressed} - PUBLIC_DOMAINS) > 1 and not delivered
    return Own(base.addresses | learned, base.domains, frozenset(() if foreign else domains))


def delivered_to(source: SourceView, headers: Mapping[str, str], recipients: Sequence[str]) -> Own:
    """What is configured, and the mailboxes of the delivery, whatever To says."""
    base = configured(source)
    delivered = {box.address for box in _delivered(headers, recipients)}
    domains = {_domain(one) for one in delivered} - PUBLIC_DOMAINS
    return Own(base.addresses | delivered, base.domains, frozenset(domains))


def _delivered(headers: Mapping[str, str], recipients: Sequence[str]) -> list[Mailbox]:
    lines = [*recipients, *(headers[name] for name in _DELIVERED if name in headers)]
    return [box for line in lines for box in mailboxes(line)]


def _domain(mail_address: str) -> str:
    return mail_address.rpartition("@")[2]


def customer_of(
    headers: Mapping[str, str],
    own: Own,
    *,
    sender: str | None,
    reply_to: str | None,
    forwards: Iterable[Forwarded] = (),
) -> Customer:
    """The person of a forwarded mail, else the sender, else whom the other headers name."""
    boxes = mailboxes(sender)
    box = boxes[0] if boxes else Mailbox(_bare_name(sender), "")
    replies = [one for one in mailboxes(reply_to) if _is_person(one.address, own)]
    for forward in forwards:
        person = _forwarded_person(forward, own)
        if person is not None and not _are_colleagues(box.address, person.address, own):
            others = {"forwarded_by": box.address} if box.address else {}
            return Customer(person.name, person.address or None, others, forwarded=forward)
    name, is_rewritten = person_of(box.name)
    wrapped = address(unwrapped(box.address) or "") if box.address else None
    is_own_hand = _is_person(box.address, own) and not is_rewritten and wrapped is None
    if is_own_hand and not (replies and _is_mailer(headers)):
        other = next((one.address for one in replies if one.address != box.address), None)
        others = {"reply_to": other} if other else {}
        return Customer(name, box.address, others, is_sender=True)
    sent_by = {"from": box.address} if box.address else {}
    for origin in _origins(headers, reply_to, box, wrapped):
        if _is_person(origin.address, own):
            return Customer(
                origin.name or (name if is_rewritten else None), origin.address, sent_by
            )
    if box.address and (_is_person(box.address, own) or own.may_ask(box.address)):
        return Customer(name, box.address, is_sender=True)
    return Customer(name if is_rewritten or not box.address else None, None, sent_by)


def _origins(
    headers: Mapping[str, str], reply_to: str | None, box: Mailbox, wrapped: str | None
) -> list[Mailbox]:
    """Whom the mail may be from besides its From, the surest first."""
    lines = {**headers, "reply-to": reply_to or headers.get("reply-to", "")}
    origins = [one for name in _ORIGINS for one in mailboxes(lines.get(name))]
    if wrapped:
        origins.append(Mailbox(box.name, wrapped))
    return [*origins, *mailboxes(box.name)]


def _forwarded_person(forward: Forwarded, own: Own) -> Mailbox | None:
    """Who wrote a forwarded mail; a name alone counts where no address is shown."""
    boxes = mailboxes(forward.sender)
    if not boxes:
        name = _bare_name(forward.sender)
        return Mailbox(name, "") if name else None
    person = next((box for box in boxes if _is_person(box.address, own)), None)
    return person and person._replace(name=_without_date(person.name))


def _are_colleagues(forwarder: str, person: str, own: Own) -> bool:
    """Whether a customer passes on what somebody of their own company wrote."""
    domain = _domain(forwarder)
    return (
        bool(domain)
        and domain == _domain(person)
        and domain not in PUBLIC_DOMAINS
        and not own.has(forwarder)
    )


def _bare_name(line: str | None) -> str | None:
    """The display name of a line without an address."""
    words = (line or "").partition("[")[0].strip("\"'* <>")
    return words[:200] if words and "@" not in words else None


def _without_date(name: str | None) -> str | None:
    """The name without the moment that some programs write before it."""
    if name and any(sign.isdigit() for sign in name):
        name = name.rpartition(",")[2].strip(" \"'")
        return None if any(sign.isdigit() for sign in name) else name or None
    return name


def _is_person(mail_address: str, own: Own) -> bool:
    return bool(mail_address) and not own.has(mail_address) and not is_robot(mail_address)


def _is_mailer(headers: Mapping[str, str]) -> bool:
    """Whether a site's own software sent the mail."""
    if any(name in headers for name in _MAILERS):
        return True
    program = headers.get("x-mailer", "").lower()
    precedence = headers.get("precedence", "").lower()
    origin = headers.get("auto-submitted", "no").lower()
    return (
        any(word in program for word in _OF_PHP)
        or precedence in {"bulk", "junk"}
        or origin.startswith("auto-generated")
    )


def human_reply_to(own: Own, *, sender: str | None, reply_to: str | None) -> bool:
    """Whether Reply-To names a person whom the sender's program wrote for."""
    boxes = mailboxes(sender)
    sent_from = boxes[0].address if boxes else ""
    persons = [box.address for box in mailboxes(reply_to) if _is_person(box.address, own)]
    if not persons or persons[0] == sent_from:
        return False
    # A newsletter is answered to another mailbox of its own sender.
    same = _domain(persons[0]) == _domain(sent_from) and _domain(sent_from) not in PUBLIC_DOMAINS
    return own.has(sent_from) or not same
