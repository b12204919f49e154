# shellcheck shell=bash disable=SC2034,SC2154
# The manual page and the completions that pdlab prints. run.sh reads this file, and defines what is
# used here. The tests of a shell or formatter that is not installed are skipped with a message.

with() { # with PROGRAM: whether PROGRAM is installed
    command -v "$1" >/dev/null && return
    echo "skip  $1 is not installed: its tests of the manual or the completions"
    return 1
}

run list --markdown
knob_flags=$(sed -n '/^| knob |/,/^$/s/^| \([A-Z][A-Z0-9_]*\) .*/\1/p' stdout | tr 'A-Z_' 'a-z-')
has_all_knobs() { # has_all_knobs FILE: whether FILE has every knob's flag, also as manual pages and fish spell it
    local flag
    for flag in $knob_flags; do
        sed 's/\\-/-/g' "$1" | grep -qE -- "(--|-l )$flag([^a-z-]|\$)" || return
    done
}
check "list --markdown: knobs" [ "$(wc -w <<<"$knob_flags")" -ge 35 ]
run --help knobs
check "--help knobs: has every knob" has_all_knobs stdout
for topic in man bash zsh fish; do
    quietly "--help $topic" --help $topic
    check "--help $topic: has every knob" has_all_knobs stdout
    cp stdout "pdlab.$topic"
done
refused 2 "there is help on keys, knobs, knob-schema, man, bash, zsh, fish, run" --help tcsh
full --help bash

# ---- the manual page -------------------------------------------------------------------------

for word in '\-\-until\-stable' '\-\-max\-capture\-seq' cpu_persistent attention_decode 'Ctrl\-Z' \
    launch\\-overhead 'EXIT STATUS'; do
    check "man: has $word" grep -qF -- "$word" pdlab.man
done
check "man: hides the variants that fail on purpose" bash -c '! grep -qE "fault_|\\bfault\\b" pdlab.man'
if with mandoc; then
    mandoc -T lint -W warning pdlab.man >warnings 2>&1
    check "man: mandoc has no complaint" silent warnings
fi
if with man; then
    LC_ALL=C.UTF-8 MANWIDTH=80 man --warnings -l pdlab.man >page 2>warnings
    check "man: man has no complaint" silent warnings
    check "man: a page" grep -q '^EXIT STATUS' page
fi

# ---- bash ------------------------------------------------------------------------------------

