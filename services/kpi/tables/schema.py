"""What all tables share: the metadata that migrations are checked against, and common types."""

from sqlalchemy import DateTime, MetaData

metadata = MetaData()
MOMENT = DateTime(timezone=True)
