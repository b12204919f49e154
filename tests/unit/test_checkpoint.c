#include "checkpoints.h"

#include "../../src/base/digest.h"
#include "../../src/base/text.h"

#include <math.h>
#include <sys/stat.h>
#include <unistd.h>

static struct error error;

TestSuite(checkpoint, .init = folder_begin, .fini = folder_end);

static struct checkpoint *opens(const char *path)
{
    struct checkpoint *checkpoint = checkpoint_open(path, &error);
    cr_assert_not_null(checkpoint, "%s", error.text);
    return checkpoint;
}

/* The copy is refused with a sentence that contains all parts, separated by '|'. */
static void refuses(const char *parts)
{
    char text[400], *rest = text, *part;
    snprintf(text, sizeof text, "%s", parts);
    struct checkpoint *checkpoint = checkpoint_open(folder, &error);
    cr_assert_null(checkpoint, "accepted what should say: %s", parts);
    cr_assert_eq(error.kind, ERROR_INPUT, "%s", error.text);
    cr_assert(text_printable(error.text));
    while ((part = strsep(&rest, "|")) != NULL)
        cr_assert_not_null(strstr(error.text, part), "\n  says: %s\n  lacks: %s", error.text, part);
}

/* ---- accepted -------------------------------------------------------------------------------- */

Test(checkpoint, a_llama_is_read)
{
    struct checkpoint *checkpoint = opens(LLAMA);
    const struct model_config *config = &checkpoint->model.config;
    cr_assert_eq(config->hidden, 32);
    cr_assert_eq(config->layers, 2);
    cr_assert_eq(config->heads, 4);
    cr_assert_eq(config->kv_heads, 2);
    cr_assert_eq(config->head_dim, 32);
    cr_assert_eq(config->mlp, 64);
    cr_assert_eq(config->vocabulary, 128);
    cr_assert_eq(config->position_most, 512);
    cr_assert_not(config->tied);
    cr_assert_not(config->qk_norm);
    cr_assert_eq(config->norm_epsilon, 1e-5);
    cr_assert_eq(config->rope_theta, 500);
    cr_assert_eq(config->rope_factor, 8);
    cr_assert_eq(config->rope_low_factor, 1);
    cr_assert_eq(config->rope_high_factor, 4);
    cr_assert_eq(config->rope_position_most, 16);
    cr_assert_str_eq(checkpoint->model.name, "llama");
    cr_assert_eq(strspn(checkpoint->model.hash, "0123456789abcdef"), 64);
    checkpoint_close(checkpoint);
}

Test(checkpoint, a_qwen3_of_shards_is_read)
{
    struct checkpoint *checkpoint = opens(QWEN3);
    const struct model_config *config = &checkpoint->model.config;
    const struct model_stored *stored = checkpoint->model.stored;
    cr_assert(config->tied);
    cr_assert(config->qk_norm);
    cr_assert_eq(config->norm_epsilon, 1e-6);
    cr_assert_eq(config->rope_theta, 500);
    cr_assert_eq(config->rope_factor, 0);
    cr_assert_eq(checkpoint->count, 2);
    cr_assert_null(stored[MODEL_HEAD].bytes, "the head is the embedding");
    cr_assert_eq(stored[MODEL_TENSORS + MODEL_Q_NORM].element, MODEL_ELEMENT_F32);
    cr_assert_eq(stored[MODEL_WO].element, MODEL_ELEMENT_F16);
    cr_assert_eq(stored[MODEL_WQ].element, MODEL_ELEMENT_BF16);
    checkpoint_close(checkpoint);
}

