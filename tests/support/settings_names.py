"""Which environment variables a settings class reads."""

from pydantic import AliasChoices, AliasPath
from pydantic_settings import BaseSettings


def variables_of(settings: type[BaseSettings]) -> set[str]:
    """Every name in upper case: the aliases of a field, else its name behind the prefix."""
    prefix = str(settings.model_config.get("env_prefix", ""))
    names: set[str] = set()
    for name, field in settings.model_fields.items():
        alias = field.validation_alias
        if isinstance(alias, AliasChoices):
            names |= {one.upper() for one in alias.choices if isinstance(one, str)}
        elif isinstance(alias, AliasPath):
            raise TypeError(f"{name}: a path is no variable")
        else:
            names.add((alias or f"{prefix}{name}").upper())
    return names
