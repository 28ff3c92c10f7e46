"""Mischief in the values of telephone exchanges: numbers, names, times, ids, XML."""

from urllib.parse import quote

from services.intake.channels.parsing import xml_text
from tests.attacks.reading.bodies import FORM, posted
from tests.attacks.reading.row import Hostile, Row, as_bytes, between, flood, numbered, rows
from tests.attacks.reading.words import TEXTS

NUMBERLIKE = ("digits", "pluses and digits", "brackets of numbers", "numbers")
SECRETS: dict[str, dict[str, str]] = {
    "zadarma": {"secret": "k"},
    "megafon": {"crm_token": "k"},
    "binotel": {"company_id": "1"},
}
# The fields that say what it is, and those that take what somebody else wrote.
FIELDS: dict[str, tuple[str, tuple[str, ...]]] = {
    "zadarma": (
        "event=NOTIFY_END&pbx_call_id=a",
        ("caller_id", "called_did", "call_start", "duration", "call_id_with_rec"),
    ),
    "megafon": (
        "cmd=history&type=in&callid=a&crm_token=k",
        ("phone", "diversion", "start", "duration", "link", "user"),
    ),
    "sipuni": (
        "event=2&call_id=a",
        ("src_num", "dst_num", "timestamp", "treeName", "call_record_link"),
    ),
    "binotel": (
        "requestType=apiCallCompleted&callDetails[generalCallID]=a&callDetails[companyID]=1",
        (
            "callDetails[externalNumber]",
            "callDetails[startTime]",
            "callDetails[customerData][name]",
        ),
    ),
    "onlinepbx": (
        "event=call_end&uuid=a&direction=inbound",
        ("caller", "to", "caller_name", "date", "hangup_cause"),
    ),
    "uis": (
        "call_session_id=a&talk_time_duration=1",
        ("contact_phone_number", "contact_full_name", "notification_time", "notification_name"),
    ),
}
XML: dict[str, Hostile] = {
    "elements": between("<a>", "<b/>"),
    "nesting": flood("<a>"),
    "attributes": numbered(' a{}="b"', before="<a", after="/>"),
    "namespaces": numbered(' xmlns:a{}="b"', before="<a", after="/>"),
    "text": between("<a>", "a&amp;", "</a>"),
    "comments": between("<a>", "<!-- - -->", "</a>"),
    "instructions": between("<a>", "<?a b?>", "</a>"),
    "sections": between("<a>", "<![CDATA[]]>", "</a>"),
    "an open tag": between("<a ", "a"),
    "entities": numbered('<!ENTITY a{} "b">', before="<!DOCTYPE a [", after="]><a/>"),
}


def _filled(fixed: str, name: str, hostile: Hostile) -> Hostile:
    def made(size: int) -> object:
        return posted(f"{fixed}&{name}={quote(hostile(size), errors='surrogatepass')}", FORM)

    return made


def _own(adapter: str) -> dict[str, Hostile]:
    fixed, names = FIELDS[adapter]
    words = (*NUMBERLIKE, "marks out of order", "blanks")
    return {
        f"{name}, {made}": _filled(fixed, name, TEXTS[made])
        for place, name in enumerate(names)
        for made in words[place % 2 :: 2]
    }


def _posted_xml(hostile: Hostile) -> Hostile:
    return lambda size: posted(hostile(size), "application/xml")


OWN: dict[str, dict[str, Hostile]] = {
    **{adapter: _own(adapter) for adapter in FIELDS},
    "beeline-xsi": {f"XML, {name}": _posted_xml(hostile) for name, hostile in XML.items()},
}
EXCHANGES: tuple[Row, ...] = rows(
    xml_text.leaves, {name: as_bytes(hostile) for name, hostile in XML.items()}
)
