#!/usr/bin/env bash
# Tests the command line: exit status, both output streams, and the files on disk.
#
#     tests/cli/run.sh PDLAB
set -u

pdlab=$(realpath "${1:?usage: run.sh PDLAB}")
schemas=$(realpath "$(dirname "$0")/../../presets/schema")
readme=$(realpath -m "$(dirname "$0")/../../kernels/README.md")
parts=$(realpath "$(dirname "$0")")
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder" || exit 1
for name in SEQ_LEN BATCH HEAD_DIM NUM_PROGRAMS BLOCK_K QUICK; do unset "$name"; done
for name in $(compgen -e PDLAB_); do unset "$name"; done
export LC_ALL=C XDG_CONFIG_HOME="$folder/config" HOME="$folder"
unset XDG_CACHE_HOME

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

# eventually COMMAND...: whether the command succeeds within a minute. The kernel may need a moment to
# end a killed process.
eventually() {
    local left=600
    until "$@"; do
        left=$((left - 1))
        [ $left -gt 0 ] || return 1
        sleep 0.1
    done
}

there=(env) # the command that starts pdlab, for example with variables that bash must not have
run() { # run ARGUMENT...: runs pdlab; sets status, and writes the files stdout and stderr
    "${there[@]}" timeout 60 "$pdlab" "$@" >stdout 2>stderr </dev/null
    status=$?
}

not() { ! "$@"; }
one_line() { [ "$(wc -l <stderr)" = 1 ] && [ "$(head -c 7 stderr)" = "pdlab: " ]; }
says() { grep -qF -- "$1" stderr; }
prints() { grep -qF -- "$1" stdout; }
silent() { [ ! -s "$1" ]; }
is() { [ "$status" = "$1" ]; }
in_readme() { ! grep -vxFf "$readme" ladder; }
no_leftovers() { ! find . -type f | grep -qE '\.[0-9a-f]{8}$'; }
same_set() { [ "$(sort <<<"$1")" = "$(sort <<<"$2")" ]; }

lines() { # lines COUNT REGEX [FILE]: how many lines match
    [ "$(grep -cE -- "$2" "${3:-stdout}")" = "$1" ]
}
is_json() { # is_json FILE SCHEMA: whether FILE is a JSON document that names this schema, such as pdlab.run/2
    if command -v python3 >/dev/null; then
        python3 -c 'import json, sys
document = json.load(open(sys.argv[1]))
sys.exit(document["schema"] != sys.argv[2])' "$1" "$2"
    else
        grep -q "\"schema\": *\"$2\"" "$1"
    fi
}

fits() { # fits FILE SCHEMA: whether FILE fits SCHEMA, such as pdlab.run.2; without jsonschema, only checks its name
    is_json "$1" "${2%.*}/${2##*.}" || return
    python3 -c 'import jsonschema' 2>/dev/null || return 0
    python3 -c 'import json, jsonschema, sys
schema = json.load(open(sys.argv[2]))
kind = jsonschema.validators.validator_for(schema)
kind.check_schema(schema)
sys.exit(not kind(schema).is_valid(json.load(open(sys.argv[1]))))' "$1" "$schemas/$2.schema.json"
}

misfits() { ! python3 -c 'import jsonschema' 2>/dev/null || ! fits "$@"; } # true without jsonschema

processes() { # processes FILE EXPRESSION: checks a Python expression of the document d and its processes p
    python3 -c 'import json, sys
d = json.load(open(sys.argv[1]))
p = [dict(process, variant=run["variant"]) for run in d["runs"] for process in run.get("processes", [])]
sys.exit(not eval(sys.argv[2]))' "$1" "$2" || ! command -v python3 >/dev/null
}

exits() { # exits STATUS NAME ARGUMENT...: runs pdlab, and expects this status
    local expected=$1 name=$2
    shift 2
    run "$@"
    check "$name: status" is "$expected"
}
succeeds() { exits 0 "$@"; } # succeeds NAME ARGUMENT...: expects status 0
quietly() { # quietly NAME ARGUMENT...: expects status 0, and nothing on stderr
    succeeds "$@"
    check "$1: stderr" silent stderr
}