# offers LINE WORD...: bash's completions of the line contain each WORD, but not a WORD that begins with
# '!'. $options are commands that set the user's shell options; with any of them, only completions are
# printed.
options=:
offers() {
    local line=$1 word
    shift
    bash --norc --noprofile -c 'eval "$2"
        source ./pdlab.bash || exit 1
        complete -p pdlab >/dev/null || exit 1
        COMP_LINE=$1 COMP_POINT=${#1} COMPREPLY=(left)
        _pdlab
        ((${#COMPREPLY[@]} == 0)) || printf "%s\n" "${COMPREPLY[@]}"
        echo "ended well"' bash "$line" "$options" >offered 2>offered.errors
    silent offered.errors && grep -qx "ended well" offered || return 1
    for word; do
        if [ "${word#!}" != "$word" ]; then
            ! grep -qxF -- "${word#!}" offered || return 1
        else
            grep -qxF -- "$word" offered || return 1
        fi
    done
}
mkdir -p "$XDG_CONFIG_HOME/pdlab/presets"
: >"$XDG_CONFIG_HOME/pdlab/presets/of-mine.json"
: >'a file.json'
check "bash: commands" offers "pdlab " run replay help "!--ascii"
check "bash: the explorer's options" offers "pdlab --" --ascii --block-k --help "!--csv"
check "bash: a command's options" offers "pdlab run --" --csv --block-k --json "!--ascii"
check "bash: the beginning of an option" offers "pdlab run --js" --json "!--csv"
check "bash: knobs of verify" offers "pdlab verify --s" --seq-len --step-sync
check "bash: a knob's values" offers "pdlab --step-sync " auto flag grid
check "bash: a knob's values, begun" offers "pdlab run --step-sync fl" flag "!grid"
check "bash: a switch of a knob" offers "pdlab run --chain=" on off
check "bash: targets" offers "pdlab run --targets " persistent_decode cpu_graph "!cpu_fault_lost"
check "bash: targets after a comma" offers "pdlab run --targets cpu_graph,cpu_p" \
    cpu_graph,cpu_persistent "!cpu_graph,cpu_graph"
check "bash: presets, also the user's" offers "pdlab --preset " launch-overhead of-mine "a file.json"
check "bash: devices, where bash breaks words at a colon" offers "pdlab --device cuda:" 0 1
check "bash: knobs to vary" offers "pdlab sweep --vary SEQ" SEQ_LEN=
check "bash: files" offers "pdlab replay a" "a file.json"
check "bash: the file of an option, after =" offers "pdlab run --json=a" "a file.json"
check "bash: list's --json takes none" offers "pdlab list --json " --markdown "!a file.json"
check "bash: topics" offers "pdlab help " keys man sweep
check "bash: a number has no completions" offers "pdlab run --duration " "!--csv" "!left"
# Quoted and escaped words that are not complete yet.
mkdir 'a folder'
: >'a folder/a "quoted" [1].json'
: >"$XDG_CONFIG_HOME/pdlab/presets/of my own.json"
# shellcheck disable=SC1003 # a literal backslash
for begun in 'a\ f' '"a f' "'a f" 'a" f' 'a\ folder'; do
    check "bash: $begun" offers "pdlab replay $begun" "a folder"
done
check "bash: below a folder with a blank" offers 'pdlab replay "a folder/a \"' 'a folder/a "quoted" [1].json'
check "bash: a preset with blanks" offers 'pdlab --preset of\ m' "of my own" "!of-mine" "!my"
check "bash: after a word in quotes" offers "pdlab run --json 'a b' --targets cpu_g" cpu_graph
check "bash: many blanks" offers "  pdlab   run   --js" --json

# Completions must not change the options of the user's shell.
for options in 'shopt -s failglob' 'shopt -s nullglob' 'set -u' 'set -e' 'set -C' 'set -f' \
    'set -euo pipefail; shopt -s failglob inherit_errexit; unset HOME XDG_CONFIG_HOME COMP_WORDBREAKS' \
    'IFS=_' 'shopt -s nocasematch extglob dotglob' 'CDPATH=/:/tmp; set -o posix; set +o posix'; do
    check "bash: $options: commands" offers "pdlab r" run replay
    check "bash: $options: options" offers "pdlab run --js" --json "!--csv"
    check "bash: $options: values" offers "pdlab run --step-sync fl" flag "!grid"
    check "bash: $options: targets" offers "pdlab run --targets cpu_graph,cpu_p" \
        cpu_graph,cpu_persistent
    check "bash: $options: presets" offers "pdlab --preset " launch-overhead "a file.json"
    check "bash: $options: no preset" offers "pdlab --preset nothing-begins-so"
    check "bash: $options: files" offers "pdlab replay a" "a file.json" "a folder"
    check "bash: $options: no file" offers "pdlab replay nothing-begins-so"
    check "bash: $options: folders" offers "pdlab run --out a" "a folder" "!a file.json"
    check "bash: $options: a number has no completions" offers "pdlab run --duration " "!left"
    check "bash: $options: knobs" offers "pdlab sweep --vary SEQ" SEQ_LEN=
    check "bash: $options: topics" offers "pdlab help k" keys
done
options=:
mv "$XDG_CONFIG_HOME" 'a folder/config [x]'
export XDG_CONFIG_HOME="$folder/a folder/config [x]"
check "bash: presets below a folder with a blank" offers "pdlab --preset of" of-mine "of my own"
check "pdlab: presets below a folder with a blank" [ -z "$("$pdlab" --preset of-mine 2>&1 </dev/null | grep 'no preset')" ]

# ---- zsh, fish -------------------------------------------------------------------------------

if with zsh; then
    check "zsh: its syntax" zsh -f -n pdlab.zsh
    # shellcheck disable=SC2016 # zsh expands the variables
    check "zsh: without compinit, a message" [ "$(zsh -f -u -c 'source ./pdlab.zsh' 2>&1)" = \
        "pdlab: completions need compinit: run it before this file is sourced" ]
    # shellcheck disable=SC2016 # zsh expands the variables
    check "zsh: registered for pdlab, with the user's options" zsh -f -euC -c '
        autoload -Uz compinit && compinit -u -D
        source ./pdlab.zsh && [[ $_comps[pdlab] == _pdlab ]]'
    # shellcheck disable=SC2016 # zsh expands the variables
    check "zsh: registered for pdlab" zsh -f -c 'autoload -Uz compinit && compinit -u -D
        source ./pdlab.zsh && [[ $_comps[pdlab] == _pdlab ]]'
fi
if with fish; then
    check "fish: its syntax" fish --no-config -n pdlab.fish
    offered_by_fish() { # offered_by_fish LINE WORD
        fish --no-config -c "source ./pdlab.fish; complete -C '$1'" 2>/dev/null | cut -f 1 |
            grep -qxF -- "$2"
    }
    check "fish: commands" offered_by_fish "pdlab r" replay
    check "fish: a command's options" offered_by_fish "pdlab run --js" --json
    check "fish: a knob's values" offered_by_fish "pdlab verify --step-sync " flag
    check "fish: targets after a comma" offered_by_fish "pdlab run --targets cpu_graph,cpu_p" \
        cpu_graph,cpu_persistent
    check "fish: a preset with blanks" offered_by_fish "pdlab --preset of" "of my own"
    check "fish: presets without a folder of the user" eval "XDG_CONFIG_HOME=/proc/none \
        offered_by_fish 'pdlab --preset q' quick"
    check "fish: a path with blanks" offered_by_fish "pdlab replay a" "a folder/"
    check "fish: not another command's" not offered_by_fish "pdlab list --c" --csv
fi

# ---- make install ----------------------------------------------------------------------------

# The Makefile's own list of installed files; a bundle has no Makefile.
makefile=$(realpath -m "$parts/../../Makefile")
if [ -f "$makefile" ] && command -v make >/dev/null; then
    env -u MAKEFLAGS -u MAKELEVEL make -s -C "$(dirname "$makefile")" -o all install DESTDIR="$folder/root" PREFIX=/usr \
        BUILD="$(dirname "$pdlab")" >stdout 2>stderr
    status=$?
    check "make install: status" is 0
    for file in bin/pdlab share/man/man1/pdlab.1 share/bash-completion/completions/pdlab \
        share/zsh/site-functions/_pdlab share/fish/vendor_completions.d/pdlab.fish; do
        check "make install: $file" [ -s "root/usr/$file" ]
    done
    check "make install: the manual" cmp -s root/usr/share/man/man1/pdlab.1 pdlab.man
    rm -rf root
fi
