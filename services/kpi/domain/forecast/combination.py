"""Several forecasts as one, each with the more weight the smaller its errors were.

J. M. Bates, C. W. J. Granger: The combination of forecasts, Operational Research Quarterly 20
(1969), 451-468: weights go with the inverse of the mean squared error.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from services.kpi.domain.forecast.backtest import Trial

COMBINATION: Final = "combination"
# Methods whose squared error is more than so many times the least one only add noise.
_WORST: Final = 1.3


def weights_of(squares: Mapping[str, float]) -> dict[str, float]:
    """Weights that sum to one, from mean squared errors; a method without any error has all."""
    least = min(squares.values())
    if least <= 0:
        best = [name for name, square in squares.items() if square <= 0]
        return {name: 1 / len(best) if name in best else 0.0 for name in squares}
    inverse = {
        name: least / square if square <= _WORST * least else 0.0
        for name, square in squares.items()
    }
    total = sum(inverse.values())
    return {name: value / total for name, value in inverse.items()}


def combined(paths: Mapping[str, Sequence[float]], weights: Mapping[str, float]) -> list[float]:
    """The weighted mean of paths, step by step."""
    parts = [(weights[name], path) for name, path in paths.items() if weights[name]]
    horizon = len(parts[0][1])
    return [sum(weight * path[step] for weight, path in parts) for step in range(horizon)]


def errors_until(trial: Trial, until: int) -> dict[str, float]:
    """Each method's mean squared error over what had come when `until` values were known; empty
    where nothing had.
    """
    squares: dict[str, float] = dict.fromkeys(trial.paths, 0.0)
    count = 0
    for number, origin in enumerate(trial.origins):
        steps = _steps_known(until, origin, trial.horizon)
        if steps <= 0:
            break
        count += steps
        facts = trial.values[origin : origin + steps]
        for name, paths in trial.paths.items():
            pairs = zip(facts, paths[number], strict=False)
            squares[name] += sum((fact - value) ** 2 for fact, value in pairs)
    return {name: total / count for name, total in squares.items()} if count else {}


def _steps_known(until: int, origin: int, horizon: int) -> int:
    """How many steps of a forecast had come when so many values were known."""
    return min(until - origin, horizon)


def with_combination(trial: Trial) -> Trial:
    """The trial with the combination among its methods: at each origin by the errors that were
    known then, at the first one by equal weights.
    """
    paths = []
    for number, origin in enumerate(trial.origins):
        squares = errors_until(trial, origin) or dict.fromkeys(trial.paths, 1.0)
        of_methods = {name: items[number] for name, items in trial.paths.items()}
        paths.append(combined(of_methods, weights_of(squares)))
    return trial._replace(paths={**trial.paths, COMBINATION: paths})
