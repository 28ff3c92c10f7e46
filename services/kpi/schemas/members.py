"""The members of answers, told apart by what they hold."""

from typing import Any, get_args, get_origin

from pydantic import BaseModel


def is_nested(annotation: Any) -> bool:
    """Whether it holds members of its own, by names or by any words."""
    return any(
        get_origin(each) is dict or (isinstance(each, type) and issubclass(each, BaseModel))
        for each in (annotation, *get_args(annotation))
    )