Test(checkpoint, the_built_in_models_match_their_configs)
{
    static const struct {
        enum model_id id;
        const char *text;
    } models[] = {
        {MODEL_LLAMA_1B,
         "{\"architectures\":[\"LlamaForCausalLM\"],\"attention_bias\":false,\"head_dim\":64,"
         "\"hidden_act\":\"silu\",\"hidden_size\":2048,\"intermediate_size\":8192,"
         "\"max_position_embeddings\":131072,\"mlp_bias\":false,\"model_type\":\"llama\","
         "\"num_attention_heads\":32,\"num_hidden_layers\":16,\"num_key_value_heads\":8,"
         "\"rms_norm_eps\":1e-05,\"rope_scaling\":{\"factor\":32.0,\"high_freq_factor\":4.0,"
         "\"low_freq_factor\":1.0,\"original_max_position_embeddings\":8192,"
         "\"rope_type\":\"llama3\"},\"rope_theta\":500000.0,\"tie_word_embeddings\":true,"
         "\"vocab_size\":128256}"},
        {MODEL_QWEN3_0_6B,
         "{\"architectures\":[\"Qwen3ForCausalLM\"],\"attention_bias\":false,\"head_dim\":128,"
         "\"hidden_act\":\"silu\",\"hidden_size\":1024,\"intermediate_size\":3072,"
         "\"max_position_embeddings\":40960,\"max_window_layers\":28,\"model_type\":\"qwen3\","
         "\"num_attention_heads\":16,\"num_hidden_layers\":28,\"num_key_value_heads\":8,"
         "\"rms_norm_eps\":1e-06,\"rope_scaling\":null,\"rope_theta\":1000000,"
         "\"sliding_window\":null,\"tie_word_embeddings\":true,\"use_sliding_window\":false,"
         "\"vocab_size\":151936}"},
    };
    for (size_t i = 0; i < sizeof models / sizeof *models; i++) {
        struct model_config config;
        assert_success(checkpoint_parse_config(models[i].text, strlen(models[i].text),
                                               "config.json", &config, &error));
        cr_assert_arr_eq(&config, model_config_of(models[i].id), sizeof config);
    }
}

Test(checkpoint, defaults_are_those_of_transformers)
{
    static const char text[] = "{\"model_type\":\"llama\",\"hidden_size\":128,"
                               "\"num_hidden_layers\":1,\"num_attention_heads\":2,"
                               "\"intermediate_size\":64,\"vocab_size\":8,"
                               "\"max_position_embeddings\":64}";
    struct model_config config;
    assert_success(checkpoint_parse_config(text, strlen(text), "config.json", &config, &error));
    cr_assert_eq(config.kv_heads, 2);
    cr_assert_eq(config.head_dim, 64);
    cr_assert_not(config.tied);
    cr_assert_eq(config.norm_epsilon, 1e-6);
    cr_assert_eq(config.rope_theta, 10000);
    cr_assert_eq(config.rope_factor, 0);
}

Test(checkpoint, rows_are_converted_to_bf16)
{
    struct checkpoint *checkpoint = opens(QWEN3);
    const struct model_checkpoint *model = &checkpoint->model;
    static const enum model_tensor tensors[] = {MODEL_EMBEDDING, MODEL_Q_NORM, MODEL_WO};
    uint16_t row[MODEL_COLUMNS_MOST];
    for (size_t i = 0; i < sizeof tensors / sizeof *tensors; i++) {
        const struct model_size size = model_size_of(&model->config, tensors[i]);
        const struct model_stored *stored = &model->stored[tensors[i]];
        const uint32_t last = size.rows - 1;
        model_checkpoint_row(model, tensors[i], 0, last, row);
        for (uint32_t column = 0; column < size.columns; column++) {
            const size_t element = (size_t)last * size.columns + column;
            float value;
            uint16_t half;
            if (stored->element == MODEL_ELEMENT_F32) {
                memcpy(&value, stored->bytes + 4 * element, sizeof value);
            } else {
                memcpy(&half, stored->bytes + 2 * element, sizeof half);
                value = stored->element == MODEL_ELEMENT_F16 ? attention_from_fp16(half)
                                                             : attention_from_bf16(half);
            }
            const double off = fabs(attention_from_bf16(row[column]) - (double)value);
            cr_assert_leq(off, fabs((double)value) / 256, "%g", (double)value);
        }
    }
    checkpoint_close(checkpoint);
}

/* ---- the hash -------------------------------------------------------------------------------- */

