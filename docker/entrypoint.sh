#!/bin/sh
# What a container starts with: `serve` (the default) sets up and serves; anything else is run as it
# is, in the same environment:
#
#   docker exec CONTAINER flask todo create-key admin --name laptop --scopes todos:read
#   docker run … todoapp flask todo create-user ann
#
# Each exec puts the program in the place of this shell, so that it gets the signals itself.
set -eu
cd "$(dirname "$0")/.."

if [ "${1:-serve}" != serve ]; then
    exec "$@"
fi

# Before the workers: they never make tables.
flask todo init
exec gunicorn
