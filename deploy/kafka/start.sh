#!/bin/sh
# Give the broker its cluster id, then become it. A new volume is a new log and must say so: its id
# is drawn with it, not configured, else positions of the old log would be taken for its own.
set -eu

meta="$KAFKA_LOG_DIRS/meta.properties"
if [ -f "$meta" ]; then
    CLUSTER_ID="$(sed -n 's/^cluster\.id=//p' "$meta")"
else
    # Sixteen random bytes in URL-safe base64; the first letter is fixed, since a leading dash
    # would read as an option.
    CLUSTER_ID="L$(head -c 16 /dev/urandom | base64 | tr '+/' '-_' | cut -c 2-22)"
fi
export CLUSTER_ID
exec "$@"