Test(checkpoint, a_hash_tells_contents_apart)
{
    unsigned char bytes[200] = {0};
    char texts[402][DIGEST_TEXT_ROOM];
    size_t count = 0;
    for (size_t length = 0; length <= 200; length++) { /* zeros of every length */
        const struct digest digest = digest_of(bytes, length);
        digest_text(&digest, texts[count++]);
    }
    for (size_t i = 0; i < 200; i++) { /* zeros with one bit set */
        bytes[i] = (unsigned char)(1 << i % 8);
        const struct digest digest = digest_of(bytes, sizeof bytes);
        digest_text(&digest, texts[count++]);
        bytes[i] = 0;
    }
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < i; k++)
            cr_assert_str_neq(texts[i], texts[k], "%zu and %zu", i, k);
    const struct digest again = digest_of(bytes, 200);
    char text[DIGEST_TEXT_ROOM];
    digest_text(&again, text);
    cr_assert_str_eq(text, texts[200]);
}

Test(checkpoint, a_hash_depends_on_config_and_weights_and_not_on_names)
{
    struct checkpoint *first = opens(LLAMA);
    copy_file(LLAMA, "config.json");
    copy_file(LLAMA, "model.safetensors");
    struct checkpoint *same = opens(folder);
    cr_assert_str_eq(same->model.hash, first->model.hash);
    cr_assert_str_neq(same->model.name, first->model.name);
    checkpoint_close(same);

    copy_text(LLAMA, "config.json", "\"rope_theta\": 500.0,\n  \"tie",
              "\"rope_theta\": 501.0,\n  \"tie");
    copy_text(folder, "config.json", "    \"rope_theta\": 500.0,\n", "");
    struct checkpoint *theta = opens(folder);
    cr_assert_str_neq(theta->model.hash, first->model.hash);
    checkpoint_close(theta);

    size_t length;
    char *bytes = copy_read(LLAMA, "model.safetensors", &length);
    copy_file(LLAMA, "config.json");
    bytes[length - 1] ^= 1;
    folder_write("model.safetensors", bytes, length);
    struct checkpoint *weight = opens(folder);
    cr_assert_str_neq(weight->model.hash, first->model.hash);
    checkpoint_close(weight);
    free(bytes);
    checkpoint_close(first);
}

Test(checkpoint, a_tied_head_in_the_file_is_ignored)
{
    copy_text(LLAMA, "config.json", "\"tie_word_embeddings\": false",
              "\"tie_word_embeddings\": true");
    copy_file(LLAMA, "model.safetensors");
    struct checkpoint *checkpoint = opens(folder);
    cr_assert_null(checkpoint->model.stored[MODEL_HEAD].bytes);
    checkpoint_close(checkpoint);
}

/* ---- refused configs ------------------------------------------------------------------------- */

/* A replacement in a file, and the parts of the refusal. */
struct mistake {
    const char *from, *to, *parts;
};

