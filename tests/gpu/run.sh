#!/bin/bash
# Tests the bundle on a GPU: verifies, measures, provokes failures and records. Logs and results go to
# FOLDER; table.txt has a row per result, and is printed at the end.
#
#     tests/gpu/run.sh FOLDER [PART...]
#
# The parts are the words of `parts` below; without a PART, all of them run in that order. Variables
# choose what some parts do: DEVICE (cuda:0); VARIANTS and TOOLS of compute-sanitizer; PRESETS, SEED,
# KEYS, KEYS_FILE and KEY_GAP of `keys`; TARGETS, SEED and STEPS of `storm`; SCENE, the seconds per
# scene of `demo`; ONLY, a regular expression of names to record.
#
# Exit status: 0; 1 if a row says FAILED.
set -u

here=$(cd "$(dirname "$0")/../.." && pwd)
pdlab=$here/pdlab
out=${1:?usage: tests/gpu/run.sh FOLDER [PART...]}
shift
parts=(verify attention model measure barrier prefill source faults sanitize storm keys explore demo attach
    verdicts expect record pairs)
[ $# -eq 0 ] || parts=("$@")
mkdir -p "$out/recordings"
out=$(cd "$out" && pwd)
export XDG_CACHE_HOME=$out/cache XDG_STATE_HOME=$out/state XDG_CONFIG_HOME=$out/config
device=${DEVICE:-cuda:0}
table=$out/table.txt
: >"$table"

# say NAME RESULT: a row of the table.
say() { printf '%-66s %s\n' "$1" "$2" | tee -a "$table"; }

# judge NAME COMMAND...: a row that says whether the command succeeds.
judge() {
    local name=$1
    shift
    if "$@"; then say "$name" ok; else say "$name" FAILED; fi
}

# expect NAME STATUS COMMAND...: runs the command, appends its output to PART.log, and checks its
# status.
expect() {
    local name=$1 wanted=$2 status
    shift 2
    timeout 240 "$@" >"$out/log.txt" 2>&1
    status=$?
    cat "$out/log.txt" >>"$out/${part}.log"
    if [ $status -eq "$wanted" ]; then say "$name" ok; else say "$name" "FAILED: status $status, see $part.log"; fi
}

# verify_shapes NAME ARGUMENTS SHAPE...: verifies each shape. ARGUMENTS and a SHAPE are several words.
verify_shapes() {
    local name=$1 arguments=$2 shape
    shift 2
    for shape; do
        # shellcheck disable=SC2086
        expect "verify $name $shape" 0 "$pdlab" verify --device "$device" $arguments $shape
    done
}

# sanitize VARIANTS ARGUMENT...: verifies each variant under each tool of compute-sanitizer.
sanitize() {
    local variants=${VARIANTS:-$1} variant tool
    shift
    command -v compute-sanitizer >/dev/null || { say "$part: sanitize" "skipped: no compute-sanitizer"; return; }
    for variant in $variants; do
        for tool in ${TOOLS:-memcheck racecheck synccheck initcheck}; do
            expect "$tool $variant" 0 compute-sanitizer --tool "$tool" --num-cuda-barriers 65536 \
                --target-processes all --error-exitcode 9 "$pdlab" verify --device "$device" \
                --targets "$variant" "$@"
        done
    done
}

# json FILE STATEMENTS: runs Python statements on the document d.
json() { python3 -c "import json,sys; d=json.load(open(sys.argv[1])); $2" "$1"; }

# ---- every output against the reference -----------------------------------------------------------

part_verify() {
    local dot=persistent_decode
    verify_shapes $dot "--targets $dot" "" \
        "--batch 1 --seq-len 1 --head-dim 32" "--batch 3 --seq-len 31 --head-dim 96" \
        "--batch 13 --seq-len 4097 --head-dim 256 --num-programs 3" "--batch 257 --seq-len 31 --head-dim 32" \
        "--batch 257 --seq-len 33 --head-dim 96 --num-programs 7 --block-k 16" \
        "--batch 13 --seq-len 7 --head-dim 64 --num-programs 16 --block-k 128" \
        "--batch 257 --seq-len 5 --num-programs 132" "--chain off --batch 5 --seq-len 65" "--seq-len 65536"
    verify_shapes "persistent_decode_cuda, resident" \
        "--targets persistent_decode_cuda,persistent_decode_resident --batch 13 --seq-len 37" \
        "--step-sync "{none,block,cluster,flag,grid}" --num-programs "{1,2,3,5,8,13,16}
    verify_shapes persistent_decode_triton "--targets persistent_decode_triton --batch 13 --seq-len 37" \
        "--queue "{sequence,step}" --num-programs "{1,3,8,64}
    verify_shapes graphs "--targets persistent_decode_graphs,persistent_decode_graph_chain --seq-len 100 --max-capture-seq 30" \
        "--graph-mode "{full,piecewise,full_and_piecewise}
    verify_shapes graph_chain "--targets persistent_decode_graph_chain" "--pdl on"
    expect "every step is stamped: runs" 0 "$pdlab" run --device "$device" --iterations 40 --out none --json "$out/steps.json" \
        --targets persistent_decode,tma_prefill_decode,native_tma_prefill_decode,attention_decode --head-dim 64
    json "$out/steps.json" "
for r in d['runs']:
    n, steps = r['iteration']['count'], r['step'] and r['step']['count']
    alone = (r.get('step_alone') or {}).get('count', 0)
    whole = r['free_running'] or (r['steps_left_out'] == 0 and steps + alone == (n + ((r.get('decode') or {}).get('count', 0))) * 31)
    print('%-66s %s' % ('every step is stamped: ' + r['variant'], 'ok' if whole else 'FAILED: %s of %s iterations' % (steps, n)))" | tee -a "$table"
    verify_shapes "more than 2^31 elements" "--targets persistent_decode_cuda" \
        "--batch 128 --seq-len 65536 --head-dim 256 --num-programs 128"
}

# Verifies odd batches and contexts; groups of 1, 4, 5, 7 and 8 query heads; contexts that grow across a
# tile or a split; every DTYPE.
part_attention() {
    local shapes=(
        "--batch 1 --context 0 --seq-len 3" "--batch 3 --context 1 --seq-len 5" "--batch 2 --context 62 --seq-len 6"
        "--batch 1 --context 8190 --seq-len 5" "--batch 13 --context 1000 --head-dim 64" "--batch 5 --context 517 --dtype fp16"
        "--batch 3 --context 300 --dtype fp32 --head-dim 64" "--batch 3 --context 700 --num-heads 5 --kv-heads 5"
        "--batch 3 --context 700 --num-heads 10 --kv-heads 2" "--batch 3 --context 700 --num-heads 14 --kv-heads 2"
        "--batch 3 --context 700 --num-heads 16 --kv-heads 2" "--batch 7 --context 333 --chain off --kv-stages 8"
        "--batch 2 --context 2000 --splits 7 --kv-tile 32" "--batch 2 --context 2000 --cold off --kv-stages 4"
        "--page-size 16" "--context-spread 90 --batch 5" "--batch 33 --context 300 --context-spread 100 --page-size 64 --seq-len 20"
        "--batch 3 --context 77 --context-spread 60 --page-size 32 --dtype fp32 --head-dim 64" "--batch 4 --context 0 --page-size 128 --seq-len 200"
        "--batch 2 --context 500 --page-size 256 --dtype fp16 --num-heads 40 --kv-heads 2 --splits 7"
        "--batch 64 --context 1000 --context-spread 30 --page-size 16 --seq-len 9" "--batch 40 --context 300 --context-spread 50 --splits 1"
        "--batch 7 --context 300 --context-spread 50 --splits 3 --cold off --kv-tile 32 --ctas-per-sm 2"
        "--step-sync cluster --batch 1 --context 100 --seq-len 300 --splits 8" "--step-sync cluster --batch 5 --context-spread 90 --page-size 16"
        "--step-sync cluster --batch 64 --context 100 --ctas-per-sm 8 --seq-len 70" "--step-sync cluster --batch 3 --num-heads 40 --kv-heads 2 --dtype fp16"
        "--step-sync cluster --batch 1 --copies 1 --seq-len 100 --splits 2 --kv-stages 2 --kv-tile 16 --phases on" "--step-sync flag --batch 2"
        "--context 2000 --context-spread 80 --batch 1 --phases on --page-size 16" "--batch 200 --context 9 --context-spread 100 --page-size 16 --seq-len 40")
    verify_shapes attention_decode "--targets attention_decode" "${shapes[@]}"
    sanitize "attention_per_token attention_split_kv attention_split_kv_graph attention_persistent attention_cp_async
        attention_warp_specialized attention_tma" --batch 2 --seq-len 3 --context 200
}

# Verifies every rung of a whole model: one to eight sequences, groups of 2 and 4 query heads, head
# dimensions of 32, 64 and 128, no context, splits, one layer. Then the pipelined rung with few weight
# stages.
part_model() {
    verify_shapes model_decode "--targets model_decode" \
        "--model tiny --batch 1 --context 0 --seq-len 1" "--model tiny --batch 3 --context 7 --seq-len 5" \
        "--model tiny --batch 5 --context 33 --seq-len 4" "--model tiny --batch 8 --context 20 --seq-len 6 --splits 3" \
        "--model tiny --batch 2 --context 600 --seq-len 5" "--model tiny --layers 1 --batch 4 --context 100 --seq-len 3" \
        "--model llama-1b --batch 1 --context 128 --seq-len 4" "--model llama-1b --batch 8 --context 100 --seq-len 2" \
        "--model llama-1b --batch 3 --context 100 --seq-len 2 --phases on" \
        "--model qwen3-0.6b --batch 1 --context 128 --seq-len 4" "--model qwen3-0.6b --batch 5 --context 20 --seq-len 2" \
        "--model qwen3-0.6b --batch 4 --context 20 --seq-len 2 --phases on"
    verify_shapes model_persistent_pipelined \
        "--targets model_persistent_pipelined --model llama-1b --layers 3 --batch 1 --context 300 --seq-len 4" \
        "--weight-stages 2 --loads-in-flight 1" "--weight-stages 3 --stage-bytes 32768" "--splits 5" "--splits 40"
    sanitize "model_per_op model_fused model_fused_graph_pdl model_persistent model_persistent_pipelined" \
        --model tiny --layers 2 --batch 2 --context 20 --seq-len 2
}

# ---- figures --------------------------------------------------------------------------------------

# figures NAME EXPRESSION ARGUMENT...: measures, and prints a row per variant: a Python expression of
# its run r, where us(METRIC, PERCENTILE) is in microseconds.
figures() {
    local name=$1 expression=$2
    shift 2
    timeout 120 "$pdlab" run --device "$device" --out none --json "$out/run.json" "$@" >>"$out/$part.log" 2>&1
    json "$out/run.json" "
def us(metric, percentile='p50_ns'): return ((r.get(metric) or {}).get(percentile) or 0) / 1e3
for r in d['runs']:
    text = r['reason'] if r['status'] != 'ok' else $expression + ('' if r['verified'] else ' UNVERIFIED')
    print('%-66s %s' % ('$name ' + r['variant'], text))" | tee -a "$table"
}

p50() {
    figures "$1" "'iteration %8.2f us, unstamped %8.2f us, step %8.1f ns' % (
        us('decode') or us('iteration'), us('iteration_unstamped'), 1e3 * us('step'))" "${@:2}"
}

