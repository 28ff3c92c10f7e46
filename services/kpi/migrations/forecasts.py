"""The tables of forecasts."""

FORECASTS = (
    """CREATE TABLE forecast (
        forecast_id uuid PRIMARY KEY, measure text NOT NULL, step text NOT NULL,
        axis text NOT NULL, key text, currency text, time_zone text NOT NULL,
        past_from date NOT NULL, past_to date NOT NULL, past_steps integer NOT NULL,
        gaps integer NOT NULL, season integer NOT NULL, origins integer NOT NULL, mape numeric,
        mase numeric, bias numeric, coverage numeric, total_p10 numeric, total_p50 numeric,
        total_p90 numeric, made_at timestamptz NOT NULL, made_by text NOT NULL)""",
    "CREATE INDEX forecast_of_measure ON forecast (measure, forecast_id)",
    """CREATE INDEX forecast_of_cut ON forecast (measure, axis, coalesce(key, ''),
        coalesce(currency, ''), step, time_zone, forecast_id)""",
    """CREATE TABLE forecast_method (
        forecast_id uuid NOT NULL REFERENCES forecast ON DELETE CASCADE, name text NOT NULL,
        weight numeric NOT NULL, mape numeric, mase numeric, bias numeric,
        path numeric[] NOT NULL, PRIMARY KEY (forecast_id, name))""",
    """CREATE TABLE forecast_step (
        forecast_id uuid NOT NULL REFERENCES forecast ON DELETE CASCADE, day date NOT NULL,
        p10 numeric NOT NULL, p50 numeric NOT NULL, p90 numeric NOT NULL,
        methods_p50 numeric NOT NULL, PRIMARY KEY (forecast_id, day))""",
    """CREATE TABLE forecast_voice (
        forecast_id uuid NOT NULL REFERENCES forecast ON DELETE CASCADE, first date NOT NULL,
        kind text NOT NULL, "end" date NOT NULL, weight numeric NOT NULL, value numeric NOT NULL,
        mape numeric, judged integer, PRIMARY KEY (forecast_id, first, kind))""",
)
