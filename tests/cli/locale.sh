# shellcheck shell=bash disable=SC2034,SC2154
# pdlab reads and prints the same bytes in every locale. run.sh reads this file, and defines what is
# used here. The test builds the locales, and skips those whose sources are not installed, with a
# message.

# make_locale NAME: for example tr_TR.UTF-8.
make_locale() {
    local language=${1%%.*} charmap=${1#*.}
    [ -e "/usr/share/i18n/locales/$language" ] && command -v localedef >/dev/null || {
        echo "skip  locale $1: its sources are not installed"
        return 1
    }
    localedef --no-archive -c -i "$language" -f "$charmap" "$folder/locales/$1" >/dev/null 2>&1
    [ -e "$folder/locales/$1/LC_CTYPE" ] || {
        echo "skip  locale $1: localedef did not make it"
        return 1
    }
}

# Prints the output of commands that print the same at any time.
print_all() {
    local command
    while read -r command; do
        echo "== $command"
        # shellcheck disable=SC2086 # a line is split into arguments
        "${there[@]}" timeout 60 "$pdlab" $command 2>&1 </dev/null
        echo "== $?"
    done <<'EOF'
--help
run --help
--help keys
--help knobs
--help man
--help bash
--help zsh
--help fish
list --markdown
list --all
verify --iterations 1
run --iteratons 1
run --ITERATIONS 1
run --quick --duration 0,5
run --targets CPU_PERSISTENT
run --preset LAUNCH-OVERHEAD
run --kv-stages i
sweep --vary BATCH=1,5:2
sweep --vary BATCH=1:8:x1,5
replay points.json --plain --iterations
demo --check mistake.json
EOF
}

# Numbers in documents have a decimal point, never a comma, and only ASCII digits.
plain_numbers() {
    ! LC_ALL=C grep -q '[^ -~]' one.json && ! LC_ALL=C grep -qE '"[a-z0-9_]+":[0-9]+,[0-9]' one.json &&
        LC_ALL=C grep -qE '"[a-z0-9_]+":[0-9]+\.[0-9]' one.json && is_json one.json pdlab.run/2
}

printf '{"schema":"pdlab.demo/1","title":"T","preset":"QUICK","seconds":1,5}' >mistake.json
mkdir locales
export LOCPATH="$folder/locales"
print_all >printed
for name in C.UTF-8 POSIX tr_TR.UTF-8 tr_TR.ISO-8859-9 de_DE.UTF-8 ja_JP.EUC-JP ar_EG.UTF-8 \
    hi_IN.UTF-8 xx_XX.UTF-8; do
    case $name in
    C.UTF-8 | POSIX | xx_*) ;;
    *) make_locale "$name" || continue ;;
    esac
    there=(env LC_ALL="$name" LANGUAGE=tr)
    print_all >printed-there
    check "$name: the same output" cmp -s printed printed-there
    run run --quick --ITERATIONS=3
    check "$name: --ITERATIONS is no option" says "'--ITERATIONS'; did you mean --iterations?"
    succeeds "$name: run" run --quick --iterations 20 --duration 20.5 --chain ON --step-sync AUTO --json one.json \
        --out none
    check "$name: run: numbers of the document" plain_numbers
    check "$name: run: numbers of the table" bash -c '! LC_ALL=C grep -E "[0-9],[0-9]+ [num]?s" stdout'
    PDLAB_STEP_SYNC=FLAG run run --quick --targets cpu_persistent --json - --out none
    check "$name: a variable and its value" grep -q '"STEP_SYNC":"flag"' stdout
    succeeds "$name: sweep" sweep --quick --iterations 2 --targets cpu_graph --vary SEQ_LEN=4:9:x1.5 \
        --resume "locale-$name"
    check "$name: sweep: points" [ -e "locale-$name/points/0003.json" ]
done
unset LOCPATH
there=(env)