part_measure() {
    local all=persistent_decode cuda=persistent_decode_cuda,persistent_decode_resident n=3000
    "$pdlab" doctor --device "$device" | tee "$out/doctor.txt"
    p50 "default" --targets $all --iterations $n
    for sync in none block cluster flag grid; do p50 "$sync" --targets $cuda --iterations $n --step-sync $sync; done
    for sync in none block; do p50 "$sync, 4 programs" --targets $cuda --iterations $n --step-sync $sync --num-programs 4; done
    p50 "stamps off, none" --targets $cuda --iterations $n --stamps off --step-sync none
    p50 "stamps off, none, 4 programs" --targets $cuda --iterations $n --stamps off --step-sync none --num-programs 4
    p50 "stamps off, block, 4 programs" --targets $cuda --iterations $n --stamps off --step-sync block --num-programs 4
    p50 "queue step, 3 programs" --targets persistent_decode_triton --iterations $n --queue step --num-programs 3
    p50 "pdl on" --targets persistent_decode_graph_chain --iterations $n --pdl on
    for mode in full piecewise; do p50 "$mode" --targets persistent_decode_graphs --iterations $n --graph-mode $mode; done
    p50 "SEQ_LEN 4096, none" --targets $cuda --iterations 50 --warmup 2 --seq-len 4096 --step-sync none
    p50 "SEQ_LEN 4096, none, stamps off" --targets $cuda --iterations 50 --warmup 2 --seq-len 4096 --step-sync none --stamps off
}

