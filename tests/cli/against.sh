# shellcheck shell=bash disable=SC2154 # run.sh defines what is used here
#
# run --against: measures another build in the same rounds. Here, the other build is this build under
# another name, or a script that wraps it.

# other LINES: writes the script ./other, which executes LINES and then this build, $real.
other() {
    printf '#!/bin/bash\nreal=%q\n%s\nexec "$real" "$@"\n' "$pdlab" "$1" >other
    chmod +x other
}
mkdir private
export TMPDIR="$folder/private"

other 'echo "$*" >>arguments'
quietly "run --against" run --quick --against ./other --order-seed 4 --out rounds --json own.json --threads 1
check "run --against: five rounds" processes own.json 'd["order"] == {"seed": 4, "rounds": 5} and len(p) == 15'
theirs=$(echo rounds/*/against.json)
check "run --against: the other's document" fits "$theirs" pdlab.run.2
check "run --against: processes of both builds, none twice" processes own.json \
    'len({x["id"] for run in d["runs"] + json.load(open("'"$theirs"'"))["runs"] for x in run["processes"]}) == 30'
check "run --against: every place of every round once" processes own.json \
    'sorted((x["round"], x["place"]) for run in d["runs"] + json.load(open("'"$theirs"'"))["runs"]
    for x in run["processes"]) == [(r, q) for r in range(1, 6) for q in range(1, 7)]'
check "run --against: this build's table" grep -qE '^cpu_graph +[0-9.]+ [mun]?s \+-' stdout
check "run --against: the comparison" lines 3 '^ +B .*(too close to call|faster|slower)'
check "run --against: names this build" grep -qE '^A +this build \(' stdout
check "run --against: names the other build" grep -qE '^B +\./other \(' stdout
check "run --against: knobs as flags" lines 5 '^run --targets cpu_graph --device cpu --out none --json .* --seq-len 8 --batch 2 .* --threads 1 .* --warmup 5 --iterations 20$' arguments
check "run --against: no more processes" lines 15 '^run ' arguments
cp own.json a.json && cp "$theirs" b.json
sides() { grep -E '^(cpu_[a-z_]+)? +[AB] ' stdout; }
printed=$(sides)
run compare a.json b.json
check "run --against: the same rows as compare" [ "$(sides)" = "$printed" ]
run run --quick --targets cpu_graph --against ./other --repeats 2 --duration 0.05 --out none --json -
check "run --against --json -: status" is 0
check "run --against --json -: this build's document" processes stdout 'len(p) == 2'
check "run --against --json -: the comparison on stderr" grep -qE '^B +\./other' stderr
check "run --against --duration: for both builds" grep -qE '^run .* --iterations 0 --duration 0.050000000$' arguments
check "run --against: no temporary file is left" [ -z "$(ls -A private)" ]
rm -rf rounds arguments

# A known difference: one of the builds delays the end of its iterations.
delays() { # delays NS OF_THE_OTHER VERDICT
    other '[ "$1" != run ] || exec "$real" "$@" --copy-delay-ns '"$2"
    run run --quick --targets cpu_delayed --copy-delay-ns "$1" --against ./other --out none
    check "run --against, $1 ns and $2 ns: status" is 0
    check "run --against, $1 ns and $2 ns: $3" [ "$(grep -cE "^ +B .* 2 of 2 +$3\$" stdout)" = 1 ]
}
delays 0 5000000 slower
delays 5000000 0 faster

# Variants and knobs that the other build lacks are left out, with one message each.
other 'echo "$*" >>arguments
[ "$1" = list ] || exec "$real" "$@"
"$real" "$@" | sed "s/\"name\":\"cpu_graph\"/\"name\":\"cpu_new\"/; s/\"name\":\"SPIN_NS\"/\"name\":\"NEW\"/"
exit'
succeeds "run --against an older build" run --quick --against ./other --repeats 2 --out none
check "run --against an older build: a variant" grep -qx 'pdlab: ./other has no cpu_graph' stderr
check "run --against an older build: a knob" grep -qx 'pdlab: ./other is measured without SPIN_NS, which it does not know' stderr
check "run --against an older build: one message each" [ "$(wc -l <stderr)" = 2 ]
check "run --against an older build: no flag for the knob" bash -c '! grep -q "^run.*--spin-ns" arguments'
check "run --against an older build: the other variants" lines 2 '^ +B '
check "run --against an older build: not compared" prints "not compared cpu_graph of A"
refused 2 "--against ./other has none of the variants: cpu_graph" \
    run --quick --targets cpu_graph --against ./other --out none

# A program that is not pdlab is refused before anything is measured.
refused 2 "--against ./absent: No such file" run --quick --against ./absent --out none
refused 2 "--against ./own.json is not an executable file" run --quick --against ./own.json --out none
refused 2 "is not pdlab: its --version prints 'true" run --quick --against /bin/true --out none
refused 2 "--against /bin/false: its --version ended with status 1" run --quick --against /bin/false --out none
other '[ "$1" = list ] && { echo "{}"; exit; }'
refused 2 "other list --json: " run --quick --against ./other --out none
refused 2 "--against is an option of the explorer and run, not of sweep" sweep --against x
refused 2 "--against is an option of the explorer and run, not of replay" replay --against x own.json
refused 2 "--against is an option of the explorer and run, not of demo" demo --against x launches
refused 2 "without one, use pdlab run --against ./other" --against ./other
refused 2 "without one, use pdlab run --against ./other" --plain --against ./other
check "run --against refused: no temporary file is left" [ -z "$(ls -A private)" ]

# Whatever the other build does, the results of this build are kept.
fails() { # fails NAME SCRIPT SENTENCE
    other "[ \"\$1\" = run ] && { $2; }"
    exits 1 "run --against, $1" run --quick --targets cpu_graph --against ./other --out kept-against --json own.json
    check "run --against, $1: one line" one_line
    check "run --against, $1: the message" says "pdlab: cpu_graph of ./other: $3"
    check "run --against, $1: the processes of this build" processes own.json 'len(p) == 5'
    check "run --against, $1: the other build's document" grep -q '"status":"failed"' kept-against/*/against.json
    rm -rf kept-against
}
fails "refused" 'echo "pdlab: out of luck" >&2; exit 2' "round 1: its process ended with status 2: out of luck"
fails "crashed" 'kill -SEGV $$' "round 1: its process was ended by SIGSEGV"
fails "garbage" 'while [ "$1" != --json ]; do shift; done; echo "{" >"$2"; exit' "round 1: "
fails "another variant" 'exec "$real" "${@/cpu_graph/cpu_persistent}"' "round 1: the document that it wrote describes a different run"
fails "in the second round" 'echo >>count; [ "$(wc -l <count)" -lt 2 ] || exit 3' "round 2: its process ended with status 3"
run run --quick --targets cpu_fault_wrong,cpu_graph --against "$pdlab" --repeats 1 --out none
check "run --against, wrong in both: status" is 1
check "run --against, wrong in both: the reason" grep -q '^WRONG cpu_fault_wrong of B: ' stdout
unset TMPDIR
rmdir private
