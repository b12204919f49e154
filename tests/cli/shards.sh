# shellcheck shell=bash disable=SC2154 # run.sh defines what is used here
#
# A sweep as a Slurm job array, with the variables that Slurm sets; sweep/slurm.sh has a real one.

sbatch_file=$(realpath -m "$parts/../../presets/slurm/sweep.sbatch")
plan=(--targets cpu_graph --quick --vary "SEQ_LEN=1:12:+1")

# task ID MIN MAX COUNT ARGUMENT...: runs pdlab as a task of the array with these numbers
task() {
    SLURM_ARRAY_JOB_ID=7 SLURM_ARRAY_TASK_ID=$1 SLURM_ARRAY_TASK_MIN=$2 SLURM_ARRAY_TASK_MAX=$3 \
        SLURM_ARRAY_TASK_COUNT=$4 run "${@:5}"
}
measured() { grep -oE '^ 00[0-9]{2}' stdout | tr -d ' \n'; } # prints the task's points
part() { # part NAME POINTS ID MIN MAX COUNT: checks that the task measures POINTS
    local name=$1 points=$2
    shift 2
    task "$@" sweep --resume array --shard slurm "${plan[@]}"
    check "$name: status" is 0
    check "$name: its points" [ "$(measured)" = "$points" ]
}

# --array=0-3, of which two tasks are interrupted; then --array=3 and --array=1,3 measure the missing
# points.
part "task 0 of 0-3" 000100050009 0 0 3 4
check "the plan remembers the array" fits array/sweep.json pdlab.sweep.1
check "the plan remembers the array" grep -q '"shards":{"count":4,"first":0,"step":1}' array/sweep.json
part "task 2 of 0-3" 000300070011 2 0 3 4
part "task 3, alone" 000400080012 3 3 3 1
rm array/points/0008.json
part "task 3 of 1,3" 0008 3 1 3 2
part "task 1 of 1,3" 000200060010 1 1 3 2
part "task 1 again" "" 1 1 1 1
task 4 1 8 8 sweep --resume array --shard slurm "${plan[@]}"
check "a task of another array: status" is 2
check "a task of another array: one line" one_line
check "a task of another array: the message" \
    says "task 4 is not a task that the sweep began with: --array=0-3"
refused 2 "the sweep began in 4 shards, not 8: --shard takes I/4" sweep --resume array --shard 1/8
refused 2 "SLURM_ARRAY_TASK_ID is not set" sweep --resume array --shard slurm
succeeds "a shard by its number" sweep --resume array --shard 2/4
succeeds "the merge" sweep --resume array
check "the merge: all points" [ "$(ls array/points | wc -l)" = 12 ]
check "the merge: no point is measured" [ -z "$(measured)" ]
rm -rf array

part "task 6 of 2-6:2" 000300060009"0012" 6 2 6 3
part "task 4 of 2-6:2, alone" 000200050008"0011" 4 4 4 1
task 3 3 3 1 sweep --resume array --shard slurm "${plan[@]}"
check "task 3 of 2-6:2: status" is 2
rm -rf array
task 2 1 4 3 sweep --resume array --shard slurm "${plan[@]}"
check "an unevenly numbered first array: status" is 2
check "an unevenly numbered first array: the message" says "evenly numbered tasks"
check "an unevenly numbered first array: no folder" [ ! -e array ]
part "an array of one" 000100020003000400050006000700080009001000110012 5 5 5 1
rm -rf array

# The plan also remembers the number of shards.
succeeds "--shard 2/4" sweep --resume array --shard 2/4 "${plan[@]}"
refused 2 "the sweep began in 4 shards, not 3" sweep --resume array --shard 2/3
rm -rf array

if [ -f "$sbatch_file" ]; then
    PDLAB=$pdlab SLURM_ARRAY_JOB_ID=7 SLURM_ARRAY_TASK_ID=0 SLURM_ARRAY_TASK_MIN=0 \
        SLURM_ARRAY_TASK_MAX=1 SLURM_ARRAY_TASK_COUNT=2 bash "$sbatch_file" "${plan[@]}" \
        >stdout 2>stderr
    status=$?
    check "sweep.sbatch, task 0: status" is 0
    PDLAB=$pdlab SWEEP_FOLDER=artifacts/slurm-7 SLURM_ARRAY_JOB_ID=8 SLURM_ARRAY_TASK_ID=1 \
        SLURM_ARRAY_TASK_MIN=1 SLURM_ARRAY_TASK_MAX=1 SLURM_ARRAY_TASK_COUNT=1 \
        bash "$sbatch_file" "${plan[@]}" >stdout 2>stderr
    status=$?
    check "sweep.sbatch, task 1 submitted again: status" is 0
    check "sweep.sbatch, task 1 submitted again: its points" \
        [ "$(measured)" = 000200040006000800100012 ]
    PDLAB=$pdlab bash "$sbatch_file" merge 7 >stdout 2>stderr
    status=$?
    check "sweep.sbatch merge: status" is 0
    check "sweep.sbatch merge: no point is measured" [ -z "$(measured)" ]
    rm -rf artifacts
fi