# ---- prefill beside decode ------------------------------------------------------------------------

# beside NAME ARGUMENT...: prints figures of a prefill and a decode.
beside() {
    figures "$1" "'iteration %8.2f us, decode alone %8.2f, step p50 %6.3f p99 %6.3f, alone %6.3f %6.3f, prefill %8.2f us %6.0f GB/s, in flight %s' % (
        us('iteration'), us('decode'), us('step'), us('step', 'p99_ns'), us('step_alone'), us('step_alone', 'p99_ns'),
        us('prefill'), (r.get('prefill_bytes') or 0) / us('prefill') / 1e3 if us('prefill') else 0,
        r.get('in_flight_most'))" "${@:2}"
}

part_prefill() {
    local pairs=tma_prefill_decode,native_tma_prefill_decode instruction shape mode
    has_instruction() { cuobjdump -sass "$pdlab" | grep -q "$1"; }
    command -v cuobjdump >/dev/null && for instruction in UTMALDG UTMASTG; do
        judge "$instruction in the machine code" has_instruction $instruction
    done
    verify_shapes pairs "--targets $pairs" "" "--graph-mode piecewise" "--overlap off" "--max-in-flight 0" \
        "--max-in-flight 1 --prefill-streams 5" \
        "--prefill-chunks 1 --prefill-chunk-elems 4" "--prefill-chunks 3 --prefill-chunk-elems 1028 --tile-elems 512" \
        "--prefill-chunks 7 --prefill-chunk-elems 100004 --tile-elems 16384 --stages 3 --prefill-streams 3" \
        "--prefill-chunks 5 --prefill-chunk-elems 12 --tile-elems 8" "--prefill-chunks 33 --tile-elems 20 --stages 8" \
        "--seq-len 5000 --graph-mode full_and_piecewise" "--step-sync flag --num-programs 5" "--step-sync grid" \
        "--prefill-source host" "--prefill-chunks 4096 --prefill-chunk-elems 64 --seq-len 3"
    for mode in full piecewise; do beside "$mode" --targets $pairs --iterations 2000 --graph-mode $mode; done
    beside "no cap" --targets $pairs --iterations 2000 --max-in-flight 0
    beside "no overlap" --targets $pairs --iterations 2000 --overlap off
    beside "free" --targets optimized_native_tma_prefill_decode --iterations 2000 --step-sync none
    beside "block, 4 programs" --targets optimized_native_tma_prefill_decode --iterations 2000 --step-sync block --num-programs 4
    # Large copies: a burst of a millisecond beside the steps of one kernel, and of a kernel per token.
    local large="--prefill-chunks 16 --prefill-chunk-elems 16777216 --tile-elems 4096 --stages 4 --iterations 30"
    for shape in "--max-in-flight 1" "" "--max-in-flight 4 --prefill-streams 4" "--max-in-flight 0" "--max-in-flight 0 --prefill-streams 1"; do
        for mode in "full --seq-len 8192" "piecewise --seq-len 1024"; do
            # shellcheck disable=SC2086
            beside "1 GiB, $mode $shape" --targets optimized_native_tma_prefill_decode $large --graph-mode $mode $shape
        done
    done
    # shellcheck disable=SC2086
    beside "from the host" --targets optimized_native_tma_prefill_decode $large --prefill-chunks 2 --prefill-source host --seq-len 1024
}

