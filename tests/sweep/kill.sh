#!/bin/bash
# Kills a sweep at random moments and resumes it until it is complete, again and again: no file may be
# incomplete, and no finished point may be lost or measured again.
#
#     tests/sweep/kill.sh PDLAB [KILLS]
set -u

pdlab=$(realpath "${1:?usage: kill.sh PDLAB [KILLS]}")
kills=${2:-40}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder" || exit 1
for name in SEQ_LEN BATCH HEAD_DIM NUM_PROGRAMS BLOCK_K QUICK $(compgen -e PDLAB_); do
    unset "$name"
done

plan=(--targets persistent_decode --vary 'SEQ_LEN=1:32:x2' --vary 'BATCH=1:8:x2'
    --vary 'STEP_SYNC=none,flag,cluster' --iterations 20)
points=72

fail() {
    echo "FAIL after $killed kills: $1"
    exit 1
}

# check_files SWEEP: checks that every file has the name of a file of a sweep, or of a temporary one.
# Also checks that the summaries are complete, because a resume reads only the points and the plan.
check_files() {
    local odd
    odd=$(find "$1" -type f -regextype posix-extended ! -regex \
        '.*/(points/[0-9]{4}\.json|sweep\.json|summary\.(csv|svg))(\.[0-9a-f]{8})?')
    [ -z "$odd" ] || fail "unexpected $odd"
    [ -z "$(find "$1" -type f -name '*.????????')" ] || midway=$((midway + 1))
    [ ! -e "$1/summary.svg" ] || [ "$(tail -n 1 "$1/summary.svg")" = '</svg>' ] || fail "cut SVG"
    [ ! -e "$1/summary.csv" ] || [ -z "$(tail -c 1 "$1/summary.csv")" ] || fail "cut CSV"
}

# check_points SWEEP: checks that the points that were finished at the last check are unchanged.
check_points() {
    [ ! -e "$1.sums" ] || sha256sum --quiet -c "$1.sums" || fail "a finished point has changed"
    ! ls "$1"/points/????.json >"$1.list" 2>/dev/null || xargs sha256sum <"$1.list" >"$1.sums"
}

killed=0
midway=0
finished=0
sweeps=0
while [ "$killed" -lt "$kills" ]; do
    sweeps=$((sweeps + 1))
    sweep=sweep$sweeps
    mkdir "$sweep"
    while :; do
        "$pdlab" sweep "${plan[@]}" --resume "$sweep" >out 2>err </dev/null &
        job=$!
        if [ "$killed" -lt "$kills" ]; then
            # A third of the kills come early, while the folders and the plan are created.
            sleep "0.$(printf '%03d' $((RANDOM % (RANDOM % 3 ? 150 : 20))))"
            kill -KILL "$job" 2>/dev/null
        fi
        wait "$job" 2>/dev/null
        status=$?
        [ "$status" != 137 ] || killed=$((killed + 1))
        check_files "$sweep"
        check_points "$sweep"
        [ "$status" = 137 ] || break
    done
    [ "$status" = 0 ] || fail "status $status: $(cat err)"

    # Resuming the complete sweep reads every point, and leaves no temporary file.
    "$pdlab" sweep --resume "$sweep" >out 2>err </dev/null || fail "$(cat err)"
    check_points "$sweep"
    [ "$(wc -l <"$sweep.list")" = "$points" ] || fail "not $points points"
    [ "$(find "$sweep" -type f | wc -l)" = $((points + 3)) ] || fail "leftovers: $(find "$sweep")"
    [ "$(wc -l <"$sweep/summary.csv")" = $((points + 1)) ] || fail "rows are missing"
    finished=$((finished + points))
done
echo "sweep: killed $killed times, $midway of them while a file was written;" \
    "$finished points finished, none lost or broken"
