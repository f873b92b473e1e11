#!/usr/bin/env bash
# system-calls.sh DIRECTORY: runs the gateway, with a message, a reload and a drain, under strace, and holds what it
# calls to the unit's SystemCallFilter, since a container has no systemd that would do it.
set -uo pipefail
work=$1/system-calls
rm -rf "$work"
mkdir -p "$work"
port=18080 admin=18090
cp "$1/secrets/ring/farm-keys.json" "$work/"
cat >"$work/gateway.yaml" <<YAML
listeners: [{ address: 127.0.0.1, port: $port }]
admin: { address: 127.0.0.1, port: $admin }
farmKeys: { fromFile: farm-keys.json }
certificates: [{ certificate: $1/secrets/service.pem, privateKey: { fromFile: $1/secrets/service.key } }]
policies: [orders.yaml]
workers: 2
drain: { delay: 0s, timeout: 2s }
YAML
cp deploy/kubernetes/overlays/example/orders.yaml "$work/"
sed -i "s#/etc/sct-gateway-secrets#$1/secrets#; s#10.0.0.1[12]:8080#localhost:1#g" "$work/orders.yaml"
sed -i 's#\[http://localhost:1, http://localhost:1\]#[http://localhost:1]#' "$work/orders.yaml"

strace -f -qq -o "$work/calls" -e trace=all node dist/cli.js run --config "$work/gateway.yaml" >"$work/log" 2>&1 &
tracer=$!
for ((tries = 0; tries < 200; tries++)); do
  grep -q process.ready "$work/log" && break
  sleep 0.2
done
grep -q process.ready "$work/log" || { cat "$work/log" && exit 1; }
curl -s -o /dev/null "http://127.0.0.1:$admin/readyz"
curl -s -o /dev/null -H 'Content-Type: application/soap+xml' --data '<a/>' "http://127.0.0.1:$port/orders"
curl -s -o /dev/null "http://127.0.0.1:$port/orders?wsdl"
gateway=$(head -n 1 "$work/calls" | cut -d ' ' -f 1)
kill -HUP "$gateway"
sleep 1
kill -TERM "$gateway"
wait "$tracer" || exit 1

# names of a set and of the sets in it
set_of() {
  systemd-analyze syscall-filter "$1" </dev/null | sed -n 's/^ *//; /^[@a-z_0-9-]\+$/p' | tail -n +2 | while read -r name; do
    case $name in
    "$1") ;;
    @*) set_of "$name" ;;
    *) echo "$name" ;;
    esac
  done
}
sed -nE 's/^[0-9]+ +([a-z_0-9]+)\(.*/\1/p' "$work/calls" | sort -u >"$work/called"
set_of @system-service | sort -u >"$work/allowed"
{ set_of @privileged; set_of @resources; } | sort -u >"$work/refused"
comm -23 "$work/allowed" "$work/refused" >"$work/left"
printf '%d system calls made\n' "$(wc -l <"$work/called")"
beyond=$(comm -23 "$work/called" "$work/left")
# EPERM is taken for "no" there: V8 asks for a memory protection key, which not every processor has
beyond=$(grep -vx 'pkey_alloc' <<<"$beyond")
printf 'refused: %s\n' "$beyond"
[ -s "$work/called" ] && [ -z "$beyond" ]