# Tests each source of a prefill's bytes; with two GPUs also the other GPU's memory.
part_source() {
    local sources=device,host
    [ "$(nvidia-smi -L | wc -l)" -gt 1 ] && sources=device,host,peer
    # shellcheck disable=SC2086
    verify_shapes "pairs --prefill-source" "--targets tma_prefill_decode,native_tma_prefill_decode --prefill-source" ${sources//,/ }
    record_pairs prefill-source native_tma_prefill_decode "--prefill-chunks 8 --prefill-chunk-elems 4194304 --seq-len 1024 --tile-elems 4096 --stages 4 --iterations 30" \
        "--vary PREFILL_SOURCE=$sources" "--vary OVERLAP=on,off"
}

part_barrier() { expect "the flag barrier, 10^7 rounds with random delays" 0 "$here/barrier"; }

# ---- failures -------------------------------------------------------------------------------------

part_faults() {
    expect "faults: status 1, a whole document" 1 "$pdlab" run --device "$device" --targets fault,persistent_decode_cuda \
        --iterations 20 --out none --json "$out/faults.json"
    json "$out/faults.json" "
for r in d['runs']: print('%-66s %s' % ('  ' + r['variant'], r['reason'] or ('ok' if r['verified'] else 'wrong, and said so')))" | tee -a "$table"
    expect "all memory taken: status 3" 3 "$pdlab" run --device "$device" --targets persistent_decode_cuda --out none \
        --batch 4096 --seq-len 65536 --head-dim 256
    expect "no device visible: status 3" 3 env CUDA_VISIBLE_DEVICES= "$pdlab" run --device "$device" --out none --targets persistent_decode_cuda
}

part_sanitize() {
    QUICK=1 sanitize "baseline_persistent_decode persistent_decode_triton persistent_decode_graph_chain
        persistent_decode_graphs persistent_decode_cuda persistent_decode_resident
        baseline_tma_prefill_decode optimized_tma_prefill_decode
        baseline_native_tma_prefill_decode optimized_native_tma_prefill_decode" --batch 3
}

# ---- the explorer, in a terminal ------------------------------------------------------------------

tm() { tmux -L pdlab "$@"; }
screen() { tm capture-pane -p -t pdlab; }

# starts ARGUMENT...: starts the explorer in a terminal of 120x40. If $word is set, starts that command
# of pdlab instead.
starts() {
    tm kill-server 2>/dev/null
    tm -f /dev/null new-session -d -s pdlab -x 120 -y 40 "env LC_ALL=C.UTF-8 TERM=screen-256color $pdlab ${word:-} --device $device $*; echo ended \$?; sleep 600"
}

# comes SECONDS TEXT: waits until the screen shows TEXT; fails after SECONDS.
comes() {
    local end=$((SECONDS + $1))
    while [ $SECONDS -lt $end ]; do
        screen | grep -qF -- "$2" && return 0
        sleep 0.2
    done
    return 1
}

# quits NAME SECONDS: types q, and checks that pdlab ends.
quits() {
    tm send-keys -t pdlab q
    judge "$1" comes "$2" "ended 0"
}

# has_tmux: whether tmux is installed; if not, adds a row that says so.
has_tmux() { command -v tmux >/dev/null || { say "$part" "skipped: no tmux" && return 1; }; }

# preset NAME TARGET VARIANTS KNOBS: writes a preset, and prints the arguments that open it.
preset() {
    printf '{"schema":"pdlab.preset/1","title":"%s","lesson":"%s","target":"%s","variants":[%s],"knobs":{%s}}' \
        "$1" "$1" "$2" "$3" "$4" >"$out/$1.json"
    echo "--preset $out/$1.json"
}

pid_of() { pgrep -f "$pdlab --device" | while read -r p; do [ "$(cat /proc/"$p"/comm)" = pdlab ] && echo "$p"; done | tail -1; }
host_kb() { awk '/^VmRSS/ { print $2 }' "/proc/$1/status"; }
gpu_mib() { nvidia-smi --query-gpu=memory.used --format=csv,noheader,nounits | head -1; }

losses=$XDG_STATE_HOME/pdlab/losses.log
lost() { cat "$losses" 2>/dev/null | grep -c ', process [0-9]*$'; }

# random_keys FILE SEED COUNT: writes COUNT random keys, one per line. Every 250 keys it opens the
# preset again; otherwise most settings would become unsupported.
random_keys() {
    local i keys=(j j k k l h ']' ']' ']' '[' '[' u)
    RANDOM=$2
    for ((i = 0; i < $3; i++)); do
        if ((i % 250 == 249)); then printf 'P\nEnter\n'; fi
        if ((i % 40 == 0)); then echo Tab; fi
        echo "${keys[RANDOM % ${#keys[@]}]}"
    done >"$1"
}

# plays NAME FILE ARGUMENT...: types the keys of FILE into the explorer. The result is FAILED if a
# variant crashed the device or the explorer's process ended. Adds a line to keys.txt: the result, and,
# before and after the keys, the process's host memory and the GPU memory in use.
plays() {
    local name=$1 file=$2 pid key host gpu before result
    shift 2
    before=$(lost)
    starts "$@"
    judge "explorer, $name: runs, verified" comes 60 verified
    sleep 6
    screen >"$out/explorer-$name.txt"
    pid=$(pid_of)
    host=$(host_kb "$pid")
    gpu=$(gpu_mib)
    while read -r key; do
        tm send-keys -t pdlab "$key"
        sleep "${KEY_GAP:-0.02}"
    done <"$file"
    screen >"$out/explorer-$name-after.txt"
    tm send-keys -t pdlab P Enter
    comes 60 verified || say "explorer, $name: runs again, verified" FAILED
    sleep 8
    screen >"$out/explorer-$name-back.txt"
    if [ "$(lost)" -eq "$before" ] && [ -d "/proc/${pid:-none}" ]; then result=ok; else
        result="FAILED: $(grep -A1 ', process [0-9]*$' "$losses" | tail -1)"
    fi
    say "explorer, $name: $(wc -l <"$file") keys of $(basename "$file")" "$result"
    say "explorer, $name: memory before and after, host" "$host kB, $(host_kb "$pid") kB"
    say "explorer, $name: memory before and after, GPU" "$gpu MiB, $(gpu_mib) MiB"
    printf '%s\t%s\t%s keys\thost %s to %s kB\tGPU %s to %s MiB\t%s\n' "$(date -u +%FT%TZ)" "$(basename "$file")" \
        "$(wc -l <"$file")" "$host" "$(host_kb "$pid")" "$gpu" "$(gpu_mib)" "$result" >>"$out/keys.txt"
    quits "explorer, $name: quits" 20
    screen >"$out/explorer-$name-quit.txt"
    case $result in FAILED*) cp "$losses" "$out/losses-$name.txt" ;; esac
}

