"""The company's own numbers and addresses: whoever writes them is not the customer by them."""

from functools import lru_cache

from services.intake.channels.parsing import emails, phones
from services.intake.domain.requests import SourceSettings
from shared.contracts.inquiry import ContactDetails, Mentioned

_DEEPEST = 10  # levels of a domain that are compared


def is_own_number(number: str, source: SourceSettings) -> bool:
    """Whether a number in E.164 is the company's."""
    return bool(source.own_numbers) and number in _numbers(source.own_numbers, source.country)


def is_own_address(address: str, source: SourceSettings) -> bool:
    """Whether an address is the company's, or of one of its domains and what is below them."""
    if not source.own_addresses:
        return False
    own = _addresses(source.own_addresses)
    domain = address.rpartition("@")[2].lower()
    above = domain.split(".")[-_DEEPEST:]
    return address in own or any(".".join(above[place:]) in own for place in range(len(above)))


def set_apart(
    contact: ContactDetails, source: SourceSettings, *, line: str | None = None
) -> ContactDetails:
    """The contact without the company's points, which are only mentioned; `line` is one of them."""
    if not (line or source.own_numbers or source.own_addresses):
        return contact
    own_phones = [
        phone for phone in contact.phones if phone == line or is_own_number(phone, source)
    ]
    own_emails = [email for email in contact.emails if is_own_address(email, source)]
    if not own_phones and not own_emails:
        return contact
    return contact.model_copy(
        update={
            "phones": tuple(phone for phone in contact.phones if phone not in own_phones),
            "emails": tuple(email for email in contact.emails if email not in own_emails),
            "extensions": {
                phone: extension
                for phone, extension in contact.extensions.items()
                if phone not in own_phones
            },
            "mentioned": Mentioned(
                phones=tuple(dict.fromkeys((*contact.mentioned.phones, *own_phones))),
                emails=tuple(dict.fromkeys((*contact.mentioned.emails, *own_emails))),
            ),
        }
    )


@lru_cache(maxsize=256)  # a source's settings rarely change
def _numbers(own: tuple[str, ...], country: str) -> frozenset[str]:
    return frozenset(number for raw in own if (number := phones.e164(raw, country)))


@lru_cache(maxsize=256)
def _addresses(own: tuple[str, ...]) -> frozenset[str]:
    """Addresses in their one spelling, and domains as `@` would be followed by them."""
    addresses = set()
    for raw in own:
        if "@" in raw.strip().lstrip("@"):
            addresses.add(emails.address(raw) or raw.strip().lower())
        else:
            domain = raw.strip().lstrip("@.").lower()
            address = emails.address("a@" + domain)
            addresses.add(address.partition("@")[2] if address else domain)
    return frozenset(addresses)
