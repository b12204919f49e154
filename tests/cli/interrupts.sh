# shellcheck shell=bash disable=SC2154 # run.sh defines what is used here
#
# Signals that end a command: it keeps all results so far, writes the requested documents, exits with
# 128 + the signal's number, and leaves no process.

# launch ARGUMENT...: starts pdlab and sets job. It runs in a process group of its own, with default
# signals: a script's background job would ignore SIGINT and SIGQUIT, and a job under nohup SIGHUP.
launch() {
    env --default-signal=HUP,INT,QUIT setsid "$pdlab" "$@" >stdout 2>stderr </dev/null &
    job=$!
}
# await COMMAND...: waits until the command succeeds, or until the job has ended.
await() { until "$@" || ! kill -0 "$job" 2>/dev/null; do sleep 0.05; done; }
# Measuring has begun when a child has used some CPU time.
begun() {
    local child
    for child in $(children "$job"); do
        [ "$(awk '{ print $14 + $15 }' "/proc/$child/stat" 2>/dev/null || echo 0)" -lt 30 ] || return 0
    done
    return 1
}
group() { # group NUMBER: prints the living processes of the process group
    cat /proc/[0-9]*/stat 2>/dev/null | sed 's/(.*)//' |
        awk -v group="$1" '$4 == group && $2 != "Z" { print $1 }'
}
is_empty() { [ -z "$(group "$1")" ]; }
ended() { # waits for the job; sets status, and left to the processes of its group
    wait "$job"
    status=$?
    eventually is_empty "$job" # a killed process may take a moment
    left=$(group "$job")
}
interrupt() { # interrupt SIGNAL NAME: sends the signal to the job, and checks how it ends
    kill -s "$1" "$job"
    ended
    check "$2: status" is $((128 + $(kill -l "$1")))
    check "$2: no process is left" [ -z "$left" ]
}
kill_job() { # sends SIGKILL to the job; sets status
    kill -s KILL "$job"
    { wait "$job"; } 2>/dev/null
    status=$?
}
has_samples() { # has_samples FILE: whether the document has iterations
    python3 -c 'import json, sys
runs = json.load(open(sys.argv[1]))["runs"]
sys.exit(not any(run.get("iteration", {}).get("count", 0) for run in runs))' "$1" || ! command -v python3 >/dev/null
}

kept() { # kept NAME STATUS: checks the results of a run with --out cut --json cut.json --csv cut.csv --record cut.rec
    check "$1: status" is "$2"
    check "$1: one line on stderr" one_line
    check "$1: the message" says interrupted
    check "$1: the table" grep -qE '^cpu_per_token +[0-9]' stdout
    check "$1: the variant that was not reached" grep -q '^not reached cpu_graph: ' stdout
    check "$1: an artifact" is_json "$(echo cut/*/cpu_per_token.json)" pdlab.run/2
    check "$1: no artifact of the other variant" [ ! -e "$(echo cut/*/cpu_graph.json)" ]
    check "$1: the summary" is_json "$(echo cut/*/summary.json)" pdlab.run/2
    check "$1: --json" has_samples cut.json
    check "$1: --record" is_json cut.rec pdlab.run/2
    check "$1: --csv" grep -q '^cpu_per_token,iteration,' cut.csv
    check "$1: no process is left" [ -z "$left" ]
    rm -rf cut cut.json cut.csv cut.rec
}
cut_run() {
    launch run --targets cpu_per_token,cpu_graph --iterations 1000000000 --out cut \
        --json cut.json --csv cut.csv --record cut.rec
    await begun
}

for signal in INT TERM HUP QUIT USR1 USR2; do
    cut_run
    kill -s $signal "$job"
    ended
    kept "SIG$signal" $((128 + $(kill -l $signal)))
done
cut_run
kill -s TERM -- "-$job"
ended
kept "SIGTERM to the group" 143
cut_run
kill -s TERM "$job"
kill -s TERM -- "-$job" 2>/dev/null # it may have ended already
ended
kept "SIGTERM to the process and the group" 143
cut_run
kill -s HUP -- "-$job"
sleep 0.1
kill -s TERM "$job" 2>/dev/null
kill -s TERM "$job" 2>/dev/null
ended
kept "SIGHUP, then SIGTERM twice" 129

# A second signal ends the wait for a variant that hangs.
launch run --targets cpu_fault_stuck --out cut --json cut.json --csv cut.csv --record cut.rec
eventually has_children "$job"
kill -s TERM "$job"
sleep 2 # two signals within a second count as one
interrupt TERM "SIGTERM twice, a variant that hangs"
check "SIGTERM twice, a variant that hangs: a document" is_json cut.json pdlab.run/2
rm -rf cut cut.*

