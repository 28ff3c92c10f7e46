"""A decision in one sentence, in Russian or English."""

from collections import Counter
from collections.abc import Mapping
from typing import Literal
from uuid import UUID

from services.routing.domain.deciding.eligibility import Verdict
from services.routing.domain.deciding.explaining import Explanation, Row, eligible
from services.routing.domain.deciding.score import Parts, plan_help
from services.routing.domain.deciding.waiting import Chosen, Parked

Language = Literal["ru", "en"]
NAMED = "named"
ALIKE = 1e-12  # scores so close are told apart by whoever has waited longer

TEXTS: Mapping[Language, Mapping[str, str]] = {
    "ru": {
        NAMED: "{name}: назначение вручную",
        Chosen.STICKY: "{name}: уже работает с этим клиентом, поэтому лид идёт туда же",
        "alone": "{name}: больше никто из {total} взять лид сейчас не может",
        Chosen.LEAST_SCORE: "{name}: лучший балл из {able}; {why}",
        Chosen.MATCHED: "{name}: очередь (лидов: {count}) распределена целиком, "
        "по наименьшей общей сумме баллов",
        "load": "загрузка {mine} против {other} у следующего ({next})",
        "fairness": "получено сверх своей доли {mine} против {other} у следующего ({next})",
        "fit": "подходит под пожелания на {mine} против {other} у следующего ({next})",
        "plan": "отставание от плана {mine} против {other} у следующего ({next})",
        "turn": "при равном балле дольше без нового лида, чем следующий ({next})",
        "tie": "при равном балле и равном ожидании решил жребий ({next} следующий)",
        "tier1": " (дежурство, на смене взять некому)",
        "tier2": " (руководитель, больше взять некому)",
        Parked.NO_MEMBERS: "Лид ждёт: в команде никого нет",
        Parked.NOBODY_ON_DUTY: "Лид ждёт: из {total} никто сейчас не на месте",
        Parked.NOBODY_SKILLED: "Лид ждёт: ни у кого из тех, кто на месте, нет нужного ({lacks})",
        Parked.LIMIT_REACHED: "Лид ждёт: все подходящие исчерпали свой лимит новых лидов",
        Parked.NO_ROOM: "Лид ждёт: ни у кого из подходящих нет места ({lacks})",
        "other": "Лид ждёт: {reason}",
    },
    "en": {
        NAMED: "{name}: named by hand",
        Chosen.STICKY: "{name}: works with this customer already, so the lead goes there too",
        "alone": "{name}: nobody else of {total} can take the lead now",
        Chosen.LEAST_SCORE: "{name}: the best score of {able}; {why}",
        Chosen.MATCHED: "{name}: the queue (leads: {count}) was solved as a whole, "
        "at the least sum of scores",
        "load": "a load of {mine} against {other} of the next one ({next})",
        "fairness": "received above their share {mine} against {other} of the next one ({next})",
        "fit": "fits what is welcome by {mine} against {other} of the next one ({next})",
        "plan": "is behind plan by {mine} against {other} of the next one ({next})",
        "turn": "with equal scores, longer without a new lead than the next one ({next})",
        "tie": "with equal scores and waits, a draw decided ({next} is next)",
        "tier1": " (on call, as nobody on shift can take it)",
        "tier2": " (supervisor, as nobody else can take it)",
        Parked.NO_MEMBERS: "The lead waits: nobody is in the pool",
        Parked.NOBODY_ON_DUTY: "The lead waits: of {total} nobody is there now",
        Parked.NOBODY_SKILLED: "The lead waits: nobody who is there has what it needs ({lacks})",
        Parked.LIMIT_REACHED: "The lead waits: whoever fits has had as many as they may have",
        Parked.NO_ROOM: "The lead waits: nobody who fits has room ({lacks})",
        "other": "The lead waits: {reason}",
    },
}
LACKS: Mapping[Language, Mapping[Verdict, str]] = {
    "ru": {
        Verdict.SKILL: "навык", Verdict.LANGUAGE: "язык", Verdict.REGION: "регион",
        Verdict.PRODUCT: "продукт", Verdict.TIER: "очередь ещё не дошла",
        Verdict.PASSED_OVER: "уже отпустили этот лид", Verdict.LIMIT: "лимит новых лидов",
        Verdict.ROOM: "нет места", Verdict.OFF_DUTY: "не на месте",
        Verdict.LEFT: "больше не работают",
    },
    "en": {
        Verdict.SKILL: "skill", Verdict.LANGUAGE: "language", Verdict.REGION: "region",
        Verdict.PRODUCT: "product", Verdict.TIER: "not asked yet",
        Verdict.PASSED_OVER: "let it go before", Verdict.LIMIT: "limit of new leads",
        Verdict.ROOM: "no room", Verdict.OFF_DUTY: "not there", Verdict.LEFT: "left",
    },
}  # fmt: skip


def sentence(
    explanation: Explanation, names: Mapping[UUID, str], *, language: Language = "ru"
) -> str:
    """Why this manager, or why nobody. Whoever has no name is called by their id."""
    texts, choice, rows = TEXTS[language], explanation.choice, explanation.rows
    if choice.manager_id is None:
        text = texts.get(choice.reason, texts["other"])
        lacks = _lacks(rows, language)
        return text.format(total=len(rows), lacks=lacks, reason=choice.reason) + "."
    rivals = eligible(rows, tiers=() if choice.tier is None else (choice.tier,))
    key = str(choice.reason)
    if key == Chosen.LEAST_SCORE and not rivals:
        key = "alone"
    why = _why(explanation, rivals[0], names, language) if rivals else ""
    text = texts.get(key, texts[Chosen.LEAST_SCORE]).format(
        name=_name(choice.manager_id, names) + texts.get(f"tier{choice.tier}", ""),
        total=len(rows),
        able=len(rivals) + 1,
        count=explanation.size,
        why=why,
    )
    return text + "."


def _name(manager_id: UUID, names: Mapping[UUID, str]) -> str:
    return names.get(manager_id, str(manager_id))


def _lacks(rows: list[Row], language: Language) -> str:
    counts = Counter(row.verdict for row in rows)
    return ", ".join(
        f"{LACKS[language][verdict]}: {count}"
        for verdict, count in counts.most_common()
        if verdict in LACKS[language]
    )


def _why(
    explanation: Explanation, rival: Row, names: Mapping[UUID, str], language: Language
) -> str:
    """What made the difference to the next one: the part of the score that differs most."""
    chosen, weights = explanation.rows[0], explanation.terms.score
    gaps = {
        "load": weights.load * (rival.parts.load - chosen.parts.load),
        "fairness": weights.fairness * (rival.parts.fairness - chosen.parts.fairness),
        "fit": weights.fit * (chosen.parts.fit - rival.parts.fit),
        "plan": plan_help(chosen.parts.plan, weights) - plan_help(rival.parts.plan, weights),
    }
    key = max(gaps, key=lambda name: gaps[name])
    if abs(rival.score - chosen.score) <= ALIKE:
        key = "turn" if chosen.turn < rival.turn else "tie"
    return TEXTS[language][key].format(
        mine=_percent(chosen.parts, key, language),
        other=_percent(rival.parts, key, language),
        next=_name(rival.manager_id, names),
    )


def _percent(parts: Parts, key: str, language: Language) -> str:
    number = str(round(getattr(parts, key, 0.0) * 100)).replace("-", "\N{MINUS SIGN}")
    return f"{number}\N{NO-BREAK SPACE}%" if language == "ru" else f"{number}%"
