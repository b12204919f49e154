# shellcheck shell=bash disable=SC2034,SC2154 # run.sh defines what is used here
#
# Outputs that cannot be written, and one file named twice, are refused before anything is measured, and
# no file is created or changed. Then unreadable inputs, FIFOs, full disks, limits and small stacks.

mkdir elsewhere
cd elsewhere || exit 1
"$pdlab" run --quick --out none --targets cpu_graph --record base.rec --json base.json >/dev/null
cp base.rec kept.rec
echo text >plain
mkdir here
mkfifo fifo
ln -s here to-here
ln -s base.rec to-base
ln base.rec hard
ln -s here/new to-new
quick=(--quick --out none --targets cpu_graph)
listing() { find . ! -name 'std*' | sort | xargs ls -di | sha256sum; }

# untouched STATUS PART ARGUMENT...: like refused; also checks that no file is created or changed
untouched() {
    local before
    before=$(listing)
    refused "$@"
    shift 2
    check "$*: no file is created" [ "$(listing)" = "$before" ]
    check "$*: no file is overwritten" cmp -s base.rec kept.rec
}

# ---- unwritable outputs ------------------------------------------------------------------------

for option in --json --csv --record; do
    untouched 1 "cannot write plain/x: plain is not a folder" run "${quick[@]}" $option plain/x
    untouched 1 "cannot write here: it is a folder" run "${quick[@]}" $option here
    untouched 1 "fifo: nothing reads from this FIFO" run "${quick[@]}" $option fifo
    # /dev/tty exists, but cannot be opened without a terminal.
    there=(setsid -w env)
    untouched 1 "cannot open /dev/tty" run "${quick[@]}" $option /dev/tty
    there=(env)
    untouched 1 "/proc/x" run "${quick[@]}" $option /proc/x
done
untouched 1 "plain is not a folder" run --quick --targets cpu_graph --out plain
untouched 1 "plain is not a folder" run --quick --targets cpu_graph --out plain/below
untouched 1 "plain is not a folder" sweep --vary SEQ_LEN=4 --quick --out plain
untouched 1 "plain is not a folder" sweep --vary SEQ_LEN=4 --quick --resume plain/x
untouched 1 "plain is not a folder" sweep --vary SEQ_LEN=4 --quick --resume new --record plain/x
untouched 1 "File name too long" run "${quick[@]}" --json "$(printf 'n%.0s' {1..300})"
untouched 1 "File name too long" run "${quick[@]}" --json "$(printf 'folder/%.0s' {1..1000})"
untouched 1 "absent/: it names a folder" run "${quick[@]}" --json absent/

# ---- one file in two places --------------------------------------------------------------------

both() { untouched 2 "are the same file" run "${quick[@]}" "$@"; }
both --json new --csv new
both --json new --record ./new
both --csv here/new --record to-here/new
both --csv here/new --record to-new
both --json new --csv absent/../new
both --json "$PWD/new" --csv new
both --json base.rec --csv hard
both --json to-base --csv base.rec
untouched 2 "a file cannot also be a folder" run "${quick[@]}" --json new --csv new/x
untouched 2 "are the same file" run --quick --targets cpu_graph --out here --json to-here/../here/../new \
    --csv new
untouched 2 "would overwrite" run "${quick[@]}" --expect base.rec --json hard
printf '%s"knobs":{"SEQ_LEN":4}}' \
    '{"schema":"pdlab.preset/1","title":"T","lesson":"L","target":"persistent_decode",' >preset.json
untouched 2 "would overwrite ./preset.json, which is read (--preset)" run --quick --out none \
    --preset ./preset.json --json preset.json
succeeds "devices may repeat" run "${quick[@]}" --json /dev/null --csv /dev/null --record /dev/null
succeeds "/dev/stdout may repeat" run "${quick[@]}" --json /dev/stdout --csv /dev/stdout
"$pdlab" run "${quick[@]}" --json log >log 2>stderr
status=$?
: >stdout
check "--json of the file that is standard output: status" is 2
check "--json of the file that is standard output: the message" says "standard output /dev/stdout and --json log"
# onto FILE ARGUMENT...: checks that pdlab refuses to print to FILE, which is an input, and does not
# change it
onto() {
    local file=$1 before
    shift
    before=$(sha256sum "$file")
    "$pdlab" "$@" >>"$file" 2>stderr </dev/null
    status=$?
    : >stdout
    check "$* >>$file: status" is 2
    check "$* >>$file: one line" one_line
    check "$* >>$file: the file is unchanged" [ "$(sha256sum "$file")" = "$before" ]
}
onto base.json compare base.json base.rec
check "compare >>its input: the message" says "would overwrite base.json"
onto hard replay --plain base.rec
onto base.rec replay --plain base.json ./to-base
onto preset.json --plain --preset ./preset.json
onto preset.json verify --targets cpu_graph --preset ./preset.json
rm -f log

