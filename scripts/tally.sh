# Sourced by scripts/test and .ci/run: adds up the closing lines `N passed, N failed[, N not run]` of steps.
tally_passed=0
tally_failed=0
tally_not_run=0

# tally NAME COMMAND...: runs it, shows its output; a step that ends badly without a failed case is a failure itself.
tally() {
  local name=$1 log line code=0; shift
  log=$(mktemp)
  printf '== %s\n' "$name"
  "$@" 2>&1 | tee "$log" || code=${PIPESTATUS[0]}
  line=$(grep -E '^[0-9]+ passed, [0-9]+ failed(, [0-9]+ not run)?$' "$log" | tail -n 1) || true
  rm -f "$log"
  local passed=0 failed=0 not_run=0
  [ -z "$line" ] || read -r passed _ failed _ not_run _ <<<"$line"
  if [ "$code" -ne 0 ] && [ "$failed" -eq 0 ]; then failed=1; echo "FAILED $name: exit code $code"; fi
  tally_passed=$((tally_passed + passed))
  tally_failed=$((tally_failed + failed))
  tally_not_run=$((tally_not_run + ${not_run:-0}))
  [ "$failed" -eq 0 ]
}

# A step that either holds or does not.
tally_step() {
  local name=$1; shift
  tally "$name" counted_once "$@"
}
counted_once() { if "$@"; then echo "1 passed, 0 failed"; else echo "0 passed, 1 failed"; return 3; fi; }

# The last line, and the exit code.
tally_close() {
  [ "$tally_not_run" -eq 0 ] || echo "NOT RUN: $tally_not_run tests, for the reasons given above; what they would show is not shown"
  printf '%d passed, %d failed%s\n' "$tally_passed" "$tally_failed" "$([ "$tally_not_run" -eq 0 ] || echo ", $tally_not_run not run")"
  [ "$tally_failed" -eq 0 ] && [ "$tally_passed" -gt 0 ]
}