static const struct mistake configs[] = {
    {"\"llama\"", "\"gemma\"",
     "config.json: line|model_type: expected \"llama\" or \"qwen3\", found 'gemma'"},
    {"\"llama\"", "\"qwen3\"", "architectures[0]: model_type is qwen3, so expected"},
    {"\"LlamaForCausalLM\"", "\"MistralForCausalLM\"",
     "architectures[0]: expected \"LlamaForCausalLM\" or \"Qwen3ForCausalLM\""},
    {"\"LlamaForCausalLM\"", "\"LlamaForCausalLM\", \"LlamaModel\"",
     "architectures: expected 1 architecture, found 2"},
    {"\"hidden_act\": \"silu\"", "\"hidden_act\": \"gelu\"", "hidden_act: expected \"silu\""},
    {"\"attention_bias\": false", "\"attention_bias\": true",
     "attention_bias: found true|accepted"},
    {"\"mlp_bias\": false", "\"mlp_bias\": true", "mlp_bias: found true; only projections without"},
    {"\"mlp_bias\": false", "\"use_sliding_window\": true", "use_sliding_window: found true"},
    {"\"mlp_bias\": false", "\"layer_types\": [\"sliding_attention\"]",
     "layer_types[0]: expected \"full_attention\""},
    {"\"mlp_bias\": false", "\"quantization_config\": {\"bits\": 4}",
     "quantization_config: quantized weights|BF16, F16 and F32"},
    {"\"mlp_bias\": false", "\"mlp_bias\": 0", "mlp_bias: expected true or false, found 0"},
    {"\"mlp_bias\": false", "\"vocab_size\": 128", "the key 'vocab_size' occurs twice"},
    {"\"hidden_size\": 32", "\"hidden_size\": 33",
     "hidden_size: expected a multiple of 32, found 33"},
    {"\"hidden_size\": 32", "\"hidden_size\": 1e99",
     "hidden_size: expected a whole number from 32"},
    {"\"hidden_size\": 32", "\"hidden_size\": 65536", "from 32 to 16384, found 65536"},
    {"\"hidden_size\": 32,", "", "hidden_size: expected a whole number|found nothing"},
    {"\"intermediate_size\": 64", "\"intermediate_size\": 72", "a multiple of 32, found 72"},
    {"\"vocab_size\": 128", "\"vocab_size\": 127", "vocab_size: expected a multiple of 8"},
    {"\"vocab_size\": 128", "\"vocab_size\": 4294967296", "from 8 to 1048576, found 4294967296"},
    {"\"num_hidden_layers\": 2", "\"num_hidden_layers\": 129", "from 1 to 128, found 129"},
    {"\"num_hidden_layers\": 2", "\"num_hidden_layers\": 0", "num_hidden_layers: expected"},
    {"\"num_key_value_heads\": 2", "\"num_key_value_heads\": 3",
     "num_key_value_heads: 3 does not divide num_attention_heads, which is 4"},
    {"\"num_attention_heads\": 4", "\"num_attention_heads\": 32",
     "num_key_value_heads: 16 query heads share a K/V head; at most 8"},
    {"\"head_dim\": 32", "\"head_dim\": 48", "head_dim: 48; only heads of 32, 64, 96 or 128"},
    {"\"head_dim\": 32", "\"head_dim\": 4294967296", "head_dim: expected a whole number"},
    {"\"head_dim\": 32,", "", "head_dim: 8; only heads of 32"},
    {"\"rms_norm_eps\": 1e-05", "\"rms_norm_eps\": -1", "rms_norm_eps: expected a number from 0"},
    {"\"rope_type\": \"llama3\"", "\"rope_type\": \"yarn\"",
     "rope_scaling.rope_type: expected \"default\" or \"llama3\", found 'yarn'"},
    {"\"high_freq_factor\": 4.0", "\"high_freq_factor\": 1.0",
     "rope_scaling.high_freq_factor: 1; expected more than low_freq_factor, which is 1"},
    {"\"low_freq_factor\": 1.0,", "", "rope_scaling.low_freq_factor: expected|found nothing"},
    {"\"original_max_position_embeddings\": 16", "\"original_max_position_embeddings\": 0",
     "original_max_position_embeddings: expected a whole number from 1"},
    {"\"mlp_bias\": false", "\"rope_parameters\": {\"rope_type\": \"default\"}",
     "rope_parameters: contradicts rope_scaling"},
    {"\"mlp_bias\": false", "\"partial_rotary_factor\": 0.5", "partial_rotary_factor: expected"},
    {"\"rope_theta\": 500.0,\n  \"tie", "\"rope_theta\": 0,\n  \"tie", "rope_theta: expected"},
    {"\"silu\"", "\"\xff\"", "broken UTF-8"},
    {"{", "[", "config.json: line"},
    {"\"head_dim\": 32", "\"head_dim\": 64",
     "model.safetensors: the tensor model.layers.0.self_attn.q_proj.weight has the shape [128, "
     "32]; "
     "config.json requires [256, 32]"},
    {"\"num_hidden_layers\": 2", "\"num_hidden_layers\": 3",
     "the tensor model.layers.2.input_layernorm.weight is missing"},
};

Test(checkpoint, wrong_configs_are_refused)
{
    copy_file(LLAMA, "model.safetensors");
    for (size_t i = 0; i < sizeof configs / sizeof *configs; i++) {
        copy_text(LLAMA, "config.json", configs[i].from, configs[i].to);
        refuses(configs[i].parts);
    }
}

/* ---- refused headers ------------------------------------------------------------------------- */

/* Replacements change the first tensor, which is
 * "lm_head.weight":{"dtype":"BF16","shape":[128,32],"data_offsets":[0,8192]}. */