# keys_of NAME: prints the arguments that open NAME, one of PRESETS.
keys_of() {
    case $1 in
    attention) echo --preset attention-ladder-gpu ;;
    simulated) preset simulated tma_prefill_decode '"baseline_tma_prefill_decode","optimized_tma_prefill_decode"' '' ;;
    native) preset native native_tma_prefill_decode '"optimized_native_tma_prefill_decode","baseline_native_tma_prefill_decode"' '' ;;
    esac
}

# Opens each of PRESETS, and types KEYS random keys of SEED, or the keys of KEYS_FILE.
part_keys() {
    has_tmux || return
    local name
    for name in ${PRESETS:-dot simulated native attention}; do
        [ -n "${KEYS_FILE:-}" ] || random_keys "$out/keys-$name-${SEED:-1}.txt" "${SEED:-1}" "${KEYS:-1000}"
        # shellcheck disable=SC2046 # arguments are several words
        plays "$name" "${KEYS_FILE:-$out/keys-$name-${SEED:-1}.txt}" $(keys_of "$name")
    done
    tm kill-server 2>/dev/null
}

# Changes knobs hundreds of times per second without the screen. Each iteration is stopped at a random
# moment.
part_storm() {
    local target
    for target in ${TARGETS:-persistent_decode tma_prefill_decode native_tma_prefill_decode attention_decode}; do
        timeout 300 "$here/storm" "$target" "${SEED:-1}" "${STEPS:-2000}" >"$out/storm-$target.txt" 2>&1
        case $? in
        0) say "storm $target: $(tail -6 "$out/storm-$target.txt" | grep -o 'steps.*s,' | head -1)" ok ;;
        *) say "storm $target" "FAILED, see storm-$target.txt" ;;
        esac
    done
}

