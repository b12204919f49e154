# shellcheck shell=bash disable=SC2034,SC2154 # run.sh defines what is used here
#
# --model: checkpoints from files, in every command that takes the option; and verify --output.

checkpoints=$(realpath "$parts/../unit/checkpoints")
llama=(--model "$checkpoints/llama")
qwen3=(--model "$checkpoints/qwen3")
one=(--targets cpu_model_persistent --batch 1 --context 0)

succeeds "verify --model" verify "${llama[@]}" --targets model_decode --device cpu --batch 2 --context 8
check "verify --model: all sequences" prints "2 of 2 sequences"
check "verify --model: no variant is wrong" not prints WRONG

refused 2 "or checkpoint, or a folder; there is no 'nowhere'" run --model nowhere "${one[@]}" --quick
refused 2 "config.json: No such file" run --model . "${one[@]}" --quick
refused 2 "--model is an option of the explorer, run, verify and sweep, not of list" list "${llama[@]}"
refused 3 "MODEL checkpoint needs a checkpoint: use --model DIR" \
    run --model checkpoint "${one[@]}" --quick --out none
refused 3 "LAYERS 3 is out of range: checkpoint has 2 layers" \
    run "${llama[@]}" "${one[@]}" --quick --out none --layers 3

# Each process of the rounds uses the checkpoint, and the documents name it.
run run "${llama[@]}" "${one[@]}" --quick --repeats 2 --out none --json model-a --record model-r
check "run --model --repeats: status" is 0
check "run --model: the name" grep -q '"model_name":"llama"' model-a
check "run --model: the hash" grep -qE '"model_hash":"[0-9a-f]{64}"' model-a
check "run --model: verified" grep -q '"verified":true' model-a
check "run --model: the schema" fits model-a pdlab.run.2
check "run --model --record: the schema" fits model-r pdlab.run.2
succeeds "compare: the same model" compare model-a model-r
there=(env "PDLAB_MODEL=$checkpoints/qwen3")
run run "${one[@]}" --quick --out none --json model-b
there=(env)
check "PDLAB_MODEL: status" is 0
check "PDLAB_MODEL: the name" grep -q '"model_name":"qwen3"' model-b
refused 2 "cpu_model_persistent ran a different workload than in model-a: MODEL qwen3 " \
    compare model-a model-b
run compare --force model-a model-b
check "compare --force: different models get no verdict" prints "not ranked: different workload"

# Expectations belong to one model.
run run "${llama[@]}" "${one[@]}" --quick --out none --expect-write model-e
check "--expect-write: the hash" grep -qE '"model_hash":"[0-9a-f]{64}"' model-e
check "--expect-write: the schema" fits model-e pdlab.expect.2
run run "${llama[@]}" "${one[@]}" --quick --out none --expect model-e
check "--expect: the same model" prints "cpu_model_persistent"
exits 2 "--expect: another model" run "${qwen3[@]}" "${one[@]}" --quick --out none --expect model-e
check "--expect: another model: the message" says "is run with MODEL qwen3 "

# --against: the other build reads the same files.
run run "${llama[@]}" "${one[@]}" --quick --repeats 1 --against "$pdlab" --out none --json model-c
check "run --model --against: status" is 0
check "run --model --against: the same workload" not prints "different workload"

# A folder of points belongs to one model.
succeeds "sweep --model" sweep "${llama[@]}" "${one[@]}" --quick --vary SEQ_LEN=1,2 --resume model-sweep
check "sweep --model: the schema" fits model-sweep/sweep.json pdlab.sweep.1
rm model-sweep/points/0002.json
exits 2 "sweep of another model" sweep "${qwen3[@]}" --resume model-sweep
check "sweep of another model: the message" says "model-sweep contains a different plan: its model is llama "
succeeds "sweep --model --resume" sweep "${llama[@]}" --resume model-sweep

# The output is a safetensors file: 8 bytes with the length of the header, the header, the values.
succeeds "verify --output" verify "${llama[@]}" "${one[@]}" --output model-out
header=$(od -An -tu8 -N8 model-out | tr -d ' ')
check "verify --output: the header" bash -c \
    "tail -c +9 model-out | head -c $header | grep -q '\"variant\":\"cpu_model_persistent\"'"
check "verify --output: 32 steps of a token, 128 logits, and 2 layers of K and V rows of 64" \
    [ "$(stat -c %s model-out)" = $((8 + header + 32 * (1 + 128 + 2 * 2 * 64) * 4)) ]
refused 2 "--output writes the output of one variant, but 2 are chosen" \
    verify "${llama[@]}" --targets model_decode --device cpu --output model-out
refused 2 "--output takes a file, not -" verify "${one[@]}" --output -