# All processes are stopped and continued: no sample includes a stop, and the duration keeps running.
launch run --targets cpu_persistent --seq-len 4096 --duration 3 --out none --json stopped.json
await begun
for ((i = 0; i < 3; i++)); do
    kill -s STOP -- "-$job"
    sleep 1
    kill -s CONT -- "-$job"
    sleep 0.05
done
ended
check "SIGSTOP: status" is 0
check "SIGSTOP: the iterations that are left out" grep -qE '^left out [1-3] iterations? of cpu_persistent: ' stdout
check "SIGSTOP: fits its schema" fits stopped.json pdlab.run.2
if command -v python3 >/dev/null; then
    python3 - <<'PYTHON'
import json, sys
run = json.load(open("stopped.json"))["runs"][0]
metrics = [run[key] for key in ("step", "busy", "gap", "iteration", "iteration_unstamped", "ttft", "sync")]
iteration = run["iteration"]
sys.exit(not (0 < run["iterations_stopped"] <= 3
              and all(metric.get("max_ns", 0) < 1e9 for metric in metrics)
              and iteration["count"] * iteration["mean_ns"] > 1.5e9))
PYTHON
    status=$?
    check "SIGSTOP: no sample includes a stop" is 0
fi
rm -f stopped.json

# Signals that nohup ignores stay ignored.
(trap '' HUP && exec setsid "$pdlab" run --targets cpu_per_token --duration 1 --out none) \
    >stdout 2>stderr </dev/null &
job=$!
await begun
kill -s HUP "$job"
ended
check "SIGHUP under nohup: status" is 0

# A kill loses only the variant that is being measured.
launch run --targets cpu_per_token,cpu_graph --duration 2 --out cut
has_first() { [ -e "$(echo cut/*/cpu_per_token.json)" ]; }
await has_first
kill_job
check "SIGKILL: status" is 137
check "SIGKILL: the first variant's samples" has_samples "$(echo cut/*/cpu_per_token.json)"
check "SIGKILL: the first variant's document" is_json "$(echo cut/*/cpu_per_token.json)" pdlab.run/2
rm -rf cut

# In rounds, the results of finished processes are kept; a signal loses only the process that is
# measuring.
has_round() { grep -qs "\"round\":$1" cut/*/cpu_graph.json; }
launch run --targets cpu_per_token,cpu_graph --repeats 1000 --iterations 50 --out cut --json cut.json
await has_round 2
interrupt TERM "run --repeats, SIGTERM"
check "run --repeats, SIGTERM: the message" says interrupted
check "run --repeats, SIGTERM: the table" grep -qE '^cpu_graph +[0-9]' stdout
check "run --repeats, SIGTERM: only complete processes" \
    processes cut.json 'len(p) >= 3 and all(x["iterations"] == 50 for x in p)'
rm -rf cut cut.json
launch run --targets cpu_per_token,cpu_graph --repeats 1000 --iterations 50 --out cut
await has_round 3
kill_job
check "run --repeats, SIGKILL: the finished processes" \
    processes "$(echo cut/*/cpu_graph.json)" 'len(p) >= 3'
rm -rf cut

# If this build ends, the other build ends, too.
mkdir private
for signal in TERM KILL; do
    printf '#!/bin/sh\n[ "$1" != run ] || : >began\nexec %q "$@"\n' "$pdlab" >slow
    chmod +x slow
    rm -f began
    TMPDIR="$folder/private" launch run --targets cpu_graph --duration 1000 --order-seed 2 --against ./slow \
        --out cut
    # The other build measures when it has a child.
    other_measures() { [ -e began ] && has_children "$(children "$job" | tr -d ' ')"; }
    await other_measures
    kill -s $signal "$job"
    { ended; } 2>/dev/null
    check "run --against, SIG$signal: no process is left" [ -z "$left" ]
    [ $signal = KILL ] || check "run --against, SIG$signal: status" is 143
    [ $signal = KILL ] || check "run --against, SIG$signal: no file is left" [ -z "$(ls -A private)" ]
    rm -rf cut
done
rm -rf private slow began

for signal in INT TERM; do
    rm -rf halted
    launch sweep --targets cpu_per_token --vary SEQ_LEN=4,65536 --iterations 2000 --warmup 0 \
        --resume halted
    await [ -e halted/points/0001.json ]
    interrupt $signal "sweep, SIG$signal"
    check "sweep, SIG$signal: how to resume" says "continue with pdlab sweep --resume halted"
    check "sweep, SIG$signal: the finished point" [ "$(ls halted/points)" = 0001.json ]
    check "sweep, SIG$signal: its table" [ "$(wc -l <halted/summary.csv)" = 2 ]
done

launch verify --targets cpu_graph,cpu_per_token --seq-len 65536 --batch 8
await begun
kill -s TERM -- "-$job"
ended
check "verify, SIGTERM: status" is 143
check "verify, SIGTERM: the message" says interrupted
check "verify, SIGTERM: the variant that was not reached" grep -q '^cpu_per_token .* missed' stdout
check "verify, SIGTERM: no process is left" [ -z "$left" ]

