"""What names nobody: labels without points, numbers of orders as digests."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.contracts.erasing import WRITTEN, blanked, left_of
from shared.contracts.impersonal import digest_left, order_digest, without_points
from shared.contracts.inquiries import InquiryReceived
from shared.contracts.inquiry import Campaign
from tests.support.event_streams import MORNING, some_id

WORDS = st.text(alphabet=string.ascii_letters + "абвгдеёжЯ _|", max_size=12)


@st.composite
def phones(draw: st.DrawFn) -> str:
    """A number as people write it: of Russia or Kazakhstan, or of any country with its +."""
    code = draw(st.sampled_from(["7", "8", "+7", "+375", "+49", "%2B998"]))
    first = draw(st.sampled_from("34789"))
    rest = "".join(draw(st.lists(st.sampled_from(string.digits), min_size=9, max_size=9)))
    digits = first + rest
    if draw(st.booleans()):
        return code + digits
    area, middle, last = digits[:3], digits[3:6], digits[6:]
    return f"{code} ({area}) {middle}-{last[:2]}-{last[2:]}"


@st.composite
def addresses(draw: st.DrawFn) -> str:
    name = draw(st.text(alphabet=string.ascii_lowercase + string.digits + "._+", min_size=1))
    host = draw(st.text(alphabet=string.ascii_lowercase, min_size=1, max_size=20))
    sign, end = draw(st.sampled_from(["@", "%40"])), draw(st.sampled_from(["ru", "рф", "com"]))
    return f"{name}{sign}{host}.{end}"


POINTS = st.one_of(phones(), addresses())


@given(before=WORDS, point=POINTS, after=WORDS)
def test_a_label_with_a_point_of_a_person_is_none(before: str, point: str, after: str) -> None:
    assert without_points(f"{before}{point}{after}") is None


@pytest.mark.parametrize(
    "label",
    [
        "Москва", "spring_sale", "brand|search", "12345678901", "23851234567890123", "2026-11-23",
        "cpc-1689254-78", "{keyword}", "насосы 24/7", "@stroyka", "id=20123456789", "1+1=2",
        "utm 10.11.2026 12:30", "", "+7", "8-800",
    ],
)  # fmt: skip
def test_ids_dates_and_words_are_kept(label: str) -> None:
    assert without_points(label) == label


@pytest.mark.parametrize("value", [None, 7, 7.5, True, ["+79161234567"]])
def test_what_is_no_text_stays(value: object) -> None:
    assert without_points(value) == value


@given(number=st.text(max_size=40))
def test_an_order_is_known_by_what_is_left_of_its_number(number: str) -> None:
    left = digest_left(number)
    assert order_digest(left) == order_digest(number)
    assert digest_left(left) == left
    assert (left is None) == (not number.strip())
    if left is not None:
        assert order_digest(f" {number}\n") == order_digest(number)


@given(
    one=st.text(min_size=1, max_size=9).filter(str.strip),
    other=st.text(min_size=1, max_size=9).filter(str.strip),
)
def test_different_numbers_leave_different_digests(one: str, other: str) -> None:
    assert (order_digest(one) == order_digest(other)) == (one.strip() == other.strip())


LABELS = st.one_of(WORDS, st.builds("{}{}".format, WORDS, POINTS))


@given(labels=st.fixed_dictionaries(dict.fromkeys(sorted(WRITTEN), LABELS)))
def test_no_label_of_an_erased_person_holds_a_point(labels: dict[str, str]) -> None:
    campaign = Campaign.model_validate({name: labels[name] for name in labels})
    event = InquiryReceived(
        inquiry_id=some_id("inquiry"),
        contact_id=some_id("contact"),
        source_id=some_id("source"),
        channel="form",
        received_at=MORNING,
        region=labels["region"],
        product_interest=labels["product_interest"],
        campaign=campaign,
    )
    blank = blanked(event)
    assert blank.region == without_points(labels["region"])
    assert blank.product_interest == without_points(labels["product_interest"])
    for name in ("utm_source", "utm_campaign", "utm_content", "form_name"):
        assert getattr(blank.campaign, name) == without_points(labels[name])
    left = left_of({"region": labels["region"], "campaign": campaign.model_dump(mode="json")})
    assert left["region"] == blank.region
    assert left["campaign"].get("utm_campaign") == blank.campaign.utm_campaign
