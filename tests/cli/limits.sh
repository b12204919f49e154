# shellcheck shell=bash disable=SC2034,SC2154
# Limits of the machine: cores by affinity and quota, memory by a cgroup. run.sh reads this file, and
# defines what is used here. If no cgroup can be created, its part is skipped with a message;
# tests/unit/test_usable.c tests all cases with simulated folders.

uses() { # uses UNITS THREADS: whether the last run --json - has these numbers of cores and threads
    grep -q "\"units\":$1," stdout && grep -q "\"THREADS\":$2[,}]" stdout
}
measure=(run --quick --targets cpu_persistent --json - --out none)

first=$(taskset -cp $$ 2>/dev/null | sed 's/.*: *\([0-9]*\).*/\1/')
if [ "$first" ]; then
    there=(taskset -c "$first")
    run "${measure[@]}"
    check "taskset: one core, one thread" uses 1 1
    there=(env)
fi

# cgroup_with CONTROLLER: creates a cgroup with this controller; $cgroup is its folder.
cgroup_with() {
    local base
    for base in "/sys/fs/cgroup/$1" /sys/fs/cgroup; do
        [ "$base" = /sys/fs/cgroup ] && ! grep -qw "$1" "$base/cgroup.subtree_control" 2>/dev/null &&
            continue
        cgroup=$base/pdlab-test-$$
        mkdir "$cgroup" 2>/dev/null && return
    done
    echo "skip  cgroup of $1: none can be created here"
    return 1
}

# A shell that joins the cgroup and executes its arguments.
within=(sh -c 'echo $$ >"$0/cgroup.procs" && exec "$@"')

if cgroup_with cpu; then
    set_quota() { # set_quota MICROSECONDS of CPU time per 100 ms, in version 2 or 1 of cgroups
        if [ -e "$cgroup/cpu.max" ]; then
            echo "$1 100000" >"$cgroup/cpu.max"
        else
            echo "$1" >"$cgroup/cpu.cfs_quota_us"
        fi
    }
    for microseconds in 50000 150000; do
        set_quota $microseconds
        there=("${within[@]}" "$cgroup")
        run "${measure[@]}"
        check "quota of $microseconds us in 100000: one core, one thread" uses 1 1
        there=(env)
    done
    # The report names throttling by the quota beside a run's numbers, and so does a comparison.
    there=("${within[@]}" "$cgroup")
    set_quota 20000
    run run --targets cpu_persistent --duration 1 --iterations 0 --out none --json quota.json
    check "quota: the disturbed variant" prints "disturbed cpu_persistent: throttled in "
    check "quota: in the document" grep -q '"telemetry":{.*"throttled_periods":[1-9]' quota.json
    check "quota: its schema" fits quota.json pdlab.run.2
    succeeds "--no-telemetry" run --targets cpu_persistent --duration 1 --iterations 0 --out none --json unread.json \
        --no-telemetry
    check "--no-telemetry: no remark" not prints disturbed
    check "--no-telemetry: no telemetry in the document" not grep -q telemetry unread.json
    there=(env)
    run compare quota.json unread.json
    check "quota: compare names the disturbed variant" prints "disturbed cpu_persistent of A: throttled in "
    rmdir "$cgroup"
fi

# Tries again for 5 s, because the pages of a killed child are freed a moment later.
leave_cgroup() {
    local tries
    for tries in {1..50}; do
        rmdir "$cgroup" 2>/dev/null && return
        sleep 0.1
    done
}

if cgroup_with memory; then
    limit=memory.max
    [ -e "$cgroup/$limit" ] || limit=memory.limit_in_bytes
    echo $((512 << 20)) >"$cgroup/$limit"
    there=("${within[@]}" "$cgroup")
    refused 3 "within the cgroup's limit)" \
        run --targets cpu_persistent --batch 20 --seq-len 16384 --head-dim 256 --out none
    check "memory: the system's free memory, too" says "in the system, "
    run doctor --device cpu
    check "memory: doctor" grep -q '^memory .* free of .* (by the cgroup.s limit), ' stdout
    # Another process of the cgroup takes the memory that was free when this run started.
    "${there[@]}" "$pdlab" run --targets cpu_persistent --batch 5 --seq-len 16384 --head-dim 256 \
        --duration 60 --warmup 0 --iterations 0 --out none >stdout 2>stderr </dev/null &
    job=$!
    resident() { # KiB of the largest process in the cgroup
        local id
        for id in $(cat "$cgroup/cgroup.procs"); do
            sed -n 's/^VmRSS:[^0-9]*\([0-9]*\) kB/\1/p' "/proc/$id/status" 2>/dev/null
        done | sort -n | tail -n 1
    }
    until [ "$(resident)" -gt $((300 << 10)) ] 2>/dev/null || ! kill -0 $job 2>/dev/null; do
        sleep 0.1
    done
    "${within[@]}" "$cgroup" sh -c 'head -c 280m /dev/zero | tail -c 279m | wc -c' >hog 2>&1
    wait $job
    status=$?
    check "memory: the process is killed: status" is 1
    tr -s ' \n' '  ' <stdout >line
    check "memory: the process is killed: the reason" grep -q "its process was killed for memory" line
    there=(env)
    leave_cgroup
fi
