#!/usr/bin/env bash
# retry.sh COMMAND...: up to three times, for what asks a registry.
for pause in 5 20 0; do
  "$@" && exit 0
  status=$?
  echo "failed with $status: $*" >&2
  sleep "$pause"
done
exit "$status"