succeeds "a sweep" sweep --targets cpu_graph --quick --vary SEQ_LEN=4,8 --resume swept
ln -s swept/points points
onto swept/points/0001.json sweep --resume swept
onto points/0001.json sweep --resume swept
onto swept/points/0001.json sweep --resume swept --record /dev/stdout
"$pdlab" sweep --resume swept --record /dev/fd/3 3>swept/points/log >stdout 2>stderr
status=$?
check "sweep --record of an open file among the points: status" is 2
check "sweep --record of an open file among the points: the message" says "which contains the points"
rm -f swept/points/log
(cd points && exec "$pdlab" sweep --resume ../../swept | cat) >stdout 2>stderr
status=$?
check "sweep into a pipe from among its points: stderr" silent stderr
for path in swept/sweep.json swept/summary.csv swept/summary.svg swept/points/0001.json \
    swept/points/0003.json swept/points/../points/x; do
    untouched 2 "--record" sweep --resume swept --record $path
done
ln swept/sweep.json plan
untouched 2 "--record" sweep --resume swept --record plan
succeeds "sweep --record beside the plan" sweep --resume swept --record swept/all.rec
rm -rf swept plan points

# ---- unreadable inputs -------------------------------------------------------------------------

python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind("socket")' 2>/dev/null
for command in "replay --plain" "run ${quick[*]} --expect" "demo --check" "compare base.rec"; do
    # shellcheck disable=SC2086 # split into words
    for path in ./fifo ./here/ ./plain/x ./absent /dev/null; do
        [ "$command $path" != "compare base.rec ./here/" ] || continue # compare accepts a folder
        refused 2 "${path%/}" $command $path
    done
    # shellcheck disable=SC2086
    [ ! -S socket ] || refused 2 "it is a socket" $command ./socket
done
refused 2 "neither summary.json nor another" compare base.rec here
rm -f socket

# ---- FIFOs -------------------------------------------------------------------------------------

cat fifo >got &
reader=$!
run run "${quick[@]}" --json fifo
wait "$reader"
check "--json to a FIFO that is read: status" is 0
check "--json to a FIFO that is read: the document is complete" is_json got pdlab.run/2
cat base.rec >fifo &
run replay --plain fifo
wait
check "replay of a FIFO that is written: status" is 0
succeeds "replay of a slow process's output" replay --plain <(sleep 1.5 && cat base.rec)

# ---- limits, full disks ------------------------------------------------------------------------

# limited ARGUMENT...: runs pdlab with a limit of 2 KiB per file
limited() {
    (ulimit -f 2 && exec timeout 60 "$pdlab" "$@") >stdout 2>stderr </dev/null
    status=$?
}
too_large() { # too_large NAME PATH: checks the message about PATH
    check "$1, file size limit: status" is 1
    check "$1, file size limit: one line" one_line
    check "$1, file size limit: the message" grep -qE "$2.*: File too large" stderr
    check "$1, file size limit: no temporary file" no_leftovers
}
before=$(cat base.json)
limited run "${quick[@]}" --json base.json
too_large "--json" base.json
check "--json, file size limit: the old file is unchanged" [ "$(cat base.json)" = "$before" ]
limited run "${quick[@]}" --csv big.csv --iterations 3000 --seq-len 256
too_large "--csv" big.csv
limited run --quick --targets cpu_graph --out limited
too_large "--out" limited/
limited sweep --quick --targets cpu_graph --vary SEQ_LEN=4,8 --resume limited
too_large "sweep" limited/points/0001.json
rm -rf limited
if mkdir full && mount -t tmpfs -o size=4k tmpfs full 2>/dev/null; then
    exits 1 "--out on a full disk" run --quick --targets cpu_graph --out full
    check "--out on a full disk: one line" one_line
    check "--out on a full disk: the message" grep -q 'full/.*: No space left on device' stderr
    check "--out on a full disk: no temporary file" no_leftovers
    umount full
fi

# ---- a small stack -----------------------------------------------------------------------------

# tight ARGUMENT...: runs pdlab with 128 KiB of stack
tight() {
    (ulimit -s 128 && exec timeout 60 "$pdlab" "$@") >stdout 2>stderr </dev/null
    status=$?
    check "$*, small stack: status" is 0
    check "$*, small stack: stderr" silent stderr
}
tight run "${quick[@]}" --json tight.json --csv tight.csv --record tight.rec
tight run --quick --targets attention_decode --out none
tight run --quick --targets cpu_graph --out none --profile
tight verify --targets persistent_decode,attention_decode
tight sweep --quick --targets cpu_graph --vary SEQ_LEN=4 --resume tight --record tight.rec
tight compare base.rec base.rec
tight replay --plain base.rec
tight doctor --device cpu
tight list
tight --help man
tight demo --check launches attention
tight --plain --preset quick

cd ..
rm -rf elsewhere
