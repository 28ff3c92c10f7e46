"""What bounds rules of pools and what is tried of them."""

from tests.contract.limits import COUNT, SECONDS, Chapter, Limit

_ROUTING = "services.routing"

POOLS = (
    Chapter(
        "Rules of pools",
        (
            Limit(
                "characters that rules read of one value of an inquiry",
                f"{_ROUTING}.domain.facts:READ",
                COUNT,
                "what is behind them matches no rule",
            ),
            Limit(
                "rules that a trial explains fact by fact",
                f"{_ROUTING}.use_cases.pools.try_rules:EXPLAINED",
                COUNT,
                "the others are tried too, and counted in `more`",
            ),
            Limit(
                "leads that a page of a trial, or of a shadow's report, names as examples",
                f"{_ROUTING}.use_cases.pools.try_rules:EXAMPLES",
                COUNT,
                "the others are counted",
            ),
            Limit(
                "how long a comparison with a shadow policy is kept",
                f"{_ROUTING}.use_cases.pools.shadow:LASTS",
                SECONDS,
                "it is in no report any more",
            ),
        ),
    ),
)
