#!/usr/bin/env bash
# Runs schemathesis (from PyPI) against a door of its own with a token of each role: no 500, no answer outside its schema.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
work=${1:-$(mktemp -d)}
mkdir -p "$work"
chmod 755 "$work"
export PATH="$PWD/node_modules/.bin:$PATH"
[ -x "$work/venv/bin/schemathesis" ] || { python3 -m venv "$work/venv" && "$work/venv/bin/pip" install -q 'schemathesis>=4,<5'; }

MA_DATA_DIR=$work/data MA_PORT=0 MA_LOG=error node serve/local.ts >"$work/out" 2>"$work/err" &
door=$!
trap 'kill $door; wait $door || true' EXIT
for _ in $(seq 120); do grep -q ready "$work/out" && break; sleep 0.5; done
base=$(sed -n 's#.*ready: \(http://[^/]*\)/.*#\1#p' "$work/out")
[ -n "$base" ] || { cat "$work/err"; exit 1; }
admin=$(cat "$work/data/admin-token")

call() { curl -sf -X "$1" "$base$2" -H "authorization: Bearer $admin" -H 'content-type: application/json' "${@:3}"; }
call POST /sessions -d '{"name":"orders"}' >/dev/null
status=0
for role in viewer operator admin; do
  token=$(call POST /tokens -d "{\"name\":\"schemathesis\",\"role\":\"$role\"}" | node -p 'JSON.parse(require("node:fs").readFileSync(0, "utf8")).token')
  echo "-- as $role"
  # Sign-in is rate-limited by design, and a stream never ends: both have suites of their own.
  "$work/venv/bin/schemathesis" run "$base/openapi.json" --header "Authorization: Bearer $token" \
    --checks not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance \
    --exclude-path-regex '/auth/(login|logout)|/clusters/' --exclude-name 'DELETE /tokens/{token}' \
    --max-examples 15 --request-timeout 10 --seed 1 --no-color || status=1
done
grep -q '"level":50' "$work/err" && { grep '"level":50' "$work/err" | head; status=1; }
exit $status
