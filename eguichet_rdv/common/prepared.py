"""Queries, insertions and updates whose SQL is made once.

Making the SQL of a wide query anew takes several times as long as asking the database (docs/decisions/0017). What is read
or written on the hottest paths is therefore prepared: the values are always fresh, only the text of the statement is kept.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Generic, TypeVar

from django.db import connection, transaction
from django.db.models import AutoField, Model, QuerySet, prefetch_related_objects, query
from django.db.models.sql import InsertQuery

M = TypeVar("M", bound=Model)
get_related_populators: Any = query.get_related_populators
SAMPLES: dict[type, Callable[[int], Any]] = {
    int: lambda number: 4_000_000_000_000 + number,
    str: lambda number: f"\ue000{number}",
    datetime: lambda number: datetime(1970 + number, 1, 1, tzinfo=UTC),
    date: lambda number: date(1970 + number, 1, 1),
}
"""For each kind of value one that no query holds by itself, so that it is found again among the parameters."""


@dataclass(frozen=True, slots=True)
class _Plan(Generic[M]):
    model: type[M]
    sql: str
    params: tuple[Any, ...]
    places: tuple[tuple[int, ...], ...]
    """For each value where it stands among the parameters."""
    locks: bool
    names: tuple[str, ...]
    columns: slice
    converters: tuple[tuple[int, list[Callable[..., Any]], Any], ...]
    populators: tuple[Any, ...]
    annotations: tuple[tuple[str, int], ...]
    lookups: tuple[Any, ...]


class Prepared(Generic[M]):
    """``make`` builds the queryset for values of ``kinds``; calling the result gives its rows for other such values.

    Only the values may differ between two calls: no ``None``, no lists. A value has its kind exactly.
    """

    def __init__(self, make: Callable[..., QuerySet[M]], *kinds: type) -> None:
        self.make = make
        self.kinds = kinds
        self._plan: _Plan[M] | None = None

    def __call__(self, *values: Any) -> list[M]:
        """The rows, read now."""
        plan = self._plan
        if plan is None:
            # Two threads may both do it the first time; they make the same.
            plan = self._plan = self._compile()
        if plan.locks and not transaction.get_connection().in_atomic_block:
            raise transaction.TransactionManagementError("A query that locks needs a transaction")
        params = list(plan.params)
        for value, kind, places in zip(values, self.kinds, plan.places, strict=True):
            for place in places:
                params[place] = _adapt(kind, value)
        with connection.cursor() as cursor:
            cursor.execute(plan.sql, params)
            rows = cursor.fetchall()
        made = [_build(plan, list(row)) for row in rows]
        if plan.lookups and made:
            prefetch_related_objects(made, *plan.lookups)
        return made

    def _compile(self) -> _Plan[M]:
        samples = [SAMPLES[kind](number) for number, kind in enumerate(self.kinds)]
        queryset: Any = self.make(*samples)
        compiler = queryset.query.get_compiler(connection=connection)
        sql, params = compiler.as_sql()
        info = compiler.klass_info
        fields = info["select_fields"]
        columns = slice(fields[0], fields[-1] + 1)
        adapted = [_adapt(kind, sample) for kind, sample in zip(self.kinds, samples, strict=True)]
        places = tuple(tuple(at for at, param in enumerate(params) if param == sample) for sample in adapted)
        if not all(places):
            raise ValueError("A value of a prepared query is not among its parameters")
        converters = compiler.get_converters([column[0] for column in compiler.select])
        return _Plan(
            model=queryset.model,
            sql=sql,
            params=tuple(params),
            places=places,
            locks=queryset.query.select_for_update,
            names=tuple(column[0].target.attname for column in compiler.select[columns]),
            columns=columns,
            converters=tuple((at, *pair) for at, pair in converters.items()),
            populators=tuple(get_related_populators(info, compiler.select, connection.alias)),
            annotations=tuple(compiler.annotation_col_map.items()),
            lookups=queryset._prefetch_related_lookups,  # noqa: SLF001
        )


_insertions: dict[type[Model], tuple[str, tuple[Any, ...]]] = {}
"""For each model the statement that writes one row, and the fields whose values it takes."""


def insert_row(one: Model) -> None:
    """Write ``one``, which is new and says all its values itself, and give it its key.

    No signal is sent; a rule of the database that is broken raises as after ``save``.
    """
    known = _insertions.get(type(one))
    if known is None:
        known = _insertions[type(one)] = _compile_insertion(one)
    sql, fields = known
    values = [field.get_db_prep_save(field.pre_save(one, add=True), connection) for field in fields]
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        (one.pk,) = cursor.fetchone()
    one._state.adding = False  # noqa: SLF001 - documented as Model._state
    one._state.db = connection.alias  # noqa: SLF001


def _compile_insertion(one: Model) -> tuple[str, tuple[Any, ...]]:
    meta: Any = one._meta  # noqa: SLF001 - public in all but name
    fields = tuple(field for field in meta.concrete_fields if not isinstance(field, AutoField))
    insertion: Any = InsertQuery(type(one))
    insertion.insert_values(fields, [one])
    compiler = insertion.get_compiler(connection=connection)
    compiler.returning_fields = [meta.pk]
    ((sql, _params),) = compiler.as_sql()
    return sql, fields


_updates: dict[tuple[type[Model], tuple[str, ...], tuple[str, ...]], tuple[str, tuple[Any, ...]]] = {}
"""For each model, with the names of what is written and of what must be so, the statement and its fields."""


def update_row(model: type[Model], where: Mapping[str, Any], **values: Any) -> bool:
    """Write ``values`` to the row whose fields are as ``where`` says, its key among them; whether there was one.

    Fields by the name of their attribute (``counter_id``); ``where`` knows no ``None``.
    """
    key = (model, tuple(values), tuple(where))
    known = _updates.get(key)
    if known is None:
        known = _updates[key] = _compile_update(*key)
    sql, fields = known
    given = (*values.values(), *where.values())
    params = [field.get_db_prep_save(value, connection) for field, value in zip(fields, given, strict=True)]
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return bool(cursor.rowcount)


def _compile_update(model: type[Model], values: tuple[str, ...], where: tuple[str, ...]) -> tuple[str, tuple[Any, ...]]:
    meta: Any = model._meta  # noqa: SLF001 - public in all but name
    known = {field.attname: field for field in meta.concrete_fields}
    quote = connection.ops.quote_name
    written, asked = ([f"{quote(known[name].column)} = %s" for name in names] for names in (values, where))
    sql = f"UPDATE {quote(meta.db_table)} SET {', '.join(written)} WHERE {' AND '.join(asked)}"  # noqa: S608
    return sql, tuple(known[name] for name in (*values, *where))


def attach(one: Model, name: str, rows: list[Any]) -> None:
    """Let ``one.<name>.all()`` give ``rows`` without a query, as a prefetch would."""
    owner: Any = one
    related = getattr(owner, name).all()
    related._result_cache = rows  # noqa: SLF001
    related._prefetch_done = True  # noqa: SLF001
    owner._prefetched_objects_cache = {**getattr(owner, "_prefetched_objects_cache", {}), name: related}  # noqa: SLF001


def _build(plan: _Plan[M], row: list[Any]) -> M:
    for at, converters, expression in plan.converters:
        for convert in converters:
            row[at] = convert(row[at], expression, connection)
    one: M = plan.model.from_db(connection.alias, plan.names, row[plan.columns])
    for populator in plan.populators:
        populator.populate(row, one)
    for name, at in plan.annotations:
        setattr(one, name, row[at])
    return one


def _adapt(kind: type, value: Any) -> Any:
    if kind is datetime:
        return connection.ops.adapt_datetimefield_value(value)
    return connection.ops.adapt_datefield_value(value) if kind is date else value
