"""Frozen values without `dataclasses`, which cost more to import than all of Plasma.

- Equal options make equal values, with one hash; a copy is the value itself.
- `repr` shows what differs from the defaults, and masks every secret.
- A value pickles, secrets included, unless it holds what does not (a lambda, an SSLContext). Pickling then raises
  `pickle.PicklingError`, as who pickles expects, and the error names the option.
"""

from __future__ import annotations

from .validation import is_pem

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any, NoReturn

    from typing_extensions import Self

put = object.__setattr__


class Frozen:
    """A value made once. A subclass has a slot for each of its options, and names their defaults in `_defaults`."""

    __slots__ = ()
    _defaults: Mapping[str, Any] = {}

    def _given(self) -> dict[str, Any]:
        """The options that differ from their defaults."""
        values = {name: getattr(self, name) for name in self._defaults}
        return {name: value for name, value in values.items() if value != self._defaults[name]}

    def _key(self) -> tuple[Any, ...]:
        return tuple([getattr(self, name) for name in self._defaults])

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return self is other or self._key() == other._key()

    def __hash__(self) -> int:
        return hash(self._key())

    def __repr__(self) -> str:
        shown = [f"{name}={_masked(name, value)}" for name, value in self._given().items()]
        return f"{type(self).__name__}({', '.join(shown)})"

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"a {type(self).__name__} is frozen; make another one with .replace({name}=...)")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError(f"a {type(self).__name__} is frozen; make another one with .replace(...)")

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: object) -> Self:
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        given = self._given()
        for name, value in given.items():
            if not _picklable(value):
                from pickle import PicklingError

                raise PicklingError(f"a {type(self).__name__} cannot be pickled with this {name}: {_kind(value)}")
        return type(self)._restore, (given,)

    @classmethod
    def _restore(cls, given: dict[str, Any]) -> Self:
        """What unpickling calls. The options were checked when the value was first made."""
        value = cls.__new__(cls)
        for name, default in cls._defaults.items():
            put(value, name, given.get(name, default))
        return value


def _masked(name: str, value: object) -> str:
    """How repr shows an option."""
    if callable(value):
        return "<callable>"  # its own repr could hold the password (functools.partial does)
    if name in ("password", "key_password"):
        return "'***'"
    if isinstance(value, str) and is_pem(value):
        return "<PEM text>"
    if is_context(value):
        return "<SSLContext>"
    return repr(value)


def _kind(value: object) -> str:
    return "an SSLContext" if is_context(value) else "a callable that pickle cannot find by name, such as a lambda"


def _picklable(value: object) -> bool:
    if is_context(value):
        return False
    if not callable(value):
        return True
    from pickle import dumps

    try:
        dumps(value)
    except Exception:
        return False
    return True


def is_context(value: object) -> bool:
    """Whether it is an ssl.SSLContext, without importing ssl: where there is one, somebody has."""
    from sys import modules

    ssl = modules.get("ssl")
    return ssl is not None and isinstance(value, ssl.SSLContext)