part_explore() {
    has_tmux || return
    local i

    # During an iteration of two seconds, each step appears on the screen when it ends.
    changes() { ! cmp -s "$out/long-1.txt" "$out/long-2.txt"; }
    # shellcheck disable=SC2046 # several words
    starts $(preset long persistent_decode '"persistent_decode_triton"' '"SEQ_LEN":65536,"NUM_PROGRAMS":1,"BATCH":128,"QUEUE":"sequence","WARMUP":0')
    comes 20 "tokens/s"
    sleep 1
    screen >"$out/long-1.txt"
    sleep 0.5
    screen >"$out/long-2.txt"
    judge "explorer: shows new steps during a long launch" changes
    quits "explorer: stops a long launch" 5

    for i in fault_hang fault_stuck fault_out_of_bounds; do
        # shellcheck disable=SC2046
        starts $(preset $i fault "\"fault_wrong\",\"$i\",\"fault_nan\"" '')
        comes 20 WRONG
        tm send-keys -t pdlab j
        sleep 8
        screen >"$out/$i.txt"
        tm send-keys -t pdlab j
        judge "explorer: runs another variant after $i" comes 10 "elements are NaN"
        screen >"$out/$i-after.txt"
        quits "explorer: survives $i, see $i.txt" 10
    done
    tm kill-server 2>/dev/null
}

# Plays every demo on this GPU, scene by scene. A scene with a question needs a key to show its answer.
part_demo() {
    has_tmux || return
    local name scene word=demo
    ends() { screen | grep -q 'the end: '; }
    for name in $("$pdlab" list | sed -n '/^Demos/,$s/^  \([a-z]*\) .*/\1/p'); do
        starts "$name"
        for ((scene = 1; scene <= 12; scene++)); do
            comes 20 "Scene $scene of " || break
            ! screen | grep -q 'shows the answer' || tm send-keys -t pdlab n
            sleep "${SCENE:-3}"
            screen >"$out/demo-$name-$scene.txt"
            ends && break
            tm send-keys -t pdlab n
        done
        judge "demo $name: reaches its last scene" ends
        grep -l "is not among\|RECORDED\|FAILED\|WRONG" "$out/demo-$name"-*.txt | sed 's/^/  see /' | tee -a "$table"
        quits "demo $name: quits" 10
    done
    tm kill-server 2>/dev/null
}

part_attach() {
    timeout 200 "$here/bench_explorer" "$pdlab" 9 persistent_decode_cuda persistent_decode_graph_chain 2>&1 | tee -a "$table"
}

# ---- data for verdicts ----------------------------------------------------------------------------

# repeated NAME REPEATS ARGUMENT...: measures FOLDER/NAME.json in fresh processes, unless it exists.
repeated() {
    local name=$1 repeats=$2
    shift 2
    [ -s "$out/$name.json" ] || expect "verdicts: $name" 0 "$pdlab" run --device "$device" --repeats "$repeats" \
        --iterations 2000 --out none --json "$out/$name.json" "$@"
}

