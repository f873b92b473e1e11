# A farm for the runs of one script. Sourced; needs $work, a folder for what it writes, and $certs.
farm_pid='' farm_http=9501 farm_https=9502

# start_farm ARGUMENTS...: returns when it serves
start_farm() {
  : >"$work/farm"
  npm run --silent --ignore-scripts farm -- --http "$farm_http" --https "$farm_https" --certs "$certs" \
    --nodes 3 --logs "$work/nodes" "$@" >"$work/farm" 2>&1 &
  farm_pid=$!
  local tries
  for ((tries = 0; tries < 240; tries++)); do
    grep -q '^ready$' "$work/farm" && return 0
    kill -0 "$farm_pid" 2>/dev/null || break
    sleep 0.25
  done
  echo 'FAILED  the farm does not start:' && tail -n 20 "$work/farm"
  return 1
}

# npm does not wait for what it runs, and the farm ends its nodes before it goes: it is gone when its port is.
stop_farm() {
  [ -n "$farm_pid" ] || return 0
  kill "$farm_pid" 2>/dev/null
  wait "$farm_pid"
  farm_pid=''
  local tries
  for ((tries = 0; tries < 80; tries++)); do
    (exec 3<>"/dev/tcp/127.0.0.1/$farm_http") 2>/dev/null || return 0
    sleep 0.25
  done
}
