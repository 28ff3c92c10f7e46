"""What the lead forms of ad platforms have in common: answers under the platform's own keys."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from services.intake.channels.parsing.draft import DraftBuilder, add, as_text, build
from services.intake.domain.labels import folded, meaning
from services.intake.domain.requests import Content, Draft, FollowUp, SourceView
from services.intake.domain.states import IgnoreReason

_KINDS: Final[Mapping[str, str]] = {
    "workphone": "phone",
    "workphonenumber": "phone",
    "workemail": "email",
    "patronymicname": "middle_name",
}
_PLACES: Final[Mapping[str, str]] = {
    "city": "city",
    "location": "city",
    "region": "region",
    "state": "region",
    "province": "region",
}


@dataclass(slots=True)
class AdAnswers:
    """The answers of one lead; `places` are its city and region."""

    builder: DraftBuilder
    places: dict[str, str] = field(default_factory=dict)

    def add(self, key: str, value: Any, *, question: str | None = None) -> None:
        """One answer: the platform's key tells what it is, the question is what people saw."""
        place = _PLACES.get(folded(key))
        words = (as_text(value) or "").strip()
        if place is not None and words and place not in self.places:
            self.places[place] = words
        else:
            kind = _KINDS.get(folded(key)) or meaning(key)
            add(self.builder, question or key, value, kind=kind)

    def build(
        self,
        source: SourceView,
        *,
        external_id: str | None,
        occurred_at: datetime | None = None,
        is_test: bool = False,
    ) -> Draft:
        return build(
            self.builder,
            source,
            channel="form",
            external_id=external_id,
            occurred_at=occurred_at,
            is_test=is_test,
            city=self.places.get("city"),
            region=self.places.get("region"),
        )


def words_of(values: Mapping[str, Any], names: Sequence[str]) -> dict[str, str]:
    """Those of the members that are there, as words."""
    members = {name: as_text(values.get(name)) for name in names}
    return {name: words for name, words in members.items() if words}


def single(value: Any) -> Any:
    """The only value of a list; otherwise the value itself."""
    return value[0] if isinstance(value, list) and len(value) == 1 else value


def content(drafts: Sequence[Draft], follow_ups: Sequence[FollowUp] = ()) -> Content:
    """The content of a delivery of leads, each once; None of them is a new one when it comes again.

    The platforms' tests share their ids, so these tell nothing apart.
    """
    if follow_ups:
        return Content(follow_ups=tuple({one.name: one for one in follow_ups}.values()))
    if not drafts:
        return Content(ignored=IgnoreReason.NOT_AN_INQUIRY)
    once = {(draft.external_id or place): draft for place, draft in enumerate(drafts)}
    ids = [draft.external_id for draft in once.values()]
    are_known = all(ids) and not all(draft.is_test for draft in drafts)
    external_id = ",".join(sorted(filter(None, ids))) if are_known else None
    return Content(drafts=tuple(once.values()), external_id=external_id)
