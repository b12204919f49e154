#!/bin/bash
# Looks at the sources without running them: format, the locale, clang-tidy, cppcheck.
#
#     tests/lint.sh COMPILER FLAG... -- SOURCE...
#
# clang-tidy and cppcheck pass over tests/unit: of Criterion's macros they find only what they
# expand to.
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
flags+=(-DPDLAB_VERSION='""' -DPDLAB_GIT_REVISION='""' -DPDLAB_DATE='""'
    -DPDLAB_NVCC='""' -DPDLAB_NCURSES='""')

status=0

clang-format --dry-run -Werror "${sources[@]}" "${headers[@]}" "${cuda[@]}" || status=1

# What the locale decides: src/base/text.h has letters of ASCII instead, and only the explorer sets
# a locale.
if grep -nE '#include <(ctype|wctype|strings)\.h>|\b(str(n)?casecmp|strcasestr|strcoll|setlocale) *\(' \
    "${plain[@]}" "${headers[@]}" | grep -vE '^(ui/terminal/terminal\.c:[0-9]+: *setlocale\(LC_CTYPE, ""\);|tests/|src/base/cluster\.c:[0-9]+:#include <wctype\.h>)'
then
    echo "lint: the lines above depend on the locale; src/base/text.h has what does not"
    status=1
fi

# It counts, on standard error, the warnings that it does not show.
# shellcheck disable=SC2016 # what is in single quotes is for the inner shell
printf '%s\0' "${plain[@]}" |
    xargs -0 -P "$jobs" -n 4 sh -c 'flags=$1; shift
        eval "clang-tidy --quiet \"\$@\" -- $flags" 2>/dev/null' tidy "${flags[*]@Q}" || status=1

# Not asked for: readdir_r, since no two threads read one folder's stream; and what cppcheck thinks
# of conditions kept in a variable, or of arrays filled by a loop that begins below 0.
cppcheck --quiet --suppress=readdirCalled --suppress=nullPointerRedundantCheck \
    '--suppress=uninitvar:tests/bench/*' \
    --error-exitcode=1 --inline-suppr --std=c11 --language=c -j "$jobs" \
    --enable=warning,performance,portability \
    --library=posix --library=gnu -D__x86_64__ -D_GNU_SOURCE \
    -DPDLAB_VERSION='""' -DPDLAB_GIT_REVISION='""' -DPDLAB_DATE='""' \
    -DPDLAB_NVCC='""' -DPDLAB_NCURSES='""' "${plain[@]}" || status=1

[ $status -eq 0 ] && echo "lint: nothing found in ${#sources[@]} files"
exit $status
