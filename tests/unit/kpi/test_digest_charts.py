"""Pictures of figures: well-formed, escaped, and as long as the figures are."""

from decimal import Decimal
from xml.etree import ElementTree as ET

from hypothesis import given
from hypothesis import strategies as st

from services.kpi.domain.digests.charts import MOST_BARS, WIDTH, Chart, Kind, Point

SVG = "{http://www.w3.org/2000/svg}"
VALUES = st.none() | st.decimals(-(10**9), 10**9, places=2)
POINTS = st.lists(st.builds(Point, st.text(), VALUES, st.text()), max_size=40)


def drawn(chart: Chart) -> ET.Element:
    return ET.fromstring(chart.svg())


def bars(picture: ET.Element) -> list[ET.Element]:
    """All but the ground, which comes first."""
    return list(picture.iter(f"{SVG}rect"))[1:]


@given(st.text(), st.sampled_from(Kind), POINTS)
def test_any_words_and_figures_make_a_picture(title: str, kind: Kind, points: list[Point]) -> None:
    picture = drawn(Chart(title, kind, points))
    allowed = {
        SVG + name for name in ("svg", "title", "text", "rect", "line", "polyline", "circle")
    }
    assert {item.tag for item in picture.iter()} <= allowed
    for bar in bars(picture):
        left, width = float(bar.attrib["x"]), float(bar.attrib["width"])
        assert left >= 0
        assert left + width <= WIDTH + 1


def light(color: str) -> float:
    """Relative luminance: WCAG 2.2, 'relative luminance'."""
    parts = [int(color[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@given(st.sampled_from(Kind), POINTS)
def test_words_are_read_on_a_ground_of_the_pictures_own(kind: Kind, points: list[Point]) -> None:
    """Whatever a program shows around it: a dark page would swallow dark words."""
    picture = drawn(Chart("Месяц", kind, points))
    ground = next(item for item in picture if item.tag != f"{SVG}title")
    assert ground.tag == f"{SVG}rect"
    for name in ("width", "height"):
        assert ground.attrib[name] == picture.attrib[name]
    for words in picture.iter(f"{SVG}text"):
        contrast = (light(ground.attrib["fill"]) + 0.05) / (light(words.attrib["fill"]) + 0.05)
        assert contrast >= 4.5  # WCAG 2.2, 1.4.3


def test_bars_are_as_long_as_their_figures_and_say_whose_they_are() -> None:
    points = [
        Point("Анна <b>", Decimal(40), "40"),
        Point("Борис & Ко", Decimal(10), "10"),
        Point("Вера", None, "—"),
    ]
    picture = drawn(Chart("Продажи «весна»", Kind.BARS, points))
    long, short, none = (float(bar.attrib["width"]) for bar in bars(picture))
    assert long == 4 * short
    assert none == 1
    words = [item.text for item in picture.iter(f"{SVG}text")]
    assert words == ["Продажи «весна»", "Анна <b>", "40", "Борис & Ко", "10", "Вера", "—"]


def test_a_line_is_broken_where_there_is_no_figure() -> None:
    values = [Decimal(1), Decimal(2), None, Decimal(4)]
    points = [Point(str(number), value, str(value)) for number, value in enumerate(values)]
    picture = drawn(Chart("Line", Kind.LINE, points))
    runs = [item.attrib["points"].split() for item in picture.iter(f"{SVG}polyline")]
    assert [len(run) for run in runs] == [2, 1]
    heights = [float(place.split(",")[1]) for run in runs for place in run]
    assert heights == sorted(heights, reverse=True)


def test_only_the_first_bars_are_drawn() -> None:
    points = [Point(str(number), Decimal(number), "") for number in range(MOST_BARS + 5)]
    picture = drawn(Chart("Many", Kind.BARS, points))
    assert len(bars(picture)) == MOST_BARS
