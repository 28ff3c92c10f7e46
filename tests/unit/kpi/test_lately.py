"""What was counted lately is held within its bounds."""

from services.kpi.domain.rollups.lately import Lately
from services.kpi.domain.rollups.tally import Groups


def groups(number: int) -> Groups:
    return {(str(place),): place for place in range(number)}


def test_what_nobody_has_asked_for_the_longest_goes_first() -> None:
    lately = Lately[Groups](10)
    for name in ("first", "second", "third"):
        lately.add(name, groups(3), 3)
    assert lately.find("first") == groups(3)
    lately.add("fourth", groups(4), 4)
    assert lately.find("second") is None
    assert [lately.find(name) is not None for name in ("first", "third", "fourth")] == [True] * 3


def test_what_is_larger_than_all_there_is_room_for_is_not_held() -> None:
    lately = Lately[Groups](10)
    lately.add("small", groups(3), 3)
    lately.add("large", groups(11), 11)
    assert lately.find("large") is None
    lately.add("small", groups(9), 9)
    lately.add("other", groups(1), 1)
    assert lately.find("small") == groups(9)
