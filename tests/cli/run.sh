#!/usr/bin/env bash
# The command line as scripts see it: exit status, what is on which stream, what is left on disk.
# usage: tests/cli/run.sh PATH_OF_PDLAB
set -u

pdlab=$(realpath "${1:?usage: run.sh PATH_OF_PDLAB}")
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder" || exit 1
for name in SEQ_LEN BATCH HEAD_DIM NUM_PROGRAMS BLOCK_K QUICK; do unset "$name"; done
for name in $(compgen -e PDLAB_); do unset "$name"; done
export LC_ALL=C XDG_CONFIG_HOME="$folder/config" HOME="$folder"

passed=0
failed=0

check() { # check NAME CONDITION...: the condition is a command
    local name=$1
    shift
    if "$@"; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "FAIL $name"
        echo "     status $status; stderr: $(head -c 300 stderr)"
    fi
}

run() { # run ARGUMENT...: leaves status, and the files stdout and stderr
    timeout 60 "$pdlab" "$@" >stdout 2>stderr </dev/null
    status=$?
}

one_line() { [ "$(wc -l <stderr)" = 1 ] && [ "$(head -c 7 stderr)" = "pdlab: " ]; }
says() { grep -qF -- "$1" stderr; }
prints() { grep -qF -- "$1" stdout; }
silent() { [ ! -s "$1" ]; }
is() { [ "$status" = "$1" ]; }
no_leftovers() { ! find . -type f | grep -qE '\.[0-9a-f]{8}$'; }
same_set() { [ "$(sort <<<"$1")" = "$(sort <<<"$2")" ]; }

is_json() { # of one value, with that schema
    if command -v python3 >/dev/null; then
        python3 -c 'import json, sys
document = json.load(open(sys.argv[1]))
sys.exit(document["schema"] != sys.argv[2])' "$1" "$2"
    else
        grep -q "\"schema\": *\"$2\"" "$1"
    fi
}

refused() { # refused STATUS PART ARGUMENT...: nothing on stdout, one line on stderr that has PART
    local expected=$1 part=$2
    shift 2
    run "$@"
    check "$*: status $expected" is "$expected"
    check "$*: one line on stderr" one_line
    check "$*: says $part" says "$part"
    check "$*: nothing on stdout" silent stdout
}

# ---- bad usage -------------------------------------------------------------------------------

refused 2 "'--nonsense'" --nonsense
refused 2 "did you mean run?" runn
refused 2 "'doctor' is not in this build" doctor
refused 2 "--profile is not in this build" run --profile
refused 2 "did you mean cpu_persistent?" run --targets cpu_persistant
refused 2 "did you mean persistent_decode?" verify --targets persistent_decod
refused 2 "launch-overhead" --preset launch-overheat
refused 2 "'33'" run --block-k 33
refused 2 "--csv is an option of run, not of list" list --csv x
refused 2 "needs a value" run --json
refused 2 "'gpu'" run --device gpu
refused 2 "replay needs a file" replay
refused 3 "cuda" run --device cuda:0
refused 3 "cuda" list --device cuda:0
export PDLAB_BLOCK_K=33
refused 2 "PDLAB_BLOCK_K" run
unset PDLAB_BLOCK_K

# ---- bad input -------------------------------------------------------------------------------

preset='{"schema":"pdlab.preset/1","title":"T","lesson":"L","target":"persistent_decode",'
printf '%s' "$preset" >cut.json
refused 2 cut.json run --preset ./cut.json
printf '%s"knobs":{"SEQ_LEN":0}}' "$preset" >range.json
refused 2 SEQ_LEN run --preset ./range.json
head -c 4096 /dev/urandom >binary.json
refused 2 binary.json run --preset ./binary.json
refused 2 binary.json replay binary.json
refused 2 absent.json replay absent.json
refused 2 "$folder" replay "$folder"
printf '[%.0s' $(seq 500) >deep.json
refused 2 deep.json replay deep.json
head -c $((17 << 20)) /dev/zero | tr '\0' ' ' >huge.json
refused 2 huge.json replay huge.json
rm -f huge.json
: >empty.json
refused 2 empty.json replay empty.json

# ---- help, version, list, verify -------------------------------------------------------------

run --help
check "--help: status" is 0
check "--help: names run" prints "run"
check "--help: stderr" silent stderr
check "--help: nothing for later" bash -c '! grep -qE "doctor|sweep|--profile|--duration" stdout'
run run --help
check "run --help: its options" prints "--csv FILE|-"
check "run --help: not the explorer's" bash -c '! grep -q -- --fps stdout'
run --help knobs
check "--help knobs" prints "--spin-ns"
run --version
check "--version" grep -qE '^pdlab [0-9]+\.[0-9]+\.[0-9]+( \([0-9a-f]+\))?$' stdout
run list
check "list: status" is 0
check "list: variants" prints "cpu_persistent"
check "list: why not" prints "this build has no cuda backend"
run list --json
check "list --json: JSON" is_json stdout pdlab.list/1
run list --markdown
check "list --markdown" prints "| cpu_graph |"
run verify
check "verify: status" is 0
check "verify: all sequences" [ "$(grep -c '8 of 8 sequences' stdout)" = 3 ]
run verify --json --batch 3
check "verify --json: JSON" is_json stdout pdlab.verify/1
check "verify --json: batch" prints '"sequences_checked":3'