refused() { # refused STATUS PART ARGUMENT...: expects no stdout, and one line with PART on stderr
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
refused 2 "--theme is an option of the explorer, replay and demo, not of run" run --theme light
refused 2 "--theme takes default, light, high-contrast or mono, not 'dark'" --theme dark
refused 2 "did you mean cpu_persistent?" run --targets cpu_persistant
refused 2 "did you mean persistent_decode?" verify --targets persistent_decod
refused 2 "launch-overhead" --preset launch-overheat
refused 2 "'33'" run --block-k 33
refused 2 "--csv is an option of run, not of list" list --csv x
refused 2 "needs a value" run --json
refused 2 "'gpu'" run --device gpu
refused 2 "replay needs a file" replay
refused 2 "compare takes 2 to 26" compare
refused 2 "compare takes 2 to 26" compare one.json
refused 2 "--force is an option of compare, not of run" run --force
refused 2 "--profile is an option of run, not of sweep" sweep --profile
refused 2 "or use --duration" run --profile --iterations 0
refused 2 "or use --duration" run --iterations 0
refused 2 "0.001 to 86,400" run --duration 0
refused 2 "--repeats takes 1 to 1,000, not '0'" run --repeats 0
refused 3 "cuda" run --device cuda:0
refused 3 "cuda" list --device cuda:0
export PDLAB_BLOCK_K=33
refused 2 "PDLAB_BLOCK_K" run
unset PDLAB_BLOCK_K

# ---- the environment -------------------------------------------------------------------------

# A flag overrides a variable, in every command that takes knobs; unused variables are not checked.
for name in BATCH PDLAB_BATCH; do
    export $name=0
    for command in "run" "verify" "sweep --vary SEQ_LEN=1,2"; do
        # shellcheck disable=SC2086 # a command and its options
        refused 2 "$name in the environment takes 1 to 4,096, not '0'" $command
    done
    for command in "run --quick --batch 3 --out none" "verify --batch 3 --seq-len 4" "doctor --device cpu" list \
        "sweep --quick --targets cpu_graph --vary BATCH=1,2 --resume varied"; do
        # shellcheck disable=SC2086
        succeeds "$name=0 $command" $command
        check "$name=0 $command: no message" bash -c '! grep -q environment stdout stderr'
    done
    export $name=4
    for command in "run --quick --out none" "verify --seq-len 4" \
        "sweep --quick --targets cpu_graph --vary SEQ_LEN=4,8 --resume set-$name" \
        "sweep --resume set-$name" ""; do
        # shellcheck disable=SC2086
        succeeds "$name=4 $command" $command
        check "$name=4 $command: names the variable" prints "knobs from the environment: $name=4"
    done
    run verify --json --seq-len 4
    check "$name=4 verify --json: names the variable on stderr" says "knobs from the environment: $name=4"
    check "$name=4 verify --json: uses it" prints '"sequences_checked":4'
    run run --quick --json - --targets cpu_graph
    check "$name=4 run --json -: names the variable on stderr" says "knobs from the environment: $name=4"
    check "$name=4 run --json -: uses it" prints '"BATCH":4'
    unset "$name"
    succeeds "sweep --resume without $name" sweep --resume "set-$name"
    check "sweep --resume without $name: the plan's BATCH" grep -q '"BATCH":4' "set-$name/points/0001.json"
    export $name=5
    refused 2 "its BATCH is 4, not 5 ($name in the environment)" sweep --resume "set-$name"
    succeeds "$name=5 sweep --resume, BATCH is varied" sweep --resume varied
    unset "$name"
done
export BATCH=' 4'
refused 2 "BATCH in the environment takes 1 to 4,096, not ' 4'" run
export BATCH=''
run run --quick --out none
check "BATCH empty is unset" bash -c '! grep -q environment stdout stderr'
unset BATCH
export ITERATIONS=x
succeeds "ITERATIONS without the prefix sets no knob" run --quick --out none
unset ITERATIONS
QUICK=1 run run --out none
check "QUICK=1: names the variable" prints "knobs from the environment: QUICK=1"
export PDLAB_BATHC=4
for command in "run --quick --out none" "verify --seq-len 4" "sweep --resume varied" ""; do
    # shellcheck disable=SC2086
    succeeds "PDLAB_BATHC=4 $command" $command
    check "PDLAB_BATHC=4 $command: one line on stderr" one_line
    check "PDLAB_BATHC=4 $command: suggests PDLAB_BATCH" says "'PDLAB_BATHC' in the environment is not used; did you mean PDLAB_BATCH?"
done
unset PDLAB_BATHC
rm -rf varied set-* artifacts .cache

# ---- bad input -------------------------------------------------------------------------------

preset='{"schema":"pdlab.preset/1","title":"T","lesson":"L","target":"persistent_decode",'
printf '%s' "$preset" >cut.json
refused 2 cut.json run --preset ./cut.json
printf '%s"knobs":{"SEQ_LEN":0}}' "$preset" >range.json
refused 2 SEQ_LEN run --preset ./range.json
printf '%s\n"knobs":{"SEQ_LEN":010}}' "$preset" >octal.json
refused 2 "./octal.json: line 2, column 20: a number must not have leading zeros" run --preset ./octal.json
refused 2 "octal.json: line 2, column 20: " replay octal.json
refused 2 "octal.json: line 2, column 20: " demo --check octal.json
refused 2 "octal.json: line 2, column 20: " run --expect octal.json
printf '%s\n"knobs":{"SEQ_LEN":"4"}}' "$preset" >quoted.json
refused 2 "line 2, column 20: knobs.SEQ_LEN: expected a number without quotes, found '4'" \
    run --preset ./quoted.json
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

succeeds "--help" --help
check "--help: names run" prints "run"
check "--help: begins with the purpose of pdlab" bash -c 'head -2 stdout | grep -q "decode step"'
check "--help: three examples before the options" \
    [ "$(sed '/^usage/,$d' stdout | grep -c '^  pdlab')" = 3 ]
check "--help: stderr" silent stderr
run run --help
check "run --help: the options of run" prints "--csv FILE|-"
check "run --help: no option of the explorer" not prints --fps
run --help knobs
check "--help knobs" prints "--spin-ns"
succeeds "--help knob-schema" --help knob-schema
check "--help knob-schema" prints '"SPIN_NS":{"description":'
# A bundle has no sources to compare with.
[ ! -f "$readme" ] ||
    check "the README and the schemas have the knobs of knobs.def" "$parts/../knobs.sh" "$pdlab"
run --version
check "--version" grep -qE '^pdlab [0-9]+\.[0-9]+\.[0-9]+( \([0-9a-f]+\))?$' stdout
check "--version: the compiler" grep -qE '^compiler: (gcc|clang) [0-9]+\.' stdout
check "--version: CUDA" grep -qE '^CUDA: (without|nvcc [0-9.]+ for (compute_[0-9]+, )*(compute|sm)_[0-9a-z]+)$' stdout
check "--version: libraries" grep -qE '^libraries: ncurses [0-9.]+, cJSON [0-9.]+, zlib [0-9.]+$' stdout
succeeds "list" list
check "list: variants" prints "cpu_persistent"
check "list: the GPU, or why there is none" grep -qE '^ +cuda:0 +(NVIDIA .*, sm_|not available: .*cuda)|this build has no cuda' stdout
run list --json
check "list --json: JSON" is_json stdout pdlab.list/1
run list --markdown
check "list --markdown" prints "| cpu_graph |"
# A build without CUDA has fewer rungs; a bundle has no sources to compare with.
sed -n '/^| target | rung |/,/^$/p' stdout | sed '/^$/d' >ladder
check "list --markdown: the ladder" [ "$(wc -l <ladder)" -ge 5 ]
[ ! -f "$readme" ] || check "list --markdown: kernels/README.md" in_readme
succeeds "verify" verify
check "verify: all sequences" lines 3 '8 of 8 sequences'
run verify --json --batch 3
check "verify --json: JSON" is_json stdout pdlab.verify/1
check "verify --json: batch" prints '"sequences_checked":3'

# ---- a device's peaks, and the floor of runs --------------------------------------------------

ceilings_of() { grep -o '"ceilings":{[^}]*}' "$1"; }
has_floor() { grep -qE '"floor_ns":[1-9][0-9]*,"iteration_floor_ns":[1-9]' "$1"; }

rm -rf .cache
run verify --targets cpu_persistent
check "verify does not measure the device's peaks" [ ! -e .cache ]
quietly "first run" run --quick --out none --json first.json --targets cpu_persistent
check "first run: a floor" has_floor first.json
check "first run: the peaks in the document" ceilings_of first.json >/dev/null
check "first run: its schema" fits first.json pdlab.run.2
check "first run: the peaks are kept" [ -s "$(ls .cache/pdlab/cpu-*.json)" ]
run run --quick --out none --record second.json --targets cpu_persistent
check "second run: the same peaks" [ "$(ceilings_of first.json)" = "$(ceilings_of second.json)" ]
run sweep --quick --targets cpu_graph --vary SEQ_LEN=4,8 --resume swept --record swept.json
check "sweep: the same peaks" [ "$(ceilings_of first.json)" = "$(ceilings_of swept.json)" ]
for point in swept/points/*.json; do
    check "$point: the same peaks" [ "$(ceilings_of first.json)" = "$(ceilings_of "$point")" ]
done
run run --quick --out kept --targets cpu_persistent,cpu_graph
for artifact in kept/*/*.json; do
    check "$(basename "$artifact"): the same peaks" [ "$(ceilings_of first.json)" = "$(ceilings_of "$artifact")" ]
done
rm -rf first.json second.json swept swept.json kept
refused 3 "cuda" doctor --device cuda:9
refused 2 "'gpu'" doctor --device gpu
quietly "doctor" doctor --device cpu
check "doctor: a bandwidth" grep -qE '^  read bandwidth +[1-9][0-9.]* GB/s' stdout
check "doctor: a duration" grep -qE '^  dependent step +[1-9][0-9.]* [nu]s' stdout
check "doctor: names the file of the peaks" [ "$(ls .cache/pdlab/cpu-*.json)" = "$(tr -s ' \n' '  ' <stdout |
    sed -n 's/.*kept in \([^ ]*\) .*/\1/p' | xargs realpath --relative-to=.)" ]
doctored=$(ceilings_of .cache/pdlab/cpu-*.json)
run run --quick --out none --json - --targets cpu_persistent
check "run after doctor: a floor" has_floor stdout
check "run after doctor: the same peaks" [ "$(ceilings_of stdout)" = "$doctored" ]
printf '{"schema":' >"$(ls .cache/pdlab/cpu-*.json)"
run run --quick --out none --json - --targets cpu_persistent
check "broken peaks: measured again" has_floor stdout
check "broken peaks: stderr" silent stderr
check "broken peaks: the file is replaced" [ "$(ceilings_of stdout)" = "$(ceilings_of .cache/pdlab/cpu-*.json)" ]
succeeds "doctor --json" doctor --json
check "doctor --json: its schema" fits stdout pdlab.doctor.1
check "doctor --json: the CPU's" grep -qE '"read_gb_per_s":[0-9.]+' stdout
check "doctor: no temporary files" no_leftovers
refused 2 "--noise is an option of doctor, not of run" run --noise
# Writes a file like that of doctor --noise. tests/schema.py runs the real command.
printf '{"schema":"pdlab.noise/1",%s,"noise":{"sigma":0.125,"processes":9}}' "$(sed \
    's/.*\("version":.*"units":[0-9]*\),.*/\1/' .cache/pdlab/cpu-*.json)" >"$(ls .cache/pdlab/cpu-*.json |
    sed 's|pdlab/|pdlab/noise-|')"
