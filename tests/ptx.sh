#!/bin/bash
# Assembles each PTX file in the program, unless nvcc already has. In PTX for an old architecture, nvcc
# accepts instructions that ptxas, and so a user's driver, rejects. A file without PTX for 9.0 must not
# contain code for 9.0, because newer GPUs load its PTX for 8.0. Limits the number of kernels, and prints
# nvcc's time.
#
#     tests/ptx.sh NVCC FILE.80.ptx|FILE.90.ptx...
set -u

nvcc=$1
shift
if [ -z "$nvcc" ] || [ $# -eq 0 ]; then
    echo "ptx: skipped: no nvcc in CUDA_HOME, PATH or /usr/local/cuda, or nothing for it to compile"
    exit 0
fi
ptxas=$(dirname "$nvcc")/ptxas
# Counted by name: 149 kernels of dot and attention, 62 of the model. Compiling a kernel takes about
# half a second of one core per architecture. The 16 kernels of attention_cluster.cu, which share
# attention_tma's names, take nvcc 5 s each per architecture, and so do those of model_persistent and
# model_persistent_pipelined. The model's kernels for BATCH 1 and for BATCH 2 to 4 take 90 s. Their steps
# are up to 12 % shorter than those of kernels for any BATCH.
most_kernels=211
status=0

# is_assembled FILE: whether nvcc has assembled machine code from this PTX (nvcc -time lists its steps).
is_assembled() {
    local base=${1%.[0-9]*.ptx} arch
    arch=${1#"$base".}
    grep -qE ", ptxas ,.*(\.compute_${arch%.ptx}|/${base##*/})\.ptx" "$base.csv"
}

# Assembles the files that nvcc has not assembled, in parallel, the largest first. One GPU suffices
# (sm_100), because the PTX itself names the architecture whose instructions it may use. Skips
# optimisation, which takes most of the time and finds no errors.
# shellcheck disable=SC2012 # these names have no newlines
ls -S -- "$@" | while read -r file; do
    is_assembled "$file" || printf '%s\0' "$file"
done |
    xargs -0 -r -n 1 -P "$(nproc 2>/dev/null || echo 2)" sh -c '
        "$0" -O0 -arch sm_100 -o /dev/null "$1" || {
            echo "  FAIL  $1 does not assemble"
            exit 1
        }' "$ptxas" || status=1

for file; do
    name=$(basename "$file")
    case $file in *.90.ptx) continue ;; esac
    [[ " $* " == *" ${file%.80.ptx}.90.ptx "* ]] && continue
    if grep -q '9.0 has other instructions here' "$file" ||
        grep -qE '__CUDA_ARCH__|gpu_let_next_start|gpu_wait_for_previous' \
            "kernels/cuda/${name%.80.ptx}.cu"; then
        echo "  FAIL  ${name%.80.ptx}.cu differs between 8.0 and 9.0: PTX_80 in the Makefile may not have it"
        status=1
    fi
done

kernels=$(grep -ho '\.entry [^(]*' "$@" | sort -u | wc -l)
[ "$kernels" -le $most_kernels ] || {
    echo "  FAIL  $kernels kernels; at most $most_kernels"
    status=1
}

# nvcc -time: file, phase, input, output, architecture, tool, metric, unit
times=()
for file; do
    times+=("${file%.[0-9]*.ptx}.csv")
done
seconds=$(sort -u "${times[@]}" | awk -F, '$NF ~ /ms/ { sum += $(NF - 1) } END { printf "%.0f", sum / 1000 }')

[ $status -eq 0 ] &&
    echo "ptx: $# files assemble; $kernels kernels; compiling them took nvcc $seconds s of one core"
exit $status
