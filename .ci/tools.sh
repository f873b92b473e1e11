#!/usr/bin/env bash
# Installs the programs that the suites call and this machine lacks. Needs Debian, and root if any is missing.
set -euo pipefail
cd "$(dirname "$0")"

node -e '
  const [major, minor] = process.versions.node.split(".").map(Number);
  if (major < 20 || (major === 20 && minor < 18)) throw new Error(`Node 20.18.1 or later is needed, this is ${process.version}`);
'
# command, then the package that brings it
programs='javac default-jdk-headless
mvn maven
openssl openssl
curl curl
redis-server redis-server
haproxy haproxy
faketime faketime'
missing=()
while read -r command package; do
  command -v "$command" >/dev/null || missing+=("$package")
done <<<"$programs"
if [ "${#missing[@]}" -gt 0 ]; then
  export DEBIAN_FRONTEND=noninteractive
  bash retry.sh apt-get update -qq
  bash retry.sh apt-get install -y -qq --no-install-recommends "${missing[@]}"
fi
java -version 2>&1 | head -n 1
