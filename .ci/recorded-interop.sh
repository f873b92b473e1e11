#!/usr/bin/env bash
# Apache CXF's client with the 23 policies of WCF's public interoperability endpoints, through a farm of three nodes
# where every request goes to the next one. The client lies beside the clone, in ../shared/interop.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1
interop=$PWD/../shared/interop/cxf
work=$(mktemp -d) certs=$work/certs status=0
source .ci/farm.sh
# short-lived: the second compiler costs more than it saves
export JAVA_OPTS='-XX:TieredStopAtLevel=1 -XX:+UseSerialGC'
client_pid=
leave() {
  [ -n "$client_pid" ] && kill "$client_pid" 2>/dev/null
  stop_farm
  rm -rf "$work"
}
trap leave EXIT
trap 'exit 143' TERM INT HUP

# CXF does no streaming for these.
not_streamed=SecureConversation_MutualCertificate10SignEncrypt,XC,XDC,XDC-ES,XDC-SEES,_X,_XD,_XD-SEES,_XD-ES
# No certificate of the client's own: what must go on while nodes are killed.
steady=SecureConversation_UserNameOverTransport,AC,ADC,ADC-ES,UXC,UXDC,UXDC-SEES

# ask STACK VERSION SOAP SUITE WHAT [CLIENT'S OPTIONS...]
ask() {
  local stack=$1 version=$2 soap=$3 suite=$4 what=$5 from=$SECONDS
  shift 5
  local options=(--version "$version" --soap "$soap" --suite "$suite")
  [ "$stack" = StAX ] && options+=(--stax --skip "$not_streamed")
  timeout --kill-after=10 300 bash "$interop/run.sh" client --http "http://localhost:$farm_http" \
    --https "https://localhost:$farm_https" --certs "$certs" "${options[@]}" "$@" >"$work/client" 2>"$work/stderr" &
  # in the background, because a signal to a script that waits for a program waits too
  client_pid=$!
  wait "$client_pid" || {
    status=1
    tail -n 20 "$work/stderr"
  }
  client_pid=
  node build/test/interop/record.js --client "Apache CXF 4.0.6, $stack" --version "$version" --soap "$soap" \
    --suite "$suite" --policies 'WCF interoperability endpoints' --run "$what" <"$work/client"
  printf '# %s %s, SOAP %s, %s, %s: %s (%d s)\n' \
    "$stack" "$version" "$soap" "$suite" "$what" "$(tail -n 1 "$work/client")" "$((SECONDS - from))"
  grep '^FAILED' "$work/client"
  tail -n 1 "$work/client"
}

bash "$interop/run.sh" certs "$certs" || exit 1
# builds the client
bash .ci/retry.sh bash "$interop/run.sh" client --certs "$certs" --only none || exit 1

for version in 2005-02 1.3; do
  for suite in Basic128 Basic256 Basic256Sha256; do
    start_farm --version "$version" --suite "$suite" || exit 1
    for soap in 1.1 1.2; do
      ask DOM "$version" "$soap" "$suite" '3 pings a conversation, Cancel'
      ask StAX "$version" "$soap" "$suite" '3 pings a conversation, Cancel'
    done
    stop_farm
    [ "$suite" = Basic256Sha256 ] && continue
    start_farm --version "$version" --suite "$suite" --kill-every 2 || exit 1
    for soap in 1.1 1.2; do
      ask DOM "$version" "$soap" "$suite" '200 pings a conversation, a node killed every 2 s' --only "$steady" --pings 200
    done
    grep -c '^killed' "$work/farm" | sed 's/.*/# nodes killed: &/'
    stop_farm
  done
done
exit "$status"
