#!/bin/bash
# Assembles each PTX that the program carries for every kind of GPU that may get it: nvcc accepts in
# the PTX of an old architecture what ptxas, and so a user's driver, then rejects. Counts the kernels,
# and says how long nvcc took.
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
most_kernels=150
status=0

# assemble FILE SM...: without optimising, which is most of the time and refuses nothing
assemble() {
    local file=$1 sm
    shift
    for sm; do
        "$ptxas" -O0 -arch "sm_$sm" -o /dev/null "$file" || {
            echo "  FAIL  $file does not assemble for sm_$sm"
            status=1
        }
    done
}

for file; do
    case $file in
    *.80.ptx) assemble "$file" 80 90 100 ;;
    *.90.ptx) assemble "$file" 90 100 ;;
    esac
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
