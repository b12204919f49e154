#!/bin/bash
# Runs presets/slurm/sweep.sbatch on a real Slurm with this machine as its only node. The daemons use a
# temporary folder and end with the test. If Slurm (Debian's slurm-wlm and munge) cannot be installed or
# started, the test is skipped with a message.
#
#     tests/sweep/slurm.sh PDLAB
set -u

pdlab=$(realpath "${1:?usage: slurm.sh PDLAB}")
root=$(realpath "$(dirname "$0")/../..")
sbatch_file=$root/presets/slurm/sweep.sbatch
PATH=$PATH:/usr/sbin:/sbin

skip() {
    echo "slurm: skipped: $1"
    exit 0
}

[ "$(id -u)" = 0 ] || skip "slurmd needs root to start jobs"
said=$("$root/.ci/need" slurm 2>&1) || skip "$(tail -n 1 <<<"$said")"
for name in SEQ_LEN BATCH HEAD_DIM NUM_PROGRAMS BLOCK_K QUICK $(compgen -e PDLAB_); do
    unset "$name"
done

folder=$(mktemp -d)
pids=()
stop() {
    for pid in "${pids[@]}"; do
        kill "$pid" 2>/dev/null
    done
    wait
    rm -rf "$folder"
}
trap stop EXIT
cd "$folder" || exit 1

fail() {
    echo "slurm: FAIL: $1"
    tail -n 15 slurmctld.log slurmd.log ./*.out 2>/dev/null
    exit 1
}

# start NAME COMMAND...: runs a daemon in the foreground, as a job of this shell
start() {
    local name=$1
    shift
    "$@" >"$name.log" 2>&1 </dev/null &
    pids+=($!)
}

# until_true SECONDS COMMAND...: whether the command succeeds within SECONDS
until_true() {
    local left=$(($1 * 5))
    shift
    until "$@" >/dev/null 2>&1; do
        left=$((left - 1))
        [ "$left" -gt 0 ] || return 1
        sleep 0.2
    done
}

free_port() {
    local port
    while :; do
        port=$((20000 + RANDOM % 20000))
        (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || break
    done
    echo "$port"
}

# munged requires folders that only its user can write.
chmod 755 "$folder"
mkdir -m 755 munge
mkdir spool state
(umask 077 && head -c 128 /dev/urandom >munge/key)
start munged munged --foreground --force --key-file="$folder/munge/key" \
    --socket="$folder/munge/socket" --pid-file="$folder/munge/pid" \
    --log-file="$folder/munge/log" --seed-file="$folder/munge/seed"
until_true 10 test -S munge/socket || skip "munged does not start: $(tail -n 1 munged.log)"

host=$(hostname -s)
export SLURM_CONF=$folder/slurm.conf
cat >slurm.conf <<CONF
ClusterName=pdlab
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=$(free_port)
SlurmdPort=$(free_port)
SlurmUser=root
AuthType=auth/munge
AuthInfo=socket=$folder/munge/socket
CredType=cred/munge
StateSaveLocation=$folder/state
SlurmdSpoolDir=$folder/spool
SlurmctldPidFile=$folder/slurmctld.pid
SlurmdPidFile=$folder/slurmd.pid
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
MpiDefault=none
ReturnToService=2
SchedulerParameters=sched_interval=1
SelectType=select/cons_tres
NodeName=$host NodeAddr=127.0.0.1 CPUs=$(nproc) State=UNKNOWN
PartitionName=all Nodes=$host Default=YES MaxTime=10 State=UP
CONF

start slurmctld slurmctld -D
until_true 20 scontrol ping || skip "slurmctld does not start: $(tail -n 1 slurmctld.log)"
start slurmd slurmd -D
node_is_idle() { sinfo -h -o %T | grep -qx idle; }
until_true 20 node_is_idle || skip "slurmd does not start: $(tail -n 1 slurmd.log)"

# ---- three shards and a merge --------------------------------------------------------------------

export PDLAB=$pdlab
plan=(--targets persistent_decode --vary SEQ_LEN=4:64:x2 --vary BATCH=1,2 --iterations 10)
no_jobs() { [ -z "$(squeue -h)" ]; }
wait_for_jobs() { until_true 120 no_jobs || fail "the jobs do not end: $(squeue)"; }

id=$(sbatch --parsable --array=1-3 --output=shard-%a.out "$sbatch_file" "${plan[@]}") ||
    fail "sbatch refused the array"
merge=$(sbatch --parsable --dependency="afterok:$id" --output=merge.out "$sbatch_file" \
    merge "$id") || fail "sbatch refused the merge"
wait_for_jobs
scontrol show job "$merge" | grep -q JobState=COMPLETED || fail "the merge did not complete"

sweep=artifacts/slurm-$id
[ "$(find "$sweep/points" -name '????.json' | wc -l)" = 10 ] || fail "not 10 points"
[ "$(find "$sweep" -type f | wc -l)" = 13 ] || fail "more or less than 10 points and 3 files"
[ "$(wc -l <"$sweep/summary.csv")" = 31 ] || fail "not a row per variant and point"
for shard in 1 2 3; do
    # Shard I of 3 measures points I, I + 3, I + 6 ...
    [ "$(awk '/^ [0-9][0-9][0-9][0-9] / { print ($1 - 1) % 3 + 1 }' "shard-$shard.out" | sort -u)" = "$shard" ] ||
        fail "shard $shard measured points of another shard"
done

# ---- single tasks, submitted again ---------------------------------------------------------------

# Task 3 of 0-3 measures points 4, 8 ... Submitted again, alone or with task 1, it measures only the
# missing point 4.
id=$(sbatch --parsable --array=0-3 --output=part-%a.out "$sbatch_file" "${plan[@]}") ||
    fail "sbatch refused the second array"
wait_for_jobs
sweep=artifacts/slurm-$id
for tasks in 3 1,3; do
    rm "$sweep/points/0004.json"
    SWEEP_FOLDER=$sweep sbatch --parsable --array=$tasks --output="again-$tasks-%a.out" \
        "$sbatch_file" "${plan[@]}" >/dev/null || fail "sbatch refused --array=$tasks"
    wait_for_jobs
    [ "$(awk '/^ [0-9][0-9][0-9][0-9] / { print $1 + 0 }' again-$tasks-*.out | sort -u)" = 4 ] ||
        fail "--array=$tasks did not measure point 4 alone"
done
echo "slurm: 10 points by 3 shards of a job array, merged; and task 3 of 4 submitted again"
