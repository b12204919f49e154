#!/bin/bash
# Fuzzes all parsers in parallel for SECONDS, each from its corpus in tests/fuzz/corpus. FOLDER contains
# the programs. New inputs go to FOLDER/NAME.corpus, inputs that fail to FOLDER.
#
#     tests/fuzz/run.sh FOLDER SECONDS
set -u
programs=${1:?usage: run.sh FOLDER SECONDS}
seconds=${2:?usage: run.sh FOLDER SECONDS}
corpora=$(dirname "$0")/corpus

declare -A jobs
for source in "$(dirname "$0")"/fuzz_*.c; do
    name=$(basename "$source" .c)
    mkdir -p "$programs/$name.corpus"
    "$programs/$name" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=1024 \
        -artifact_prefix="$programs/$name-" -print_final_stats=1 \
        "$programs/$name.corpus" "$corpora/${name#fuzz_}" >"$programs/$name.log" 2>&1 &
    jobs[$name]=$!
done

passed=0 failed=0
for name in "${!jobs[@]}"; do
    if wait "${jobs[$name]}"; then
        echo "  PASS  $name: $(sed -n 's/^stat::number_of_executed_units: *//p' \
            "$programs/$name.log") inputs"
        passed=$((passed + 1))
    else
        echo "  FAIL  $name"
        tail -n 40 "$programs/$name.log"
        failed=$((failed + 1))
    fi
done
echo "fuzz: $passed passed, $failed failed"
[ "$failed" -eq 0 ]
