# Parts of a run: `step` must succeed, `tests` must also have run some. Sourced by .ci/run.
passed=0 failed=0 running=
logs=$(mktemp -d)
began=$SECONDS
export NO_COLOR=1

# The part that runs is a process group of its own, which `timeout` ends as a whole.
leave() {
  [ -n "$running" ] && kill -TERM "$running" 2>/dev/null && wait "$running"
  rm -rf "$logs"
}
trap leave EXIT
trap 'exit 143' TERM INT HUP

step() { part step "$@"; }
tests() { part tests "$@"; }

# part KIND NAME MINUTES COMMAND...
part() {
  local kind=$1 name=$2 minutes=$3 log=$logs/part from=$SECONDS status good bad
  shift 3
  printf '== %s\n' "$name"
  timeout --kill-after=30 "${minutes}m" "$@" >"$log" 2>&1 </dev/null &
  running=$!
  wait "$running"
  status=$?
  running=
  sed -i -E 's/\x1b\[[0-9;]*m//g' "$log"
  good=$(counted passed "$log") bad=$(counted failed "$log")
  # a failure that no test counted is one all the same
  if [ "$status" -ne 0 ] && [ "$bad" -eq 0 ]; then bad=1; fi
  if [ "$kind" = tests ] && [ "$((good + bad))" -eq 0 ]; then
    bad=1
    echo 'no test ran' >>"$log"
  fi
  passed=$((passed + good)) failed=$((failed + bad))
  [ "$bad" -gt 0 ] && show "$log" "$status"
  grep -h '^# ' "$log" | cut -c1-200
  printf '   %s: %d passed, %d failed, %d s\n' "$name" "$good" "$bad" "$((SECONDS - from))"
}

# Sums jest's `Tests:` lines and the `N passed, N failed` lines of every other runner.
counted() {
  awk -v word="$1" '
    /^Tests: / || /^[0-9]+ passed, [0-9]+ failed$/ {
      for (at = 2; at <= NF; at++) if ($at ~ "^" word ",?$") sum += $(at - 1)
    }
    END { print sum + 0 }' "$2"
}

show() {
  printf -- '---- failed (exit status %d); what it said:\n' "$2"
  grep -E '^(FAILED|FAIL|error)|●' "$1" | cut -c1-300 | head -n 60
  printf -- '---- its last lines:\n'
  tail -n 80 "$1" | cut -c1-300
  printf -- '----\n'
}

finish() {
  printf '== All parts: %d s\n%d passed, %d failed\n' "$((SECONDS - began))" "$passed" "$failed"
  [ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
  exit
}
