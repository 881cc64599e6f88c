"""A row that may exist only once, whoever writes it first."""

from django.db import connection
from django.db.models import AutoField, Model

INSERT = "INSERT INTO {table} ({columns}) VALUES ({values}) ON CONFLICT DO NOTHING"


def insert_once(row: Model) -> bool:
    """Whether ``row`` was written; False when another one with its unique values exists. No signal is sent.

    One statement without savepoint, and of two at the same instant the second waits for the end of the first.
    """
    fields = [field for field in row._meta.concrete_fields if not isinstance(field, AutoField)]  # noqa: SLF001
    quote = connection.ops.quote_name
    statement = INSERT.format(
        table=quote(row._meta.db_table),  # noqa: SLF001 - public in all but name
        columns=", ".join(quote(str(field.column)) for field in fields),
        values=", ".join(["%s"] * len(fields)),
    )
    values = [field.get_db_prep_save(field.pre_save(row, add=True), connection) for field in fields]
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return int(cursor.rowcount) == 1
