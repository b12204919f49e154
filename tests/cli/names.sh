# shellcheck shell=bash disable=SC2154 # run.sh defines what is used here
#
# Names with escape sequences, newlines, overrides of the writing direction and invalid UTF-8: no
# command prints them unescaped, and documents that contain them are well-formed.

odd=$'x\e[31m\e]0;t\a\n\r\u202e\u2066\u200b\u2028\u009by\xff\xc2z'
mkdir names
"$pdlab" run --quick --out none --targets cpu_graph,cpu_per_token --record names/base.rec >/dev/null
cp names/base.rec "names/$odd.rec"

# Both output streams are UTF-8 text without control characters (except newlines), invisible characters,
# or characters that change the writing direction.
harmless() {
    python3 - stdout stderr <<'PYTHON'
import sys, unicodedata
for name in sys.argv[1:]:
    text = open(name, "rb").read().decode("utf-8")
    bad = {c for c in text if c not in "\n" and unicodedata.category(c) in ("Cc", "Cf", "Zl", "Zp", "Cs")}
    if bad:
        print(name, [hex(ord(c)) for c in bad])
        sys.exit(1)
PYTHON
}
shows() { # shows STATUS ARGUMENT...: checks that output is harmless, and an error is one line
    local expected=$1
    shift
    run "$@"
    check "an odd name, ${*//[^a-zA-Z0-9 ._=-]/?}: status" is "$expected"
    check "an odd name, ${*//[^a-zA-Z0-9 ._=-]/?}: harmless" harmless
    [ "$expected" = 0 ] ||
        check "an odd name, ${*//[^a-zA-Z0-9 ._=-]/?}: one line" [ "$(wc -l <stderr)" = 1 ]
}

shows 0 replay --plain "names/$odd.rec"
shows 0 replay "names/$odd.rec"
shows 2 replay "names/$odd"
shows 2 replay "$odd"
shows 0 compare "names/$odd.rec" names/base.rec
shows 0 compare --json "names/$odd.rec" names/base.rec
shows 2 compare "names/$odd.rec" "names/$odd"
mkdir "names/empty$odd"
shows 2 compare names/base.rec "names/empty$odd"
shows 0 run --quick --targets cpu_graph --out "names/$odd.out"
shows 0 run --quick --targets cpu_graph --out none --json "names/$odd.json" --csv "names/$odd.csv" \
    --record "names/$odd.new"
shows 1 run --quick --out none --json "names/$odd.rec/x"
shows 2 run --quick --out none --json "names/$odd.rec" --csv "names/../names/$odd.rec"
shows 2 run --quick --out none --expect "names/$odd.rec"
shows 2 run --preset "names/$odd.json"
shows 2 run --preset "$odd"
shows 2 run --targets "$odd"
shows 2 run --device "$odd"
shows 2 run --seq-len "$odd"
shows 2 run "--$odd"
shows 2 run "$odd"
shows 2 "$odd"
shows 2 help "$odd"
shows 2 demo "$odd"
shows 2 demo --check "./$odd"
shows 2 --theme "$odd"
shows 2 sweep --vary "$odd"
shows 2 sweep --vary SEQ_LEN=4 --shard "$odd"
shows 0 sweep --vary SEQ_LEN=4,8 --quick --targets cpu_graph --resume "names/$odd.sweep" \
    --record "names/$odd.all"
shows 0 sweep --resume "names/$odd.sweep"
shows 2 sweep --resume "names/$odd.none"
echo '{' >"names/$odd.sweep/sweep.json"
shows 2 sweep --resume "names/$odd.sweep"
PDLAB_SEQ_LEN=$odd shows 2 run
XDG_CACHE_HOME="$folder/names/$odd.cache" shows 0 doctor --device cpu
XDG_CONFIG_HOME="$folder/names/$odd.config" shows 0 list
mkdir -p "names/config/pdlab/presets"
: >"names/config/pdlab/presets/$odd.json"
XDG_CONFIG_HOME="$folder/names/config" shows 0 list

# A document may contain characters that a terminal must not get, if they are escaped as JSON.
sed 's/"name":"[^"]*"/"name":"=A\\u202eB\\u200b,\\"C\\u2028"/' names/base.rec >names/told.rec
shows 0 replay --plain names/told.rec
shows 0 compare names/told.rec names/base.rec
shows 0 compare --json names/told.rec names/base.rec
check "a document's name: in compare's JSON" python3 -c 'import json
assert "\u202e" in json.dumps(json.load(open("stdout")), ensure_ascii=False)'
sed 's/"name":"[^"]*"/"name":"\\ud800"/' names/base.rec >names/lone.rec
shows 2 replay names/lone.rec

rm -rf names