# Measures data on false verdicts, on the smallest difference found, on the effect of telemetry, and on
# time slices as in the explorer. Files that FOLDER already has are not measured again.
part_verdicts() {
    local delay long="--seq-len 256"
    repeated pool 40 --targets persistent_decode_cuda,persistent_decode_graph_chain,attention_cp_async
    for delay in 0 600 1200; do
        # shellcheck disable=SC2086
        repeated delay-$delay 40 --targets cuda_delayed $long --copy-delay-ns $delay
    done
    say "verdicts: evaluate with bench_verdicts on the build machine" "pool.json, delay-*.json"
    repeated telemetry-on 10 --targets persistent_decode_cuda,attention_cp_async
    repeated telemetry-off 10 --targets persistent_decode_cuda,attention_cp_async --no-telemetry
    "$pdlab" compare "$out/telemetry-on.json" "$out/telemetry-off.json" | grep -E "^(variant|persistent|attention| +B)" | tee -a "$table"
    timeout 300 "$here/bench_live" "$out/turns.txt" "${LIVE_SECONDS:-40}" 3 persistent_decode_cuda persistent_decode_graph_chain | tee -a "$table"
    timeout 300 "$pdlab" doctor --device "$device" --noise | tee "$out/doctor.txt" | grep -iE "noise|measured" | tee -a "$table"
}

# Compares with tests/gpu/expect.json, the expectations of another machine. Without that file, first
# writes expectations to FOLDER, and compares with them.
part_expect() {
    local wanted=$here/tests/gpu/expect.json command=("$pdlab" run --device "$device" --iterations 2000 --out none
        --targets persistent_decode,attention_decode)
    nvidia-smi --query-gpu=name,uuid --format=csv,noheader | tee -a "$table"
    [ -s "$wanted" ] || wanted=$out/expect.json
    [ -s "$wanted" ] || expect "expectations are written" 0 "${command[@]}" --repeats 10 --expect-write "$out/expect.json"
    expect "expectations are met" 0 "${command[@]}" --repeats 5 --expect "$wanted"
    sed -n '/expected/,$p' "$out/log.txt" | tee -a "$table"
}

# ---- recordings -----------------------------------------------------------------------------------

# is_chosen NAME: whether ONLY, a regular expression, matches the name.
is_chosen() { [[ $1 =~ ${ONLY:-.} ]]; }

part_record() {
    local preset attention="--targets attention_decode --head-dim 128" llama="--model llama-1b --iterations 10"
    for preset in right-sized-small right-sized-medium right-sized-large; do
        is_chosen $preset || continue
        expect "record $preset" 0 "$pdlab" run --device "$device" --preset $preset --targets persistent_decode \
            --repeats 5 --iterations 400 --duration 3 --out none --record "$out/recordings/$preset.json"
    done
    if is_chosen step-sync; then
        expect "record the sweep of STEP_SYNC and NUM_PROGRAMS" 0 "$pdlab" sweep --device "$device" \
            --targets persistent_decode_cuda --repeats 5 --iterations 300 --out "$out" --record "$out/sweep.json" \
            --vary STEP_SYNC=none,block,cluster,flag,grid --vary NUM_PROGRAMS=1,2,4,8,16
        expect "record the variants that synchronise at the end of a kernel" 0 "$pdlab" run --device "$device" \
            --repeats 5 --iterations 300 --targets baseline_persistent_decode,persistent_decode_graph_chain \
            --out none --record "$out/ends.json"
        merge_recordings "$out/ends.json" "$out/sweep.json" "$out/recordings/step-sync.json"
    fi
    # Five shapes of attention with phases; the sixth, for the demo, without.
    record_shape attention-b1-128 --batch 1 --context 128 --iterations 60 --phases on
    record_shape attention-b1-512 --batch 1 --context 512 --iterations 60 --phases on
    record_shape attention-b1-8192 --batch 1 --context 8192 --iterations 30 --phases on
    record_shape attention-b8-1024 --batch 8 --context 1024 --iterations 30 --phases on
    record_shape attention-b64-128 --batch 64 --context 128 --iterations 60 --phases on
    record_shape attention-b8-8192 --batch 8 --context 8192 --iterations 30
    record_sweep attention-ragged "$attention" --batch 32 --context 4096 --vary CONTEXT_SPREAD=0,30,60,90 --iterations 20
    record_sweep attention-pages "$attention" --batch 8 --context 8192 --vary PAGE_SIZE=0,16,32,64,128,256 --iterations 20
    record_sweep attention-map "$attention" --vary BATCH=1,8,64,256 --vary CONTEXT=128,512,2048,8192 --iterations 12
    record_sweep model-llama-1b "--targets model_decode $llama" --vary BATCH=1,4 --vary CONTEXT=128,4096 --phases on
    record_sweep model-qwen3-0.6b "--targets model_decode --model qwen3-0.6b --iterations 10" --vary BATCH=1,4 \
        --context 128 --phases on
    record_sweep model-loads "--targets model_persistent_pipelined $llama" --batch 1 --context 128 \
        --vary LOADS_IN_FLIGHT=1,2,3,4,6,12
    ls -l "$out/recordings" | tee -a "$table"
}