run run --quick --out none --json noisy.json --targets cpu_persistent,cpu_graph
check "the noise in a document" grep -q '"noise":{"sigma":0.125,"processes":9}' noisy.json
check "the noise in a document: its schema" fits noisy.json pdlab.run.2
run compare --json noisy.json noisy.json
check "compare uses the noise for single processes" prints '"sigma":0.125'
rm -f noisy.json .cache/pdlab/noise-*
: >blocked
XDG_CACHE_HOME="$folder/blocked" succeeds "doctor, no cache folder" doctor --device cpu
check "doctor, no cache folder: names it" prints blocked
XDG_CACHE_HOME="$folder/blocked" run run --quick --out none --json kept.json
check "run, no cache folder: status" is 0
check "run, no cache folder: a floor" has_floor kept.json
check "run, no cache folder: one message" one_line
check "run, no cache folder: the message" says "the device's peaks were measured but not saved: "
rm -rf blocked kept.json

# Without a home folder, pdlab writes no files: neither in the current folder nor in the root folder.
there=(env -u XDG_CONFIG_HOME HOME=/)
before=$(ls -A . /)
succeeds "doctor, HOME=/" doctor --device cpu
check "doctor, HOME=/: the message" prints "not kept: the set-up, the explorer's state"
check "doctor, HOME=/: no file is created" [ "$(ls -A . /)" = "$before" ]
there=(env -u XDG_CONFIG_HOME HOME=/proc/none)
succeeds "doctor, no home" doctor --device cpu
check "doctor, no home: the message" prints "files     not kept: the set-up, the explorer's state (HOME names no folder)"
succeeds "run, no home" run --quick --out none
check "run, no home: one message" one_line
check "run, no home: the message" says "measured but not saved: no folder for device measurements: "
there=(env)

# ---- run -------------------------------------------------------------------------------------

quietly "run" run --quick
check "run: service time" prints "service time"
check "run: 100 columns" lines 0 '.{101}'
check "run: baseline" grep -qE '^cpu_per_token .* 1\.00x +2 of 2$' stdout
id=$(ls artifacts)
check "run: run_id" grep -qE '^[0-9]{8}T[0-9]{6}Z-[0-9a-f]{4}$' <<<"$id"
check "run: artifacts" same_set "$(ls "artifacts/$id")" \
    "$(printf '%s\n' cpu_graph.json cpu_per_token.json cpu_persistent.json summary.json)"
for file in "artifacts/$id"/*.json; do
    check "run: $(basename "$file")" is_json "$file" pdlab.run/2
done
rm -rf artifacts

succeeds "run --json -" run --quick --json -
check "run --json -: nothing but JSON" is_json stdout pdlab.run/2
check "run --json -: no artifacts" [ ! -e artifacts ]
cp stdout summary.json
succeeds "replay of --json -" replay --plain summary.json
run run --quick --json - --out kept
check "run --json - --out: artifacts" [ -e "kept/$(ls kept)/summary.json" ]
succeeds "run --out none" run --quick --out none --targets labs/persistent_decode:cpu_graph --json one.json \
    --csv one.csv --record one.rec --iterations 33
check "run --out none: none" [ ! -e artifacts ]
check "run --json FILE" is_json one.json pdlab.run/2
check "run --record FILE" is_json one.rec pdlab.run/2
check "run --targets: no other variant" bash -c '! grep -q cpu_per_token one.json'
check "run --csv: header" [ "$(head -n 1 one.csv)" = "variant,metric,from_ns,below_ns,count" ]
samples() { awk -F, -v metric="$1" '$2 == metric { n += $5 } END { print n }' one.csv; }
check "run --csv: iterations" [ "$(samples iteration)" = 33 ]
check "run --csv: 7 step latencies per iteration" [ "$(samples step)" = $((33 * 7)) ]
check "no temporary files" no_leftovers
refused 3 "cpu_persistent" run --targets cpu_persistent --step-sync cluster --out none --json -

# ---- run: duration, rounds, expectations ------------------------------------------------------

quietly "run --duration" run --quick --out none --json timed.json --duration 0.2 --iterations 0
check "run --duration: every variant" lines 3 '^cpu_.* 2 of 2$'
check "run --duration: its schema" fits timed.json pdlab.run.2
check "run --duration: recorded" [ "$(grep -o '"status":"ok"' timed.json | wc -l)" = 3 ]
run run --quick --out none --csv one.csv --targets cpu_graph --duration 60 --iterations 33
check "run --duration: ends after ITERATIONS" [ "$(samples iteration)" = 33 ]
run run --out none --json short.json --targets cpu_per_token --duration 0.001 --seq-len 65536
check "run --duration: at least one iteration" is 0
check "run --duration: the iteration is recorded" grep -q '"iteration":{"count":1,' short.json

# In each round, every variant runs once, in a process of its own. The document names the order.
quietly "run --repeats" run --quick --repeats 5 --order-seed 9 --out rounds --json rounds.json --csv one.csv
check "run --repeats: 100 columns" lines 0 '.{101}'
check "run --repeats: an interval beside each median" \
    lines 3 '^cpu_[a-z_]+ +[0-9.]+ [mun]?s \+-([0-9.]+ %|\?)'
# On a busy machine the two variants may be too close to call.
verdict=$(grep -oE '^cpu_graph: (faster than|beside) cpu_per_token' stdout)
check "run --repeats: a verdict" grep -qE \
    '^cpu_graph: (faster than cpu_per_token, x[0-9.]+ \([0-9.]+ to [0-9.]+\)|beside cpu_per_token too close to call.*)$' stdout
check "run --repeats: the fastest" grep -qE '^fastest: cpu_' stdout
check "run --repeats: its schema" fits rounds.json pdlab.run.2
check "run --repeats: the order" processes rounds.json 'd["order"] == {"seed": 9, "rounds": 5}'
check "run --repeats: fresh processes" processes rounds.json 'len(p) == 15 == len({x["id"] for x in p})'
check "run --repeats: every place of every round once" processes rounds.json \
    'sorted((x["round"], x["place"]) for x in p) == [(r, q) for r in range(1, 6) for q in range(1, 4)]'
check "run --repeats: all samples" [ "$(samples iteration)" = 300 ]
check "run --repeats: an artifact contains all rounds" \
    processes "$(echo rounds/*/cpu_graph.json)" 'len(p) == 5 and d["runs"][0]["iteration"]["count"] == 100'
run replay --plain rounds.json
check "run --repeats, replayed: the interval" grep -qE 'cpu_graph: .* from 5 repeats' <(tr -s ' \n' '  ' <stdout)
check "run --repeats, replayed: the verdict" grep -qF "${verdict:-no verdict}" stdout
run run --quick --repeats 5 --order-seed 9 --out none --json again.json
check "run --repeats: the same seed, the same order" processes again.json \
    '[[(x["round"], x["place"]) for x in run["processes"]] for run in d["runs"]] == [[(x["round"],
    x["place"]) for x in run["processes"]] for run in json.load(open("rounds.json"))["runs"]]'
