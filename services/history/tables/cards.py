"""The customer base: a card for each person, and what was set on contacts by hand.

Cards are computed from timelines, leads, activities and labels; labels no replay brings back.
"""

from sqlalchemy import (
    BigInteger,
    Column,
    Computed,
    Identity,
    Index,
    Integer,
    Numeric,
    Table,
    Text,
    Uuid,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from services.history.tables.schema import MOMENT, metadata

# One row for each person, under the contact that stands for all of them.
card = Table(
    "card",
    metadata,
    Column("person_id", Uuid, primary_key=True),
    Column("contact_ids", ARRAY(Uuid), nullable=False),
    Column("name", Text),
    Column("names", ARRAY(Text), nullable=False),
    Column("company", Text),
    Column("phones", ARRAY(Text), nullable=False),
    Column("emails", ARRAY(Text), nullable=False),
    Column("other", JSONB, nullable=False),
    Column("channels", ARRAY(Text), nullable=False),
    Column("source_ids", ARRAY(Uuid), nullable=False),
    Column("regions", ARRAY(Text), nullable=False),
    Column("cities", ARRAY(Text), nullable=False),
    Column("products", ARRAY(Text), nullable=False),
    Column("campaigns", ARRAY(Text), nullable=False),
    Column("languages", ARRAY(Text), nullable=False),
    Column("first_seen_at", MOMENT),
    Column("last_seen_at", MOMENT),
    Column("last_touch_at", MOMENT),
    Column("entry_count", Integer, nullable=False),
    Column("inquiry_count", Integer, nullable=False),
    Column("activity_count", Integer, nullable=False),
    Column("owner_ids", ARRAY(Uuid), nullable=False),
    Column("open_stages", ARRAY(Text), nullable=False),
    Column("stages_reached", ARRAY(Text), nullable=False),
    Column("open_lead_count", Integer, nullable=False),
    Column("won_lead_count", Integer, nullable=False),
    Column("lost_lead_count", Integer, nullable=False),
    Column("purchase_count", Integer, nullable=False),
    Column("sums", JSONB, nullable=False),
    Column("first_purchase_at", MOMENT),
    Column("last_purchase_at", MOMENT),
    Column("consents", JSONB, nullable=False),
    Column("purposes", ARRAY(Text), nullable=False),
    Column("do_not_contact", ARRAY(Text), nullable=False),
    Column("tags", ARRAY(Text), nullable=False),
    Column("fields", JSONB, nullable=False),
    # Name and company in small Latin letters, by which those that are alike are found.
    Column("latin", Text, Computed("in_latin(name, company)", persisted=True)),
    Index("card_first_seen", "first_seen_at", "person_id"),
    Index("card_last_seen", "last_seen_at", "person_id"),
    Index("card_last_purchase", "last_purchase_at", "person_id"),
    Index("card_last_touch", "last_touch_at"),
    Index("card_first_purchase", "first_purchase_at"),
    Index("card_phones", "phones", postgresql_using="gin"),
    Index("card_emails", "emails", postgresql_using="gin"),
    Index("card_tags", "tags", postgresql_using="gin"),
    Index("card_alike", "latin", postgresql_using="gin", postgresql_ops={"latin": "gin_trgm_ops"}),
)

# Whose card each contact is on, as it was computed last.
card_contact = Table(
    "card_contact",
    metadata,
    Column("contact_id", Uuid, primary_key=True),
    Column("person_id", Uuid, nullable=False),
    Index("card_contact_of_person", "person_id"),
)

# What a person has bought: an order, or a lead that was won; the id is that of either.
card_purchase = Table(
    "card_purchase",
    metadata,
    Column("purchase_id", Uuid, primary_key=True),
    Column("contact_id", Uuid, nullable=False),
    Column("at", MOMENT, nullable=False),
    Column("amount", Numeric),
    Column("currency", Text),
    Column("product", Text),
    Index("card_purchase_of_contact", "contact_id", "at"),
    Index("card_purchase_at", "at"),
)

# Contacts about which something is new. Only inserted and deleted: nobody waits for anybody.
touched_contact = Table(
    "touched_contact",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("contact_id", Uuid, nullable=False),
)

# The persons whose cards are to be computed anew, and from when on.
card_due = Table(
    "card_due",
    metadata,
    Column("person_id", Uuid, primary_key=True),
    Column("due_at", MOMENT, nullable=False),
    Index("card_due_next", "due_at"),
)

# While there is a row, entries are being consumed again from the beginning: cards stay as they are.
card_replay = Table(
    "card_replay",
    metadata,
    Column("one", Integer, primary_key=True),
    Column("began_at", MOMENT, nullable=False),
)

tag_definition = Table(
    "tag_definition",
    metadata,
    Column("key", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("changed_at", MOMENT, nullable=False),
    Column("changed_by", Text, nullable=False),
)

field_definition = Table(
    "field_definition",
    metadata,
    Column("key", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("type", Text, nullable=False),
    Column("options", ARRAY(Text), nullable=False),
    Column("version", Integer, nullable=False),
    Column("changed_at", MOMENT, nullable=False),
    Column("changed_by", Text, nullable=False),
)

# Labels lie on the contact they were set on, so that a split parts them as they were.
contact_tag = Table(
    "contact_tag",
    metadata,
    Column("contact_id", Uuid, primary_key=True),
    Column("tag", Text, primary_key=True),
    Column("set_at", MOMENT, nullable=False),
    Column("set_by", Text, nullable=False),
    Index("contact_tag_of_tag", "tag"),
)

contact_field = Table(
    "contact_field",
    metadata,
    Column("contact_id", Uuid, primary_key=True),
    Column("field", Text, primary_key=True),
    Column("value", JSONB, nullable=False),
    Column("set_at", MOMENT, nullable=False),
    Column("set_by", Text, nullable=False),
    Index("contact_field_of_field", "field"),
)

# Counts the changes of a contact's labels; the version of a person is the sum over all contacts.
contact_label = Table(
    "contact_label",
    metadata,
    Column("contact_id", Uuid, primary_key=True),
    Column("version", Integer, nullable=False),
)