# record_sweep NAME COMMON ARGUMENT...: records a sweep. COMMON is several arguments.
record_sweep() {
    local name=$1 common=$2
    shift 2
    is_chosen "$name" || return 0
    # shellcheck disable=SC2086
    expect "record $name" 0 "$pdlab" sweep --device "$device" $common "$@" --warmup 2 --out "$out" \
        --record "$out/recordings/$name.json"
}

# record_shape NAME ARGUMENT...: records all rungs of attention, and attention_tma once more without
# clusters.
record_shape() {
    local name=$1 common=(--device "$device" --head-dim 128 --repeats 5 --warmup 3 --out none)
    shift
    is_chosen "$name" || return 0
    expect "record $name" 0 "$pdlab" run "${common[@]}" --targets attention_decode "$@" --record "$out/shape.json"
    expect "record $name without clusters" 0 "$pdlab" run "${common[@]}" --targets attention_tma --step-sync flag "$@" \
        --record "$out/flag.json"
    merge_recordings "$out/shape.json" "$out/flag.json" "$out/recordings/$name.json"
}

# Records prefills beside a decode.
part_pairs() {
    local shaped="--prefill-streams 8 --stages 4 --tile-elems 4096"
    record_pairs prefill-simulated tma_prefill_decode "--prefill-streams 4 --iterations 300" \
        "--vary PREFILL_CHUNK_ELEMS=4096,16384,65536,262144" "--vary MAX_IN_FLIGHT=0,1,2,4"
    record_pairs prefill-native native_tma_prefill_decode "--prefill-streams 4 --tile-elems 1024 --stages 4 --iterations 300" \
        "--vary PREFILL_CHUNK_ELEMS=4096,16384,65536,262144" "--vary MAX_IN_FLIGHT=0,1,2,4"
    record_pairs prefill-shaped native_tma_prefill_decode "--prefill-chunks 32 --prefill-chunk-elems 16777216 --seq-len 4096 --graph-mode full $shaped --iterations 20 --repeats 5" \
        "" "--vary MAX_IN_FLIGHT=0,1,2,3,4,5,6,7,8"
    record_pairs prefill-by-token native_tma_prefill_decode "--prefill-chunks 32 --prefill-chunk-elems 16777216 --seq-len 512 --graph-mode piecewise $shaped --iterations 20" \
        "" "--vary PDL=off,on --vary MAX_IN_FLIGHT=0,1,2,3,4,5,6,7,8"
    ls -l "$out/recordings" | tee -a "$table"
}

# record_pairs NAME TARGET KNOBS SHARED OWN: records a sweep of the target's optimized variant over the
# knobs in SHARED and OWN, merged with its baseline, which reads only those in SHARED.
record_pairs() {
    local name=$1 target=$2 knobs=$3 shared=$4 own=$5 command=(sweep --out "$out")
    is_chosen "$name" || return 0
    # shellcheck disable=SC2086
    expect "record $name" 0 "$pdlab" "${command[@]}" --device "$device" --targets "optimized_$target" $knobs \
        --record "$out/burst.json" $shared $own
    knobs=$(printf '%s\n' "$knobs" | sed -E 's/--(prefill-streams|graph-mode) [^ ]+//g')
    [ -n "$shared" ] || command=(run --out none)
    # shellcheck disable=SC2086
    expect "record $name, baseline" 0 "$pdlab" "${command[@]}" --device "$device" --targets "baseline_$target" $knobs \
        --record "$out/baseline.json" $shared
    merge_recordings "$out/baseline.json" "$out/burst.json" "$out/recordings/$name.json"
}

# merge_recordings A B OUT: writes the runs of A and B as one recording.
merge_recordings() {
    python3 - "$@" <<'EOF'
import json, sys


def read(path):
    """A document whose runs are complete: copies the common values into each run."""
    document = json.load(open(path))
    common = document.pop("common", {})
    for run in document["runs"]:
        for key, value in common.items():
            if isinstance(value, dict):
                run[key] = value | run.get(key, {})
            else:
                run.setdefault(key, value)
    return document


both = read(sys.argv[1])
sweep = read(sys.argv[2])
both["runs"] += sweep["runs"]
kept = [document["octave_buckets"] for document in (both, sweep) if "octave_buckets" in document]
if kept:
    both["octave_buckets"] = min(kept)
json.dump(both, open(sys.argv[3], "w"), separators=(",", ":"))
EOF
    expect "compare $(basename "$3" .json) with a part of it" 0 "$pdlab" compare "$3" "$1" --force
}

for part in "${parts[@]}"; do
    echo "== $part"
    began=$SECONDS
    "part_$part"
    echo "== $part: $((SECONDS - began)) s"
done
echo
cat "$table"
! grep -q FAILED "$table"