run run --quick --repeats 2 --out none --json again.json
check "run --repeats 2: no verdict yet" not prints "than cpu_per_token"
check "run --repeats 2: the fastest" grep -qE '^fastest: ' stdout
run run --quick --out none --json again.json
check "run without --repeats: no rounds" processes again.json '"order" not in d and not any("round" in x for x in p)'
check "run without --repeats: no interval" not prints "+-"
exits 1 "run --repeats, lost" run --quick --repeats 3 --targets cpu_fault_lost,cpu_graph --out none --json again.json
check "run --repeats, lost: which round" grep -q '^FAILED cpu_fault_lost: round 1: cpuStreamQuery: ' stdout
check "run --repeats, lost: the other variant" processes again.json 'len(p) == 3'

run run --quick --out none --csv one.csv --targets cpu_graph --until-stable --iterations 9 --repeats 4
check "run --until-stable: status" is 0
check "run --until-stable: too few rounds" prints "not stable cpu_graph after 4 rounds: at least 5 are needed"
check "run --until-stable: at most --repeats rounds" [ "$(samples iteration)" = 36 ]
run run --quick --out none --json again.json --targets cpu_graph --until-stable --iterations 9 --repeats 6
check "run --until-stable: status" is 0
check "run --until-stable: at least 5 rounds" processes again.json '5 <= len(p) <= 6'
check "run --until-stable: stable, or the interval so far" bash -c '[ "$(grep -c "^cpu_graph .* +-0\.\| +-1\.0" stdout)" = 1 ] ||
    grep -qE "^not stable cpu_graph after 6 rounds: the 95 % interval of its median is \+-[0-9.e+]+ %, " stdout'
run run --quick --out none --json - --targets cpu_graph --until-stable --iterations 9 --repeats 2
check "run --until-stable --json -: nothing but JSON" is_json stdout pdlab.run/2
check "run --until-stable --json -: the message is on stderr" says "not stable cpu_graph"

expect() { # expect ENTRY...: writes expect.json with these entries
    local IFS=,
    printf '{"schema":"pdlab.expect/1","device":{"name":"Another"},"expect":[%s]}' "$*" >expect.json
}
entry() { printf '{"variant":"%s","knobs":{"SEQ_LEN":%s},"iteration_p50_ns":%s}' "$@"; }
expect "$(entry cpu_graph 8 100000000000)" "$(entry cpu_per_token 9 1)" "$(entry cpu_other 8 1)"
check "expectations fit their schema" fits expect.json pdlab.expect.1
quietly "run --expect" run --quick --out none --expect expect.json
check "run --expect: met" grep -qE '^cpu_graph +100 s +10 % .* met \(' stdout
check "run --expect: other knobs" grep -qE '^cpu_per_token .* not met: run with SEQ_LEN 8, not 9' stdout
check "run --expect: not run" grep -qE '^cpu_other .* not met: not run' stdout
check "run --expect: another device" prints "the expectations are for another device, Another; this is "
expect "$(entry cpu_graph 8 1)" "$(entry cpu_per_token 8 100000000000)"
exits 1 "run --expect, slower" run --quick --out kept-slow --expect expect.json
check "run --expect, slower: one line" one_line
check "run --expect, slower: the message" says "1 of 2 entries in expect.json failed: the p50 exceeds the expected p50 by more than the tolerance"
check "run --expect, slower: marked" grep -qE '^cpu_graph .* SLOWER' stdout
check "run --expect, slower: the documents" [ -e "kept-slow/$(ls kept-slow)/summary.json" ]
exits 1 "run --expect --json -" run --quick --json - --expect expect.json
check "run --expect --json -: nothing but JSON" is_json stdout pdlab.run/2
check "run --expect --json -: the table" grep -qE '^cpu_graph .* SLOWER' stderr
expect "$(entry cpu_other 8 1)"
refused 2 "the first: 'cpu_other' is not among" run --quick --out none --expect expect.json
expect "$(entry cpu_graph 9 1)"
refused 2 "'cpu_graph' is run with SEQ_LEN 8, not 9" run --quick --out none --expect expect.json
expect "$(entry cpu_graph 0 1)"
refused 2 "SEQ_LEN takes 1 to 65,536" run --quick --out none --expect expect.json
check "the schema of expectations refuses other values" misfits expect.json pdlab.expect.1

# Expectations from measured medians.
succeeds "run --expect-write" run --quick --repeats 5 --out none --expect-write fast.json
check "run --expect-write: its schema" fits fast.json pdlab.expect.2
check "run --expect-write: an entry per variant" lines 3 '"spread":[0-9.e-]*,"processes":5,' fast.json
sed -E 's/("iteration_p50_ns":)([0-9]+)/\1\2000/' fast.json >far.json
succeeds "run --expect, 1,000 times the median" run --quick --repeats 5 --out none --expect far.json
check "run --expect, 1,000 times the median: the interval" lines 3 '^cpu_.* \+-[0-9.]+ %  met \('
check "run --expect, 1,000 times the median: 100 columns" lines 0 '.{101}'
sed -E 's/("iteration_p50_ns":)[0-9]+/\110/' fast.json >far.json
exits 1 "run --expect, 10 ns" run --quick --repeats 5 --out none --expect far.json
check "run --expect, 10 ns: slower" lines 3 '^cpu_.* SLOWER \([0-9.e+]+ times the expected p50, at least [0-9.e+]+\)'
run run --quick --targets cpu_graph --out none --expect-write fast.json
check "run --expect-write of one process: no spread" bash -c '! grep -q spread fast.json'
check "run --expect-write of one process: its schema" fits fast.json pdlab.expect.2
exits 1 "run --expect-write of failures" run --targets fault --iterations 9 --out none --expect-write none.json
check "run --expect-write of failures: the message" prints "no expectation for cpu_fault_lost: failed"
check "run --expect-write of failures: no file" [ ! -e none.json ]
refused 2 "--expect-write would overwrite" run --expect fast.json --expect-write ./fast.json
refused 2 absent.json run --expect absent.json
refused 2 binary.json run --expect binary.json
refused 2 empty.json run --expect empty.json
refused 2 deep.json run --expect deep.json

# A file that is already open is appended to, never replaced.
echo kept >log
inode=$(stat -c %i log)
for option in --json --csv --record; do
    "$pdlab" run --quick --out none --targets cpu_per_token $option /dev/stdout >>log 2>stderr
    status=$?
    check "run $option /dev/stdout >>log: status" is 0
    "$pdlab" run --quick --out none --targets cpu_per_token $option /dev/fd/3 3>>log 2>stderr >stdout
    check "run $option /dev/fd/3 3>>log: status" is 0
done
check "run >>log: the same file" [ "$(stat -c %i log)" = "$inode" ]
check "run >>log: its old content" [ "$(head -n 1 log)" = kept ]
check "run >>log: tables" lines 3 '^cpu_per_token .* 2 of 2$' log
check "run >>log: documents" lines 4 '"schema":"pdlab.run/2"' log
check "run >>log: CSV" lines 2 '^variant,metric' log

# ---- run --profile ---------------------------------------------------------------------------