# ---- run -------------------------------------------------------------------------------------

run run --quick
check "run: status" is 0
check "run: stderr" silent stderr
check "run: service time" prints "service time"
check "run: baseline" grep -qE '^cpu_per_token .* 1\.00x +2 of 2$' stdout
id=$(ls artifacts)
check "run: run_id" grep -qE '^[0-9]{8}T[0-9]{6}Z-[0-9a-f]{4}$' <<<"$id"
check "run: artifacts" same_set "$(ls "artifacts/$id")" \
    "$(printf '%s\n' cpu_graph.json cpu_per_token.json cpu_persistent.json summary.json)"
for file in "artifacts/$id"/*.json; do
    check "run: $(basename "$file")" is_json "$file" pdlab.run/1
done
rm -rf artifacts

run run --quick --json -
check "run --json -: status" is 0
check "run --json -: nothing but JSON" is_json stdout pdlab.run/1
check "run --json -: no artifacts" [ ! -e artifacts ]
cp stdout summary.json
run replay --plain summary.json
check "replay of --json -" is 0
run run --quick --json - --out kept
check "run --json - --out: artifacts" [ -e "kept/$(ls kept)/summary.json" ]
run run --quick --out none --targets labs/persistent_decode:cpu_graph --json one.json \
    --csv one.csv --record one.rec --iterations 33
check "run --out none: status" is 0
check "run --out none: none" [ ! -e artifacts ]
check "run --json FILE" is_json one.json pdlab.run/1
check "run --record FILE" is_json one.rec pdlab.run/1
check "run: only what was asked for" bash -c '! grep -q cpu_per_token one.json'
check "run --csv: header" [ "$(head -n 1 one.csv)" = "variant,metric,from_ns,below_ns,count" ]
samples() { awk -F, -v metric="$1" '$2 == metric { n += $5 } END { print n }' one.csv; }
check "run --csv: iterations" [ "$(samples iteration)" = 33 ]
check "run --csv: 7 step latencies an iteration" [ "$(samples step)" = $((33 * 7)) ]
check "no temporary files" no_leftovers
refused 3 "cpu_persistent" run --targets cpu_persistent --step-sync cluster --out none --json -

# ---- output that can't be written ------------------------------------------------------------

full() { # full ARGUMENT...: with a full disk as standard output
    timeout 60 "$pdlab" "$@" >/dev/full 2>stderr </dev/null
    status=$?
    : >stdout
    check "$* >/dev/full: status 1" is 1
    check "$* >/dev/full: one line" one_line
}
full list
full list --json
full verify
full --help
full run --quick --out none
full run --quick --json -
full replay one.rec
run run --quick --out none --json /dev/full
check "--json /dev/full: status" is 1
check "--json /dev/full: named" says /dev/full
check "--json /dev/full: still a device" [ -c /dev/full ]
run run --quick --out one.json
check "--out below a file: status" is 1
check "--out below a file: the table is there" prints cpu_graph
run run --quick --out none --csv "$folder/one.json/x.csv"
check "--csv below a file: status" is 1
check "no temporary files after failures" no_leftovers
"$pdlab" list 2>stderr | head -c 1 >stdout
check "list | head: no crash" [ "${PIPESTATUS[0]}" -le 1 ]

# ---- the report ------------------------------------------------------------------------------

began=$SECONDS
"$pdlab" 2>stderr </dev/null | cat >stdout
status=${PIPESTATUS[0]}
check "report: status" is 0
check "report: within 20 s" [ $((SECONDS - began)) -lt 20 ]
rows=$(grep -cE '^cpu_(per_token|persistent|graph) .* of ' stdout)
check "report: the three variants" [ "$rows" = 3 ]
check "report: histograms" [ "$(grep -c 'log time axis' stdout)" = 3 ]
check "report: marks" [ "$(grep -c 'p99.9 [0-9]' stdout)" -ge 3 ]
check "report: speed-up" grep -qE '^cpu_persistent .* [0-9.]+x ' stdout
check "report: ASCII in the C locale" bash -c '! LC_ALL=C grep -q "[^[:print:][:space:]]" stdout'
PDLAB_SEQ_LEN=9 run --preset quick
check "report: where a value came from" prints "environment: SEQ_LEN=9"
run replay --plain one.rec summary.json
check "replay: status" is 0
check "replay: every part is marked" [ "$(grep -c 'RECORDED on ' stdout)" = 6 ]
run replay one.rec binary.json
check "replay of one bad file: status" is 2
check "replay of one bad file: nothing printed" silent stdout

# ---- Ctrl-C ----------------------------------------------------------------------------------

# A background job of a script ignores SIGINT; env restores what a terminal would give it.
env --default-signal=INT "$pdlab" run --targets cpu_per_token --iterations 1000000000 --out cut \
    >stdout 2>stderr </dev/null &
job=$!
sleep 1
kill -INT "$job"
wait "$job"
status=$?
check "SIGINT: status" is 1
check "SIGINT: says so" says interrupted
check "SIGINT: kept what was measured" grep -qE '^cpu_per_token +[0-9]' stdout
check "SIGINT: a document" is_json "cut/$(ls cut)/summary.json" pdlab.run/1

echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
