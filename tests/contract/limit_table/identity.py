"""What one inquiry may join, and one call of a supervisor take apart."""

from tests.contract.limits import COUNT, Chapter, Limit

_INTAKE = "services.intake"

IDENTITY = (
    Chapter(
        "Who is who",
        (
            Limit(
                "phones of one inquiry that identify, and that a person gathers by inquiries",
                f"{_INTAKE}.domain.keys:MAX_PHONES",
                COUNT,
                "later ones stay in their inquiry; an inquiry with more joins nobody",
            ),
            Limit(
                "addresses of one inquiry that identify, and that a person gathers by inquiries",
                f"{_INTAKE}.domain.keys:MAX_EMAILS",
                COUNT,
                "later ones stay in their inquiry; an inquiry with more joins nobody",
            ),
            Limit(
                "known people whom one inquiry joins",
                f"{_INTAKE}.domain.identity_resolution:MAX_MERGED_PEOPLE",
                COUNT,
                "a proposal for each pair with the first of them",
            ),
            Limit(
                "contacts that become one person without a supervisor",
                f"{_INTAKE}.domain.identity_resolution:MAX_CONTACTS",
                COUNT,
                "a proposal",
            ),
            Limit(
                "people whom inquiries of one source join within an hour",
                f"{_INTAKE}.use_cases.resolve_contacts:MERGES_AN_HOUR",
                COUNT,
                "a proposal",
            ),
            Limit(
                "different people who may give one phone or address",
                f"{_INTAKE}.domain.shared_points:PEOPLE_OF_A_POINT",
                COUNT,
                "it is shared and joins nobody, unless an operator says otherwise",
            ),
            Limit(
                "open proposals of one source",
                f"{_INTAKE}.repository.proposals:MAX_OPEN_PROPOSALS",
                COUNT,
                "left out and counted: `dropped` of the list, `identity.proposals_dropped`",
            ),
            Limit(
                "contacts named by one split",
                f"{_INTAKE}.schemas.identity:MAX_SPLIT",
                COUNT,
                "422 naming `contact_ids`",
            ),
            Limit(
                "merges undone by one call",
                f"{_INTAKE}.use_cases.split:MAX_UNDONE",
                COUNT,
                "`remaining` tells how many wait for the next call",
            ),
        ),
    ),
)