# nests FILE: whether, in a trace for Perfetto, the slices of each thread are disjoint or nested.
nests() {
    command -v python3 >/dev/null || return 0
    python3 - "$1" <<'EOF'
import collections, json, sys
threads = collections.defaultdict(list)
named = set()
for event in json.load(open(sys.argv[1]))["traceEvents"]:
    thread = event["pid"], event["tid"]
    if event["ph"] == "M":
        named.add(thread)
        continue
    begin = round(event["ts"] * 1000)
    threads[thread].append((begin, begin + round(event["dur"] * 1000)))
for thread, slices in threads.items():
    open_ends = []
    for begin, end in sorted(slices, key=lambda s: (s[0], -s[1])):
        assert begin >= 0
        while open_ends and open_ends[-1] <= begin:
            open_ends.pop()
        assert not open_ends or end <= open_ends[-1], (thread, begin, end)
        open_ends.append(end)
assert threads and set(threads) <= named
EOF
}
profiles=benchmark_profiles/labs/persistent_decode

quietly "--profile" run --targets labs/persistent_decode:cpu_persistent --profile --iterations 20
check "--profile: names the folder" prints "profiled to $profiles/2"
trace=$(echo $profiles/*/cpu_persistent/trace.json)
text=$(echo $profiles/*/cpu_persistent/profile.txt)
check "--profile: slices nest" nests "$trace"
check "--profile: the trace names its source" grep -q '"made_from":"stamps alone' "$trace"
check "--profile: the steps of a program" grep -q '"name":"step 31","cat":"step"' "$trace"
check "--profile: the summary" grep -q "^iteration  .* 20$" "$text"
check "--profile: the previous rung was not measured" grep -q "cpu_per_token, was not measured" "$text"
check "--profile: the run's own folder" [ "$(ls artifacts)" = "$(ls $profiles)" ]
rm -rf benchmark_profiles artifacts

run run --targets labs/persistent_decode --quick --profile --iterations 2 --warmup 0 --out none
check "--profile of all: status" is 0
for trace in $profiles/*/*/trace.json; do check "$trace: slices nest" nests "$trace"; done
check "--profile of all: every variant" [ "$(ls $profiles/*)" = "$("$pdlab" list --json |
    grep -oE '"cpu_[a-z_]*"' | tr -d '"' | sort -u)" ]
check "--profile of all: the speed-up over the previous rung" grep -q "previous rung, cpu_persistent: medians" \
    $profiles/*/cpu_graph/profile.txt
rm -rf benchmark_profiles

succeeds "--profile, STAMPS off" run --targets cpu_persistent --quick --profile --stamps off --json - --out none
check "--profile, --json -: one document" is_json stdout pdlab.run/2
check "--profile, --json -: names the folder on stderr" says "profiled to"
check "--profile, STAMPS off: an empty trace" grep -q '"traceEvents":\[\]' \
    $profiles/*/cpu_persistent/trace.json
rm -rf benchmark_profiles

echo >benchmark_profiles
exits 1 "--profile, no folder" run --targets cpu_persistent --quick --profile --out none
check "--profile, no folder: one line on stderr" one_line
check "--profile, no folder: names it" says "benchmark_profiles"
rm -f benchmark_profiles

# Under a profiler, pdlab runs one variant, writes no files and prints nothing.
export PDLAB_UNDER=ncu
succeeds "under a tool" run --targets cpu_persistent --device cpu --iterations 1
check "under a tool: stdout" silent stdout
check "under a tool: stderr" silent stderr
check "under a tool: no files" [ ! -e artifacts ]
exits 1 "under a tool, a failing variant" run --targets fault --device cpu --iterations 1
unset PDLAB_UNDER

# ---- unwritable output -----------------------------------------------------------------------

full() { # full ARGUMENT...: runs pdlab with a full disk as standard output
    timeout 60 "$pdlab" "$@" >/dev/full 2>stderr </dev/null
    status=$?
    : >stdout
    check "$* >/dev/full: status 1" is 1
    check "$* >/dev/full: one line" one_line
}
# Commands that print to standard output.
printing=(list "list --json" verify --help "--help man" "--help keys" --version "doctor --device cpu"
    "compare one.rec one.rec" "compare one.rec one.rec --json" "demo --check launches" "run --quick --out none" "run --quick --json -"
    "replay one.rec")
for command in "${printing[@]}"; do
    # shellcheck disable=SC2086 # split into words
    full $command
done
exits 1 "--json /dev/full" run --quick --out none --json /dev/full
check "--json /dev/full: names it" says /dev/full
check "--json /dev/full: still a device" [ -c /dev/full ]
exits 1 "--out below a file" run --quick --out one.json
check "--out below a file: nothing was measured" silent stdout
exits 1 "--csv below a file" run --quick --out none --csv "$folder/one.json/x.csv"
check "no temporary files after failures" no_leftovers

# ---- a reader that exits ---------------------------------------------------------------------

unread() { # unread ARGUMENT...: runs pdlab with a pipe without a reader as standard output
    local gone
    exec {gone}> >(exec true)
    wait $!
    timeout 60 "$pdlab" "$@" >&"$gone" 2>stderr </dev/null
    status=$?
    exec {gone}>&-
    : >stdout
    check "$* | true: SIGPIPE" is 141
    check "$* | true: quiet" silent stderr
}
for command in "${printing[@]}"; do
    # shellcheck disable=SC2086
    unread $command
