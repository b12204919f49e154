#!/bin/bash
# Checks which architectures `make GPUS=...` compiles for, by a dry run, and what .ci/gpus.c prints.
#
#     tests/gpus.sh NVCC
set -u

[ "$1" ] || {
    echo "gpus: skipped: no nvcc in CUDA_HOME, PATH or /usr/local/cuda"
    exit 0
}
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
status=0

# compiles GPUS FILE EXPECTED: checks nvcc's -gencode options for that file, in order.
compiles() {
    local is
    is=$(MAKEFLAGS='' make -n BUILD="$work" GPUS="$1" "$work/kernels/cuda/$2.o" 2>/dev/null |
        grep -o 'arch=compute_[^ ]*' | sed 's/arch=compute_//; s/,code=/>/' | paste -sd' ')
    [ "$is" = "$3" ] && return
    echo "  FAIL  GPUS=$1 compiles $2.cu for '$is', expected '$3'"
    status=1
}
compiles all attention_tma '80>compute_80 90>compute_90 90>sm_90a'
compiles all attention_persistent '80>compute_80 80>sm_90a'
compiles 8.6 attention_tma '80>sm_86'
compiles 9.0 attention_tma '90>sm_90a'
compiles 9.0 attention_persistent '80>sm_90a'
compiles 12.0 attention_tma '90>sm_120'
compiles 99.0 attention_tma '90>compute_90'
compiles '9.0 7.5 8.0' per_token '80>sm_80 90>sm_90a'

for gpus in none 7.5; do
    MAKEFLAGS='' make -n BUILD="$work" GPUS=$gpus all 2>/dev/null >"$work/log"
    if grep -q "$1" "$work/log" || ! grep -q 'without the CUDA variants: no GPU of compute capability 8.0 or later is here; make run GPUS=all compiles them"' "$work/log"; then
        echo "  FAIL  GPUS=$gpus calls nvcc, or does not say that it builds no CUDA variants"
        status=1
    fi
done

# Simulates a driver with three GPUs: 9.0, 9.0, 8.6. Attribute 75 is the major number.
cat >"$work/driver.c" <<'EOF'
int cuInit(unsigned flags) { return (int)flags; }
int cuDeviceGetCount(int *count) { *count = 3; return 0; }
int cuDeviceGetAttribute(int *value, int which, int device)
{
    *value = which == 75 ? (device == 2 ? 8 : 9) : device == 2 ? 6 : 0;
    return 0;
}
EOF
mkdir "$work/lib"
cc -o "$work/gpus" .ci/gpus.c -ldl && cc -shared -fPIC -o "$work/lib/libcuda.so.1" "$work/driver.c" || exit 1
is=$(LD_LIBRARY_PATH=$work/lib "$work/gpus")
here=$("$work/gpus")
if [ "$is" != '9.0 8.6' ] || ! grep -qE '^(none|[0-9]+\.[0-9]( [0-9]+\.[0-9])*)$' <<<"$here"; then
    echo "  FAIL  .ci/gpus.c prints '$here' here, and '$is' with a driver of GPUs 9.0, 9.0 and 8.6"
    status=1
fi
[ $status -eq 0 ] && echo "gpus: every kind of GPU gets its architectures; GPUs here: $here"
exit $status