static const struct mistake headers[] = {
    {"lm_head", "lm_tail", "the tensor lm_head.weight is missing|tie_word_embeddings is false"},
    {"model.norm.weight", "model.storm.weight", "the tensor model.norm.weight is missing"},
    {"layers.1.mlp.up_proj", "layers.1.mlp.up_Proj",
     "the tensor model.layers.1.mlp.up_proj.weight is missing"},
    {"\"BF16\"", "\"I16\"",
     "lm_head.weight has elements of 'I16'; only BF16, F16 and F32 are accepted"},
    {"\"BF16\"", "\"F6_E9\"", "lm_head.weight has elements of 'F6_E9'"},
    {"[128,32]", "[32,128]",
     "lm_head.weight has the shape [32, 128]; config.json requires [128, 32]"},
    {"[128,32]", "[4096]", "lm_head.weight has the shape [4096]"},
    {"\"BF16\"", "\"F32\"",
     "model.safetensors: line 1, column|lm_head.weight: its data_offsets span 8192 bytes, which is "
     "not the size of [128, 32] of F32"},
    {"[128,32],\"data_offsets\":[0,8192]", "[4294967296,4294967296],\"data_offsets\":[0,0]",
     "span 0 bytes, which is not the size of [4294967296, 4294967296]"},
    {"[128,32]", "[128,-32]", "lm_head.weight.shape[1]: expected a whole number"},
    {"[128,32]", "[1,1,1,1,1,1,1,128,32]", "9 dimensions; at most 8"},
    {"[0,8192]", "[8192,0]", "data_offsets[1]: expected a whole number from 8192"},
    {"[0,8192]", "[0]", "data_offsets: expected [begin, end]"},
    {"[0,8192]", "[900000,908192]",
     "data_offsets[1]: ends at byte 908192, but the file has only|truncated"},
    {"[0,8192]", "[64,8256]",
     "the bytes of 'lm_head.weight' and 'model.embed_tokens.weight' overlap"},
    {",\"data_offsets\":[0,8192]", "",
     "lm_head.weight.data_offsets: expected a list, found nothing"},
    {"{\"dtype\":\"BF16\",\"shape\":[128,32],\"data_offsets\":[0,8192]}", "7",
     "lm_head.weight: expected an object, found 7"},
    {"lm_head.weight", "model.embed_tokens.weight",
     "the key 'model.embed_tokens.weight' occurs twice"},
    {"lm_head.weight", "\xff.weight", "broken UTF-8"},
    {"lm_head.weight", "\\u001b.weight", "control characters"},
    {"\"__metadata__\":{\"format\":\"pt\"}",
     "\"model.layers.0.self_attn.q_proj.bias\":{\"dtype\":\"BF16\",\"shape\":[0],"
     "\"data_offsets\":[0,0]}",
     "contains the bias tensor 'model.layers.0.self_attn.q_proj.bias'; only models without biases "
     "are accepted"},
    {"{", "[", "model.safetensors: line 1, column"},
};

Test(checkpoint, wrong_headers_are_refused)
{
    copy_file(LLAMA, "config.json");
    for (size_t i = 0; i < sizeof headers / sizeof *headers; i++) {
        copy_header(LLAMA, "model.safetensors", headers[i].from, headers[i].to);
        refuses(headers[i].parts);
    }
}

Test(checkpoint, false_lengths_are_refused)
{
    size_t length;
    char *bytes = copy_read(LLAMA, "model.safetensors", &length);
    copy_file(LLAMA, "config.json");
    folder_write("model.safetensors", bytes, 0);
    refuses("model.safetensors has 0 bytes; a safetensors file begins with 8");
    folder_write("model.safetensors", bytes, 7);
    refuses("model.safetensors has 7 bytes");
    folder_write("model.safetensors", bytes, 100);
    refuses("but only 92 follow: is it truncated?");
    folder_write("model.safetensors", bytes, length - 1);
    refuses("ends at byte|is it truncated?");
    static const uint64_t lies[] = {100000001, UINT64_MAX, UINT64_C(1) << 63, 100, 0};
    for (size_t i = 0; i < sizeof lies / sizeof *lies; i++) {
        memcpy(bytes, &lies[i], sizeof *lies);
        folder_write("model.safetensors", bytes, length);
        refuses(lies[i] > 100 ? "its header has|at most 100000000 are accepted"
                              : "model.safetensors: line 1, column");
    }
    free(bytes);
}

