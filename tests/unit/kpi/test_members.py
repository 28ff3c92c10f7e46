"""Leads of a group counted in columns of bytes are those counted one by one."""

from hypothesis import given
from hypothesis import strategies as st

from services.kpi.domain.rollups.lead_days import AXES, IS_LEAD, MEASURES, Entry, Value, lead_day
from services.kpi.domain.rollups.members import COUNTED, Chosen, count_members, flags_of

# Of more than 256 values a place has two bytes.
TEXTS = st.one_of(st.none(), st.integers(0, 700).map(str))
ENTRIES = st.lists(
    st.tuples(st.integers(0, 63), st.booleans(), st.sampled_from((None, "", "a")), TEXTS),
    max_size=600,
)


def is_counted(mark: int, measure: str, *, is_lead: bool) -> bool:
    marked = {name for bit, name in enumerate(MEASURES) if mark >> bit & 1}
    if measure == "open":
        return is_lead and not marked & {"won", "lost"}
    return is_lead and (measure == "leads" or measure in marked)


@given(ENTRIES, st.sampled_from(sorted(COUNTED)), st.sampled_from((None, "a")), st.data())
def test_members_are_counted_as_one_by_one(
    entries: list[tuple[int, bool, str | None, str | None]],
    measure: str,
    one: str | None,
    data: st.DataObject,
) -> None:
    other = data.draw(st.sampled_from([None, *(channel for *_, channel in entries)]))
    day = lead_day(
        [
            Entry(0, mark, (source, channel, *[None] * (len(AXES) - 2)), IS_LEAD if is_lead else 0)
            for mark, is_lead, source, channel in entries
        ]
    )
    wanted: list[tuple[Value, ...]] = [(one,) if one else (None, ""), (other,)]
    group = [
        Chosen(column.places, [at for at, value in enumerate(column.values) if value in values])
        for column, values in zip(day.columns, wanted, strict=False)
    ]
    expected = sum(
        is_counted(mark, measure, is_lead=is_lead) and (source or None) == one and channel == other
        for mark, is_lead, source, channel in entries
    )
    assert count_members(flags_of(measure, day.marks, day.promises), group) == expected
