#!/bin/sh
# Run once, by the image's entrypoint, when the volume is new. Passwords come from the environment
# and reach the server as psql variables: never as text of a statement that this file writes.
set -eu

for service in intake routing history kpi; do
    variable="$(printf '%s' "$service" | tr '[:lower:]' '[:upper:]')_DATABASE_PASSWORD"
    word="$(printenv "$variable" || true)"
    if [ -z "$word" ]; then
        echo "set $variable" >&2
        exit 1
    fi
    # The variables are read from standard input, so that no process list shows a password.
    {
        printf "\\\\set service '%s'\n" "$service"
        printf "\\\\set word '%s'\n" "$(printf '%s' "$word" | sed "s/[\\\\']/\\\\&/g")"
        cat "${LEADFLOW_INIT_SQL:-/etc/leadflow/service.sql}"
    } | psql --no-psqlrc --quiet --set=ON_ERROR_STOP=1 \
        --username "$POSTGRES_USER" --dbname "${POSTGRES_DB:-postgres}"
done