# Generating gigabytes of inputs stops by itself, so the child need not be killed.
launch verify --targets cpu_attention_per_token --batch 64 --copies 16
await begun
kill -s TERM "$job"
ended
if is 3; then
    echo "skip  verify, SIGTERM while generating inputs: too little memory"
else
    check "verify, SIGTERM while generating inputs: status" is 143
    check "verify, SIGTERM while generating inputs: the result" \
        grep -q '^cpu_attention_per_token  FAILED   interrupted$' stdout
    check "verify, SIGTERM while generating inputs: no process is left" [ -z "$left" ]
fi

# Computing the reference has begun when one of its threads has used CPU time.
computes_reference() {
    local child task
    for child in $(children "$job"); do
        for task in /proc/"$child"/task/*; do
            [ "$(cat "$task/comm" 2>/dev/null)" != pdlab-crew ] ||
                [ "$(sed 's/.*)//' "$task/stat" 2>/dev/null | awk '{ print $12 }')" -lt 5 ] || return 0
        done
    done
    return 1
}
if [ "$(nproc)" -gt 1 ]; then
    launch verify --targets cpu_attention_per_token --seq-len 32 --batch 4 --num-heads 256 \
        --kv-heads 2 --context 32768 --cold off
    await computes_reference
    interrupt INT "verify, SIGINT during the reference"
    check "verify, SIGINT during the reference: the result" \
        grep -q '^cpu_attention_per_token  FAILED   interrupted$' stdout
else
    echo "skip  verify, SIGINT during the reference: one core"
fi

has_threads() { [ "$(find "/proc/$job/task" -maxdepth 1 -mindepth 1 2>/dev/null | wc -l)" -gt 1 ]; }
launch doctor --device cpu
await has_threads
interrupt TERM "doctor, SIGTERM"
check "doctor, SIGTERM: one line" one_line
check "doctor, SIGTERM: the device" grep -q '^device' stdout

noise_files() { ls .cache/pdlab/noise-*.json 2>/dev/null; }
launch doctor --noise --json --device cpu
await begun
interrupt TERM "doctor --noise, SIGTERM"
check "doctor --noise, SIGTERM: one line" one_line
check "doctor --noise, SIGTERM: nothing is printed" silent stdout
check "doctor --noise, SIGTERM: nothing is kept" [ -z "$(noise_files)" ]

launch --plain
await begun
interrupt TERM "report, SIGTERM"
check "report, SIGTERM: the measured variant" grep -q '^cpu_per_token: iteration p50' stdout

# A reader that has stopped reading does not delay an interrupted command; output beyond the pipe's
# capacity is cut. A late reader, or a reader of a non-blocking pipe, gets everything.
big=(run --quick --seq-len 512 --batch 64 --out none)
mkfifo stuck
sleep 600 <stuck &
reader=$!
env --default-signal=HUP,INT,QUIT setsid "$pdlab" "${big[@]}" --record - --csv cut.csv >stuck 2>stderr \
    </dev/null &
job=$!
for ((i = 0; i < 600; i++)); do [ ! -e cut.csv ] || break && sleep 0.1; done
kill -s TERM "$job"
for ((i = 0; i < 600; i++)); do kill -0 "$job" 2>/dev/null || break && sleep 0.1; done
kill -s KILL "$job" 2>/dev/null
ended
kill "$reader"
check "SIGTERM, a reader that does not read: status" is 143
check "SIGTERM, a reader that does not read: the message" says interrupted
check "SIGTERM, a reader that does not read: the other document" grep -q '^cpu_graph,step,' cut.csv
check "SIGTERM, a reader that does not read: no process is left" [ -z "$left" ]
if command -v python3 >/dev/null; then
    python3 - "$pdlab" "${big[@]}" --record - <<'PYTHON'
import array, fcntl, json, os, subprocess, sys, termios, time
out, end = os.pipe()
os.set_blocking(end, False)
child = subprocess.Popen(sys.argv[1:], stdin=subprocess.DEVNULL, stdout=end)
os.close(end)
held = array.array("i", [0])
while child.poll() is None and held[0] < 60000: # about a pipe's capacity
    time.sleep(0.05)
    fcntl.ioctl(out, termios.FIONREAD, held)
with open(out) as reader:
    document = json.load(reader)
sys.exit(child.wait() or document["schema"] != "pdlab.run/2")
PYTHON
    status=$?
    check "a non-blocking pipe: the document is complete" is 0
fi
rm -f stuck cut.*

mkfifo silent
sleep 60 >silent &
writer=$!
launch compare silent silent
has_opened() { find "/proc/$job/fd" -lname '*/silent' 2>/dev/null | grep -q .; }
await has_opened
interrupt TERM "compare, SIGTERM"
kill "$writer"
check "compare, SIGTERM: the message" says interrupted
rm -f silent
