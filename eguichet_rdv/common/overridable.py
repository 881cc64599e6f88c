"""A declared value and a local one side by side; the local one wins."""

from typing import Generic, TypeVar, cast

from django.db.models import Model

T = TypeVar("T")


class Overridable(Generic[T]):
    """Read ``x_override`` unless it is ``None``, else ``x_declared``, as the attribute ``x``."""

    def __set_name__(self, owner: type[Model], name: str) -> None:
        self.name = name

    def __get__(self, instance: Model, owner: type[Model]) -> T:
        override = getattr(instance, f"{self.name}_override")
        return cast("T", getattr(instance, f"{self.name}_declared") if override is None else override)
