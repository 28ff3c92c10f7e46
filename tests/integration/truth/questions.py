"""Every report on leads and managers, asked in one view, and the same told by the story."""

from datetime import datetime
from functools import partial

from tests.integration.truth.asked import Asked, response
from tests.integration.truth.comparing import Comparison, by_group, only, summed, without_zeros
from tests.integration.truth.funnels import (
    MEASURES,
    activity,
    cohort,
    conversions,
    curve,
    loss_reasons,
    moments,
    reached_at,
    stage_reached,
    stages,
)
from tests.integration.truth.knowledge import Knowledge
from tests.integration.truth.leading import lead_from_funnel
from tests.integration.truth.people import managers, of_an_idle_manager, responses, steps
from tests.integration.truth.rows import Row
from tests.integration.truth.worked import clocks

AXES = ("source", "channel", "campaign", "region", "product", "manager", "day", "week", "month")
COMBINED = ("pipeline", "source,channel", "manager,day", "campaign,region,week", "pipeline,manager")
CONVERSIONS = ("company", "pipeline", *AXES)
RESPONSE = tuple(response([]))
ACTIVITY = ("received", "opened", *MEASURES[1:])
CURVES = ("contacted", "won", "offer", "visit")


async def ask_about_leads(comparison: Comparison, knowledge: Knowledge, asked: Asked) -> None:
    for dimensions in comparison.some((*AXES, *COMBINED)):
        await _funnel(comparison, knowledge, asked, dimensions)
    for axis in comparison.some(CONVERSIONS):
        page = await comparison.ask("/v1/conversions", {**asked.params(), "group_by": axis})
        rows = {
            row.pop("value"): {name: one for name, one in row.items() if name != "label"}
            for row in page["rows"]
        }
        comparison.agree(f"{asked} conversions {axis}", rows, conversions(knowledge, asked, axis))
    await _stages_and_reasons(comparison, knowledge, asked)
    await _drill_down(comparison, knowledge, asked)


async def _funnel(
    comparison: Comparison, knowledge: Knowledge, asked: Asked, dimensions: str
) -> None:
    names = dimensions.split(",")
    params = {**asked.params(), "group_by": dimensions, "compare": "previous"}
    page = await comparison.ask("/v1/funnel", params)
    rows, question = by_group(page["rows"], names), f"{asked} funnel {dimensions}"
    await lead_from_funnel(comparison, asked, page["rows"])
    told, earlier = cohort(knowledge, asked, names), cohort(knowledge, asked.previous(), names)
    shown = without_zeros({key: only(row, MEASURES) for key, row in rows.items()})
    comparison.agree(question, shown, told)
    comparison.agree(f"{question} totals", only(page["totals"], MEASURES), summed(told, MEASURES))
    before = only(page["totals"]["previous"], MEASURES)
    comparison.agree(f"{question} previous", before, summed(earlier, MEASURES))
    if not {"day", "week", "month"} & set(names):
        befores = {key: only(row["previous"], MEASURES) for key, row in rows.items()}
        shown = without_zeros(befores)
        comparison.agree(f"{question} previous", shown, earlier)
    if "activity" in page["totals"]:
        active = activity(knowledge, asked, dimensions)
        shown = without_zeros({key: row["activity"] for key, row in rows.items()})
        comparison.agree(f"{question} activity", shown, active)
        # For the company one lead is one thing, whatever managers did with it.
        once = activity(knowledge, asked, "channel") if dimensions == "manager" else active
        whole = page["totals"]["activity"]
        comparison.agree(f"{question} activity", whole, summed(once, ACTIVITY))


async def _stages_and_reasons(comparison: Comparison, knowledge: Knowledge, asked: Asked) -> None:
    page = await comparison.ask("/v1/conversions/stages", asked.params())
    rows = {(row.pop("pipeline"), row.pop("stage")): row for row in page["rows"]}
    comparison.agree(f"{asked} stages", rows, stages(knowledge, asked))
    page = await comparison.ask("/v1/conversions/loss-reasons", asked.params())
    rows = {row.pop("reason"): row for row in page["rows"]}
    comparison.agree(f"{asked} loss reasons", rows, loss_reasons(knowledge, asked))


