"""The sources as channels see them, each decrypted once for every change of its row."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from services.intake.domain.requests import SourceView, Submission
from services.intake.repository.sources import list_all_sources
from shared.database import Session

Loaded = tuple[Submission, SourceView]


@dataclass(eq=False)
class SourceViews:
    """`by_id`: source → the revision of its row and the view of that."""

    by_id: dict[UUID, tuple[int, SourceView]] = field(default_factory=dict)

    async def load(self, session: Session, submissions: Sequence[Submission]) -> list[Loaded]:
        """Each with its source, without those whose source cannot be decrypted here: our fault."""
        revisions = {item.source_id: item.source_revision for item in submissions}
        unreadable_ids: set[UUID] = set()
        if any(self._revision(source_id) != revisions[source_id] for source_id in revisions):
            for row in await list_all_sources(session):
                if not row.readable:
                    unreadable_ids.add(row.source_id)
                elif row.source_id in revisions:
                    # If it has changed again since, its next submissions carry another revision.
                    self.by_id[row.source_id] = revisions[row.source_id], row.view()
        return [
            (item, self.by_id[item.source_id][1])
            for item in submissions
            if item.source_id not in unreadable_ids
        ]

    def _revision(self, source_id: UUID) -> int | None:
        return self.by_id[source_id][0] if source_id in self.by_id else None
