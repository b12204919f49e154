#!/bin/bash
# Static checks of the sources: format, calls that depend on the locale, clang-tidy, cppcheck.
#
#     tests/lint.sh COMPILER FLAG... -- SOURCE...
#
# clang-tidy and cppcheck skip tests/unit, because they complain about the expansions of Criterion's
# macros.
set -u

flags=()
shift
while [ "$1" != -- ]; do
    flags+=("$1")
    shift
done
shift
sources=("$@")
plain=()
for source in "${sources[@]}"; do
    case $source in tests/unit/*) ;; *) plain+=("$source") ;; esac
done
shopt -s nullglob
headers=(kernels/*.h kernels/*/*.h src/*/*.h ui/*.h ui/*/*.h tests/*/*.h)
cuda=(kernels/*/*.cu kernels/*/*.cuh tests/*/*.cu)
jobs=$(nproc 2>/dev/null || echo 2)
stamps=(-DPDLAB_VERSION='""' -DPDLAB_GIT_REVISION='""' -DPDLAB_DATE='""' -DPDLAB_NVCC='""'
    -DPDLAB_NCURSES='""')
flags+=("${stamps[@]}")

status=0

clang-format --dry-run -Werror "${sources[@]}" "${headers[@]}" "${cuda[@]}" || status=1

# Functions that depend on the locale: use the ASCII functions of src/base/text.h instead. Only the
# explorer sets a locale.
if grep -nE '#include <(ctype|wctype|strings)\.h>|\b(str(n)?casecmp|strcasestr|strcoll|setlocale) *\(' \
    "${plain[@]}" "${headers[@]}" | grep -vE '^(ui/terminal/terminal\.c:[0-9]+: *setlocale\(LC_CTYPE, ""\);|tests/|src/base/cluster\.c:[0-9]+:#include <wctype\.h>)'
then
    echo "lint: the lines above depend on the locale: use src/base/text.h"
    status=1
fi

# On standard error, clang-tidy only counts suppressed warnings.
# shellcheck disable=SC2016 # the inner shell expands the variables
printf '%s\0' "${plain[@]}" |
    xargs -0 -P "$jobs" -n 4 sh -c 'flags=$1; shift
        eval "clang-tidy --quiet \"\$@\" -- $flags" 2>/dev/null' tidy "${flags[*]@Q}" || status=1

# Suppressed: readdir_r, because no two threads read the same directory stream; and false positives for
# conditions kept in a variable and for arrays filled by a loop that starts below 0.
cppcheck --quiet --suppress=readdirCalled --suppress=nullPointerRedundantCheck \
    '--suppress=uninitvar:tests/bench/*' \
    --error-exitcode=1 --inline-suppr --std=c11 --language=c -j "$jobs" \
    --enable=warning,performance,portability \
    --library=posix --library=gnu -D__x86_64__ -D_GNU_SOURCE "${stamps[@]}" "${plain[@]}" || status=1

[ $status -eq 0 ] && echo "lint: nothing found in ${#sources[@]} files"
exit $status