done
unread run --quick --out none --json unread.json
check "an unread table: the document is complete" is_json unread.json pdlab.run/2
for printed in - /dev/stdout /proc/self/fd/1; do
    rm -f unread.*
    unread run --quick --out unread --json $printed --csv unread.csv --record unread.rec
    check "--json $printed, unread: the recording is complete" is_json unread.rec pdlab.run/2
    check "--json $printed, unread: the table is written" grep -q '^cpu_graph,step,' unread.csv
    check "--json $printed, unread: the artifacts are written" [ -e unread/*/summary.json ]
    rm -rf unread
done

# ---- closed standard descriptors -------------------------------------------------------------

# pdlab must not open a file or socket as descriptor 0, 1 or 2. If standard output is closed, the
# output is lost and pdlab says so.
for command in list "run --quick --out none --json closed.json" verify --version; do
    for closed in '<&-' '2>&-' '>&-' '<&- >&- 2>&-'; do
        rm -f closed.json
        eval "timeout 60 '$pdlab' $command </dev/null >stdout 2>stderr $closed"
        status=$?
        case $closed in *'>&- '* | '>&-') expected=1 ;; *) expected=0 ;; esac
        check "$command $closed: status" is $expected
        [[ $command != run* ]] ||
            check "$command $closed: the document is complete" is_json closed.json pdlab.run/2
        [ "$closed" != '>&-' ] || check "$command $closed: one line" one_line
        [ "$closed" != '>&-' ] || check "$command $closed: the message" says "could not write standard output"
    done
done

# ---- the report ------------------------------------------------------------------------------

timeout 60 "$pdlab" 2>stderr </dev/null | cat >stdout
status=${PIPESTATUS[0]}
check "report: status" is 0
rows=$(grep -cE '^cpu_(per_token|persistent|graph) .* of ' stdout)
check "report: the three variants" [ "$rows" = 3 ]
check "report: histograms" lines 3 'log time axis'
check "report: marks" [ "$(grep -c 'p99.9 [0-9]' stdout)" -ge 3 ]
check "report: speed-up" grep -qE '^cpu_persistent .* [0-9.]+x ' stdout
check "report: ASCII in the C locale" lines 0 '[^[:print:][:space:]]'
PDLAB_SEQ_LEN=9 run --preset quick
check "report: the source of a value" prints "environment: SEQ_LEN=9"
succeeds "replay" replay --plain one.rec summary.json
check "replay: marks every part as recorded" lines 6 'RECORDED on '
check "replay --plain: sentences, no table" \
    grep -q "times as fast as the baseline; verified" <(tr '\n' ' ' <stdout)
check "replay --plain: no bars" bash -c '! grep -q "##\|speed-up" stdout'
run replay one.rec
check "replay into a pipe: a table" prints "speed-up"
exits 2 "replay of one bad file" replay one.rec binary.json
check "replay of one bad file: nothing printed" silent stdout

# ---- compare ---------------------------------------------------------------------------------

changed() { # changed SED_SCRIPT NEW_FILE: edits a copy of base.rec
    sed "$1" base.rec >"$2"
    ! cmp -s base.rec "$2" || echo "nothing changed in $2"
}
rows() { grep -cE " $1 .* $2\$" stdout; } # rows LETTER VERDICT: how many rows have both

run run --quick --out none --record base.rec --iterations 50 --repeats 5
changed 's/"SEQ_LEN":8/"SEQ_LEN":16/' longer.rec
changed 's/"target":"[a-z_]*"/"target":"another"/' target.rec
changed 's/"SPIN_NS":0,/"SPIN_NS":7,/' spin.rec
changed 's/"verified":true/"verified":null/' unverified.rec
changed 's/"verified":true,"verified_reason":null/"verified":false,"verified_reason":"off"/' wrong.rec
changed 's/"id":"cpu","name":"[^"]*"/"id":"cpu","name":"Another CPU"/' device.rec
changed 's/"variant":"/"variant":"other_/' others.rec
changed '/"cpu_graph"/s/"status":"ok","reason":null/"status":"skipped","reason":"no luck"/' skipped.rec
changed 's/"iteration":{.*}/"iteration":{"count":0}/' untimed.rec

quietly "compare" compare base.rec base.rec
check "compare: with itself: nothing differs" prints "nothing: the same device and knobs"
check "compare: with itself: close" [ "$(rows B 'too close to call: .*')" = 3 ]
check "compare: with itself: ratio 1" lines 3 ' 1\.000x \([01]\.[0-9]* to [0-9.]*\) '
check "compare: histograms" lines 3 'log time axis'
check "compare: ASCII in the C locale" lines 0 '[^[:print:][:space:]]'
LC_ALL=C.UTF-8 run compare base.rec base.rec
check "compare: blocks in UTF-8" prints "█"
LC_ALL=C.UTF-8 run compare base.rec base.rec --ascii
check "compare --ascii" lines 0 '[^[:print:][:space:]]'

refused 2 "SEQ_LEN 16, not 8" compare base.rec longer.rec
refused 2 "SEQ_LEN 8, not 16" compare longer.rec base.rec --json
refused 2 "target another, not persistent_decode" compare base.rec target.rec
succeeds "compare --force" compare base.rec longer.rec --force
check "compare --force: no verdict" [ "$(rows B 'not ranked: different workload')" = 3 ]
check "compare --force: the difference" prints "B, cpu_graph: SEQ_LEN 16, not 8"

succeeds "compare of five" compare base.rec unverified.rec wrong.rec device.rec spin.rec
check "compare: unverified runs get no verdict" [ "$(rows B 'not ranked: unverified')" = 3 ]
check "compare: wrong runs get no verdict" [ "$(rows C 'not ranked: wrong')" = 3 ]
check "compare: why it is wrong" prints "WRONG cpu_graph of C: off"
check "compare: other devices get no verdict" [ "$(rows D 'not ranked: across devices, not a speed-up')" = 3 ]
check "compare: devices are named" prints "D, device: name Another CPU, not "
check "compare: knobs are named" prints "E, cpu_per_token: SPIN_NS 7, not 0"
line_of() { grep -n -m 1 "$1" stdout | cut -d: -f1; }
check "compare: differences come before the table" \
    [ "$(line_of 'Another CPU, not')" -lt "$(line_of '^variant')" ]
check "compare: knobs of execution do not prevent a verdict" [ "$(rows E 'too close to call: .*')" = 3 ]

run compare base.rec one.rec --force
check "compare: by variant" lines 1 '^cpu_graph +A '
check "compare: a variant without a counterpart" prints "not compared cpu_per_token of A"
refused 2 "no variant in common" compare base.rec others.rec
refused 2 "untimed.rec contains no run with iterations" compare base.rec untimed.rec
run run --quick --out none --record single.rec --targets cpu_per_token --repeats 5
run run --quick --out none --record another.rec --targets cpu_persistent --repeats 5
succeeds "compare of two variants" compare single.rec another.rec
check "compare of two variants: their names" prints "variant cpu_persistent, not cpu_per_token"
check "compare of two variants: ranked" not prints "not ranked"
run compare base.rec skipped.rec
check "compare: a skipped variant, and why" prints "skipped cpu_graph of B: no luck"
check "compare: the other variants" [ "$(rows B 'too close to call: .*')" = 2 ]

run run --quick --out runs
id=$(ls runs)
succeeds "compare of a folder" compare base.rec "runs/$id" --force
check "compare of a folder: its summary" lines 3 '^ +B '
rm "runs/$id/summary.json"
run compare "runs/$id/" base.rec --force
check "compare of a folder without a summary: all documents" lines 3 '^ +B '
mkdir days
for day in 1 2 3 4 5; do run run --quick --targets cpu_graph --out none --json days/$day.json; done
run compare days days
check "compare of a folder of runs: they count as repeats" lines 1 ' B .* too close to call'
check "compare of a folder of runs: one row each" lines 2 '^cpu_graph +A |^ +B '
cp binary.json "runs/$id/x.json"
refused 2 x.json compare base.rec "runs/$id"
mkdir nothing
refused 2 "nothing contains neither summary.json" compare base.rec nothing
refused 2 absent.json compare absent.json base.rec
refused 2 binary.json compare base.rec binary.json
refused 2 deep.json compare base.rec base.rec deep.json

for sides in "base.rec base.rec" "base.rec longer.rec --force" "base.rec one.rec --force" \
    "base.rec unverified.rec wrong.rec device.rec spin.rec skipped.rec" "single.rec another.rec"; do
    # shellcheck disable=SC2086 # split into words
    succeeds "compare --json $sides" compare --json $sides
    check "compare --json $sides: its schema" fits stdout pdlab.compare.2
done
printf '{"schema":"pdlab.compare/2"}' >cut.json
check "the schema of compare refuses other documents" misfits cut.json pdlab.compare.2

# ---- sweep -----------------------------------------------------------------------------------

refused 2 "sweep needs --vary" sweep
refused 2 "'SEQ_LNE'; did you mean SEQ_LEN?" sweep --vary SEQ_LNE=3
refused 2 "not '0'" sweep --vary SEQ_LEN=0:8:x2
refused 2 "cpu_graph does not read STEP_SYNC, which is varied; it is read by cpu_persistent" \
    sweep --targets cpu_graph --vary STEP_SYNC=none,flag
refused 2 "SEQ_LEN is set by a flag and by --vary" sweep --vary SEQ_LEN=8 --seq-len 9
refused 2 "--shard takes I/N" sweep --vary SEQ_LEN=8 --shard 3/2
refused 2 "use only one" sweep --resume swept --out swept
refused 2 "not none" sweep --vary SEQ_LEN=8 --out none
refused 2 "ITERATIONS" sweep --vary ITERATIONS=0,5
refused 2 "swept contains no sweep.json" sweep --resume swept
refused 3 "cpu_persistent can't run here at any point" \
    sweep --targets cpu_persistent --vary STEP_SYNC=cluster,grid --resume swept
check "sweep refused: no folder" [ ! -e swept ]

quietly "sweep" sweep --targets persistent_decode --quick --vary SEQ_LEN=4:16:x2 --vary BATCH=1,2 --out swept
check "sweep: a row per variant and point" lines 18 '^ 000[1-6] .* yes$'
sweep=swept/$(ls swept)
files=$(cd "$sweep" && find . -type f)
check "sweep: files" same_set "$files" "$(printf './%s\n' sweep.json summary.csv summary.svg \
    points/000{1..6}.json)"
check "sweep: the plan's schema" fits "$sweep/sweep.json" pdlab.sweep.1
for point in "$sweep"/points/*.json; do
    check "sweep: $(basename "$point")" fits "$point" pdlab.run.2
done
run replay --plain "$sweep/points/0006.json"
check "sweep: a point can be replayed" prints "SEQ_LEN=16"
csv() { tail -n +2 "$sweep/summary.csv" | cut -d, -f "$1" | sort -u | paste -sd ' '; }
check "sweep: CSV, points" [ "$(csv 1)" = "1 2 3 4 5 6" ]
check "sweep: CSV, SEQ_LEN" [ "$(csv 4)" = "16 4 8" ]
check "sweep: CSV, status" [ "$(csv 6)" = ok ]
check "sweep: CSV, iterations" [ "$(csv 9)" = 20 ]
is_svg() { ! command -v python3 >/dev/null || python3 -c 'import sys, xml.etree.ElementTree as tree
root = tree.parse(sys.argv[1]).getroot()
sys.exit(root.tag != "{http://www.w3.org/2000/svg}svg")' "$1"; }
check "sweep: SVG is XML" is_svg "$sweep/summary.svg"
check "sweep: SVG says service time" grep -q "service time" "$sweep/summary.svg"
check "sweep: SVG, a value per variant and point" \
    [ "$(grep -c 'class="value"' "$sweep/summary.svg")" = 18 ]

# Points list their processes; a resumed sweep keeps the number of repeats.
quietly "sweep --repeats" \
    sweep --targets cpu_graph,cpu_persistent --quick --vary BATCH=1,2 --repeats 5 --order-seed 3 --resume often
check "sweep --repeats: the number of repeats" grep -q '; 5 repeats of each$' <(tr -s ' \n' ' \n' <stdout)
check "sweep --repeats: the plan's schema" fits often/sweep.json pdlab.sweep.1
for point in often/points/*.json; do
    check "sweep --repeats: $(basename "$point")" fits "$point" pdlab.run.2
    check "sweep --repeats: $(basename "$point"), fresh processes" processes "$point" \
        'd["order"] == {"seed": 3, "rounds": 5} and len({x["id"] for x in p}) == 10'
    check "sweep --repeats: $(basename "$point"), every place of every round" processes "$point" \
        'sorted((x["round"], x["place"]) for x in p) == [(r, q) for r in range(1, 6) for q in (1, 2)]'
done
check "sweep --repeats: the points' orders differ" \
    bash -c '! cmp -s <(grep -o "\"place\":." often/points/0001.json) <(grep -o "\"place\":." often/points/0002.json)'
check "sweep --repeats: CSV" lines 4 ',5,[0-9.e+]+,(true|false)$' often/summary.csv
check "sweep --repeats: the fastest of a point" [ "$(grep ',true$' often/summary.csv | cut -d, -f 1 | sort -u | wc -l)" = 2 ]
check "sweep --repeats: the intervals" lines 4 '^ 000[12] .* \+-[0-9]+(\.[0-9])? % .* yes'
check "sweep --repeats: p99 of 100 samples" lines 0 '% +- '
rm often/points/0002.json
refused 2 "its --repeats is 5, not 4" sweep --resume often --repeats 4
succeeds "sweep --repeats, resumed" sweep --resume often
check "sweep --repeats, resumed: the same number of processes" processes often/points/0002.json 'len(p) == 10'

# A different plan is refused, naming the difference; the same plan, or a part of it, is accepted.
another() { refused 2 "$1" sweep --resume "$sweep" "${@:2}"; }
another "its ITERATIONS is 20, not 21" --iterations 21
another "its SEQ_LEN is varied, not 8" --seq-len 8
another "not SEQ_LEN=4,8" --vary SEQ_LEN=4:8:x2
another "not BATCH=1,2 SEQ_LEN=4,8,16" --vary BATCH=1,2 --vary SEQ_LEN=4:16:x2
another "not cpu_graph" --targets cpu_graph
before=$(sha256sum "$sweep"/points/*)
cp "$sweep/summary.csv" before.csv
rm "$sweep"/summary.*
run sweep --resume "$sweep" --targets persistent_decode --vary SEQ_LEN=4,8,16
check "sweep --resume with a part of the plan: status" is 2
run sweep --resume "$sweep" --targets persistent_decode --vary BATCH=1,2 --iterations 20
check "sweep --resume with another product: status" is 2
succeeds "sweep --resume, complete" sweep --resume "$sweep" --targets persistent_decode --iterations 20 --device cpu
check "sweep --resume, complete: no point is measured" [ "$(sha256sum "$sweep"/points/*)" = "$before" ]
check "sweep --resume, complete: the same table" cmp -s "$sweep/summary.csv" before.csv
rm "$sweep/points/0003.json" "$sweep/points/0005.json"
: >"$sweep/points/0003.json.0123abcd"
succeeds "sweep --resume" sweep --resume "$sweep"
check "sweep --resume: only the missing points" \
    [ "$(grep -oE '^ 000[0-9]' stdout | sort -u | tr -d '\n')" = " 0003 0005" ]
check "sweep --resume: the other points are unchanged" \
    [ "$(sha256sum "$sweep"/points/* | grep -cxF "$before")" = 4 ]
check "sweep: no temporary files" no_leftovers
head -c 200 "$sweep/points/0002.json" >half
cp half "$sweep/points/0002.json"
refused 2 "points/0002.json" sweep --resume "$sweep"
check "sweep: a broken point is not replaced" cmp -s half "$sweep/points/0002.json"
rm "$sweep/points/0002.json"
cp "$sweep/points/0001.json" "$sweep/points/0002.json"
refused 2 "is not point 2" sweep --resume "$sweep"
sed -i 's/"isa":"/&other/' "$sweep/sweep.json"
rm "$sweep/points/0002.json"
exits 2 "sweep --resume on another device" sweep --resume "$sweep"
check "sweep --resume on another device: the message" says "its device is"

# Refused points are recorded. Shards divide the points; a sweep without --shard merges their results.
plan="--targets persistent_decode --vary STEP_SYNC=flag,cluster,none --iterations 5"
jobs=()
for shard in 1 2; do
    # shellcheck disable=SC2086 # split into words
    "$pdlab" sweep $plan --shard $shard/2 --resume shards >stdout.$shard 2>stderr.$shard &
    jobs+=($!)
done
for shard in 1 2; do
    wait "${jobs[shard - 1]}"
    status=$?
    cp stdout.$shard stdout
    cp stderr.$shard stderr
    check "sweep --shard $shard/2, both start together: status" is 0
    check "sweep --shard $shard/2: names the shard" prints "shard     $shard of 2"
done
check "sweep --shard: names the variant that is left out" grep -q "^left out cpu_graph" stdout.1 stdout.2
check "sweep --shard: no summaries" [ ! -e shards/summary.csv ]
succeeds "sweep, merged" sweep --resume shards
check "sweep, merged: a refused point" \
    grep -qE '^2,cpu_persistent,"[^"]*",cluster,skipped,"STEP_SYNC cluster needs a GPU' \
    shards/summary.csv
check "sweep, merged: the other points" lines 2 ',ok,' shards/summary.csv
full sweep --resume shards
refused 2 "--shard measures only some" sweep --resume shards --shard 1/2 --record some.rec
refused 2 "takes a file" sweep --resume shards --record -
succeeds "sweep --record" sweep --resume shards --record merged.rec
check "sweep --record: a document" is_json merged.rec pdlab.run/2
check "sweep --record: the number of runs" prints "recording merged.rec: 3 runs in "
check "sweep --record: points without stamps" prints "2 of them can't be replayed"
check "sweep --record: the reason of a skipped point" grep -q "STEP_SYNC cluster needs a GPU" merged.rec
succeeds "sweep --record of many" sweep --targets persistent_decode --vary SPIN_NS=0:5000:+250 \
    --vary BATCH=1,2 --iterations 200 --resume many --record many.rec
check "sweep --record of many: all runs" prints "recording many.rec: 126 runs in "
check "sweep --record of many: under 256 KiB" [ "$(wc -c <many.rec)" -le 262144 ]
check "sweep --record of many: its schema" fits many.rec pdlab.run.2
check "sweep --record of many: no temporary files" no_leftovers
succeeds "replay of a sweep" replay --plain many.rec
: >notafolder
exits 1 "sweep --out below a file" sweep --vary SEQ_LEN=8 --quick --out notafolder

# ---- demos -------------------------------------------------------------------------------------

mapfile -t demos < <(sed -n '/^Demos/,$s/^  \([a-z]*\) .*/\1/p' <("$pdlab" list))
check "list: six demos or more" [ "${#demos[@]}" -ge 6 ]
succeeds "demo --check" demo --check "${demos[@]}"
check "demo --check: a line per demo" [ "$(wc -l <stdout)" = "${#demos[@]}" ]
refused 2 "there is no demo 'lunch'; the demos are " demo lunch
succeeds "demo" demo
check "demo: a line per demo" [ "$(grep -c ' scenes, from recordings/' stdout)" = "${#demos[@]}" ]
refused 2 "--check needs a demo" demo --check
refused 2 "demo plays in the explorer, which needs a terminal" demo launches
echo '{"schema":"pdlab.demo/1","title":"T","preset":"quick","recording":"one.rec","scenes":[{"caption":"C","view":"live","variant":"cpu_graph"}]}' >mine.json
run demo --check ./mine.json
check "demo --check: a file" prints "./mine.json: 1 scene"
sed -i 's/cpu_graph/cpu_graf/' mine.json
refused 2 "mine.json: scenes[0]: one.rec has no cpu_graf" demo --check mine.json
refused 2 "--preset is an option of" demo launches --preset quick

# ---- variants that fail on purpose -----------------------------------------------------------

run list
check "list: hides the variants that fail on purpose" lines 0 cpu_fault
succeeds "list --all" list --all
check "list --all: names them" prints "  cpu_fault_stuck   Hangs, and does not stop"
run list --all --json
check "list --all --json" is_json stdout pdlab.list/1
check "list --all --json: marks them" grep -q '"name":"cpu_fault_lost".*"hidden":true' stdout
run list --all --markdown
check "list --all --markdown" prints "| cpu_fault_nan |"
refused 2 "pdlab list names them all" run --targets cpu_faul
check "the variants that fail on purpose are not suggested" lines 0 fault stderr

exits 1 "run fault" run --targets fault,cpu_graph --iterations 20 --out none --json -
check "run fault: its schema" fits stdout pdlab.run.2
check "run fault: all variants" lines 6 '{"variant":'
check "run fault: stopped" prints '"reason":"cpu_fault_hang made no progress for 2 s and was stopped"'
check "run fault: did not stop" prints '"reason":"cpu_fault_stuck made no progress for 4 s and did not'
check "run fault: lost, with call and error" prints '"reason":"cpuStreamQuery: cpuErrorIllegalAddress'
check "run fault: wrong" lines 2 '"verified":false'
check "run fault: the other variant" grep -q '{"variant":"cpu_graph",.*"status":"ok"' stdout
exits 1 "run lost" run --targets cpu_fault_lost,cpu_graph --iterations 20 --out faults
check "run lost: the table" grep -q '^FAILED cpu_fault_lost: cpuStreamQuery: ' stdout
check "run lost: the other variant" grep -qE '^cpu_graph +[0-9]' stdout
check "run lost: an artifact per variant" [ "$(ls faults/*/ | tr '\n' ' ')" = \
    "cpu_fault_lost.json cpu_graph.json summary.json " ]
exits 1 "verify lost" verify --targets cpu_fault_lost,cpu_fault_nan,cpu_graph --json
check "verify lost: JSON" is_json stdout pdlab.verify/1
check "verify lost: the reason" prints '"status":"failed","reason":"cpuStreamQuery: '
check "verify lost: the other variant" grep -q '{"variant":"cpu_graph",.*"right":true' stdout
exits 1 "sweep lost" sweep --targets cpu_fault_lost,cpu_graph --vary BATCH=1,2 --iterations 20 --resume lost
check "sweep lost: all points" [ "$(ls lost/points | tr '\n' ' ')" = "0001.json 0002.json " ]
check "sweep lost: a point" grep -q '"status":"failed","reason":"cpuStreamQuery: ' lost/points/0002.json
check "sweep lost: the other variant" grep -q '{"variant":"cpu_graph",.*"status":"ok"' lost/points/0002.json
cat >lost.json <<'JSON'
{"schema": "pdlab.preset/1", "title": "t", "lesson": "l", "target": "fault",
 "variants": ["cpu_fault_lost", "cpu_fault_wrong"]}
JSON
exits 1 "report lost" --plain --preset ./lost.json
check "report lost: the reason" grep -q '^FAILED cpu_fault_lost: cpuStreamQuery: ' stdout
check "report lost: the other variant" grep -q '^WRONG cpu_fault_wrong: ' stdout

# If the process that measures dies, its variant has failed. If the parent dies, no process is left.
runs_no_more() { ! grep -qs "^State:.[^ZX]" "/proc/$1/status"; } # a zombie may wait for init
children() { cat "/proc/$1/task/$1/children" 2>/dev/null; }
has_children() { [ -n "$(children "$1")" ]; }
"$pdlab" run --targets cpu_per_token,cpu_graph --duration 2 --out none >stdout 2>stderr </dev/null &
job=$!
eventually has_children "$job"
kill -SEGV $(children "$job")
wait "$job"
status=$?
check "a crash: status" is 1
check "a crash: names the signal" grep -q '^FAILED cpu_per_token: .*SIGSEGV' stdout
check "a crash: the other variant" grep -qE '^cpu_graph +[0-9]' stdout
"$pdlab" run --targets cpu_per_token --duration 60 --out none >stdout 2>stderr </dev/null &
job=$!
eventually has_children "$job"
child=$(children "$job")
kill -KILL "$job"
wait "$job" 2>/dev/null
check "killed: a process was measuring" [ -n "$child" ]
check "killed: that process has ended, too" eventually runs_no_more "${child% }"

refused 2 "needs a terminal" --restore
refused 2 "--restore resumes" --restore --batch 4
refused 2 "--restore is an option of the explorer" run --restore

# ---- separate files --------------------------------------------------------------------------

for part in against model interrupts files names shards shells locale limits setup terminals; do
    # shellcheck source=/dev/null
    . "$parts/$part.sh"
done

echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