/* ---- refused folders and indices ------------------------------------------------------------- */

Test(checkpoint, wrong_folders_are_refused)
{
    refuses("cannot open|config.json: No such file");
    copy_file(LLAMA, "config.json");
    refuses("has neither model.safetensors nor model.safetensors.index.json");
    cr_assert_null(checkpoint_open(folder_path("config.json"), &error));
    assert_contains(error.text, "config.json is not a folder; a model is a folder with");
    cr_assert_null(checkpoint_open(folder_path("absent"), &error));
    assert_contains(error.text, "absent: No such file");
    cr_assert_eq(error.kind, ERROR_INPUT);
    cr_assert_eq(mkfifo(folder_path("model.safetensors"), 0600), 0);
    refuses("cannot map|model.safetensors: it is not a regular file");
    cr_assert_eq(unlink(folder_path("model.safetensors")), 0);
    cr_assert_eq(mkdir(folder_path("model.safetensors"), 0700), 0);
    refuses("cannot map|it is not a regular file");
}

Test(checkpoint, an_unreadable_file_is_refused)
{
    copy_file(LLAMA, "config.json");
    copy_file(LLAMA, "model.safetensors");
    cr_assert_eq(chmod(folder, 0755), 0);
    cr_assert_eq(chmod(folder_path("config.json"), 0644), 0);
    cr_assert_eq(chmod(folder_path("model.safetensors"), 0), 0);
    const bool root = geteuid() == 0; /* root may read everything */
    cr_assert(!root || seteuid(65534) == 0);
    refuses("cannot open|model.safetensors: Permission denied");
    cr_assert(!root || seteuid(0) == 0);
}

#define SHARD "model-00001-of-00002.safetensors"

static const struct mistake indices[] = {
    {SHARD, "../" SHARD, "weight_map.model.embed_tokens.weight: expected the name of a file in"},
    {SHARD, "/etc/passwd", "expected the name of a file in the same folder, found '/etc/passwd'"},
    {SHARD, "..", "expected the name of a file in the same folder, found '..'"},
    {SHARD, "", "expected the name of a file in the same folder"},
    {SHARD, "model-00003-of-00002.safetensors",
     "cannot open|model-00003-of-00002.safetensors: No such file"},
    {SHARD, "model-00002-of-00002.safetensors",
     "weight_map.model.embed_tokens.weight: expected a file with that tensor"},
    {"\"" SHARD "\"", "1", "weight_map.model.embed_tokens.weight: expected a string, found 1"},
    {"\"weight_map\"", "\"weight_maps\"", "weight_map: expected an object, found nothing"},
    {"\"model.norm.weight\"", "\"model.embed_tokens.weight\"", "occurs twice"},
    {"{", "", "model.safetensors.index.json: line"},
};

Test(checkpoint, wrong_indices_are_refused)
{
    copy_file(QWEN3, "config.json");
    copy_file(QWEN3, SHARD);
    copy_file(QWEN3, "model-00002-of-00002.safetensors");
    for (size_t i = 0; i < sizeof indices / sizeof *indices; i++) {
        copy_text(QWEN3, CHECKPOINT_INDEX, indices[i].from, indices[i].to);
        refuses(indices[i].parts);
    }
    folder_write(CHECKPOINT_INDEX, "{\"weight_map\":{}}", 17);
    refuses("weight_map: expected the file of each tensor, found none");
}

Test(checkpoint, a_tensor_in_two_shards_is_refused)
{
    copy_file(QWEN3, "config.json");
    copy_file(QWEN3, CHECKPOINT_INDEX);
    copy_file(QWEN3, SHARD);
    copy_header(QWEN3, "model-00002-of-00002.safetensors", "\"__metadata__\":{\"format\":\"pt\"}",
                "\"model.norm.weight\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0]}");
    refuses("the tensor model.norm.weight is also in " SHARD);
}
