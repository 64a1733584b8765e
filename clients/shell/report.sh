# Runs cases and tells what came of each: one JSON line on standard output.

failed=0

# case_of AREA NAME FUNCTION: a case is a function in a shell of its own, which ends at the first command that fails.
case_of() {
  local outcome=pass note=""
  if ! bash -c "source lab.sh; set -euo pipefail; $(declare -f); $3" >&2; then
    outcome=fail note="$3 failed: see the log"
    failed=$((failed + 1))
  fi
  printf '{"area":"%s","case":"%s","outcome":"%s","note":"%s"}\n' "$1" "$2" "$outcome" "$note"
}