async def ask_about_curves(
    comparison: Comparison, knowledge: Knowledge, asked: Asked, now: datetime
) -> None:
    for target in comparison.some(CURVES):
        is_stage = target in {"offer", "visit"}
        params = {**asked.params(), "stage" if is_stage else "target": target}
        page = await comparison.ask("/v1/conversions/curve", params)
        reach = partial(stage_reached if is_stage else reached_at, knowledge, target)
        points = curve(knowledge, asked, reach, min(now, asked.known_before(now)))
        shown = [tuple(point.values()) for point in page["points"]]
        comparison.agree(f"{asked} curve {target}", shown, points)
        leads = [lead for lead in knowledge.real_leads() if asked.covers(lead.received_at)]
        comparison.agree(f"{asked} curve {target} leads", page["leads"], len(leads))
        for share, name in ((0.5, "p50_minutes"), (0.9, "p90_minutes")):
            times = [time for time, *_, left, _ in points if 1 - left >= share - 1e-12]
            comparison.agree(f"{asked} curve {name}", page[name], min(times, default=None))


async def _drill_down(comparison: Comparison, knowledge: Knowledge, asked: Asked) -> None:
    """Each number of the whole leads to its leads, or its inquiries."""
    leads = knowledge.real_leads()
    for path, names, cohorts in (("", MEASURES, True), ("/activity", ACTIVITY[1:], False)):
        for measure in comparison.some(names):
            params = {**asked.params(), "measure": measure, "limit": "200"}
            page = await comparison.ask(f"/v1/funnel{path}/leads", params)
            if measure == "received":
                shown = {item["inquiry_id"] for item in page["items"]}
                told = {
                    str(inquiry.inquiry_id)
                    for inquiry in knowledge.real_inquiries()
                    if asked.covers(inquiry.received_at)
                }
            else:
                shown = {item["lead_id"] for item in page["items"]}
                told = {
                    str(lead.lead_id)
                    for lead in leads
                    if (at := moments(knowledge, lead)[measure])
                    and asked.covers(lead.received_at if cohorts else at)
                }
            comparison.agree(f"{asked} drill-down{path} {measure}", sorted(shown), sorted(told))
    for measure in ("open", "set_aside"):
        params = {**asked.params(), "measure": measure, "limit": "200"}
        page = await comparison.ask("/v1/funnel/leads", params)
        told = {
            str(lead.lead_id)
            for lead in leads
            if asked.covers(lead.received_at)
            and not lead.outcome
            and (lead.aside_at is None) == (measure == "open")
        }
        shown = {item["lead_id"] for item in page["items"]}
        comparison.agree(f"{asked} drill-down {measure}", sorted(shown), sorted(told))


async def ask_about_people(
    comparison: Comparison, knowledge: Knowledge, asked: Asked, story: list[Row], now: datetime
) -> None:
    for dimension in comparison.some(("source", "manager", "day")):
        params = {**asked.params(), "group_by": dimension}
        page = await comparison.ask("/v1/response-times", params)
        rows = by_group(page["rows"], [dimension])
        shown = {key: only(row, RESPONSE) for key, row in rows.items()}
        comparison.agree(
            f"{asked} response {dimension}", shown, responses(knowledge, asked, dimension)
        )
        whole = responses(knowledge, asked, None).get((), response([]))
        comparison.agree(f"{asked} response", page["totals"], whole)
    for time in comparison.some(("clock", "working")):
        page = await comparison.ask("/v1/response-times/steps", {**asked.params(), "time": time})
        rows = {row.pop("step"): row for row in page["rows"]}
        worked = clocks(story, story_begins(knowledge), now) if time == "working" else None
        comparison.agree(f"{asked} steps {time}", rows, steps(knowledge, asked, worked))
    page = await comparison.ask("/v1/managers", asked.params())
    told, empty = managers(knowledge, asked), of_an_idle_manager()
    rows = {
        row.pop("manager_id"): {k: v for k, v in row.items() if k != "name"} for row in page["rows"]
    }
    comparison.agree(f"{asked} managers", rows, {name: told.get(name, empty) for name in rows})
    assert set(told) <= set(rows)


def story_begins(knowledge: Knowledge) -> datetime:
    return min(row.at for row in knowledge.rows)
