#include "checkpoint_config.h"

#include "../../kernels/model_checkpoint.h"
#include "../base/json_words.h"
#include "checkpoint_rope.h"

#include <stdio.h>
#include <string.h>

/* The columns and rows of every matrix are multiples of these numbers. All variants rely on
 * this. */
#define COLUMNS_MULTIPLE 32u
#define ROWS_MULTIPLE    8u

#define HEADS_MOST    1024u
#define POSITION_MOST (INT64_C(1) << 31)

enum family { FAMILY_LLAMA, FAMILY_QWEN3 };
static const char *const families[] = {"llama", "qwen3", NULL};
static const char *const architectures[] = {"LlamaForCausalLM", "Qwen3ForCausalLM", NULL};

/* The default of head_dim for qwen3 in Hugging Face's transformers. */
#define QWEN3_HEAD_DIM 128u

/* ---- the kind of model ----------------------------------------------------------------------- */

/* Reads the model family from "model_type" and "architectures", which must agree if both are
 * present. */
static bool read_family(const struct json *root, enum family *family, struct error *error)
{
    struct json type = json_member(root, "model_type");
    struct json list = json_member(root, "architectures");
    if (!list.item)
        return json_word(&type, families, family, error);
    if (type.item && !json_word(&type, families, family, error))
        return false;
    unsigned listed;
    if (!json_is_list_of(&list, "architecture", 1, 1, error))
        return false;
    struct json first = json_first(&list);
    if (!json_word(&first, architectures, &listed, error))
        return false;
    if (type.item && listed != *family)
        return json_refuse(&first, error, "model_type is %s, so expected \"%s\"", families[*family],
                           architectures[*family]);
    *family = (enum family)listed;
    return true;
}

/* Refuses a boolean that is true. A missing boolean is false. */
static bool refuse_switch(const struct json *root, const char *key, const char *accepted,
                          struct error *error)
{
    struct json at = json_member(root, key);
    bool on = false;
    if (!at.item)
        return true;
    return json_boolean(&at, &on, error) &&
           (!on || json_refuse(&at, error, "found true; %s", accepted));
}

static bool check_layer_types(const struct json *root, struct error *error)
{
    static const char *const accepted[] = {"full_attention", NULL};
    struct json types = json_member(root, "layer_types");
    unsigned ignored;
    if (!types.item)
        return true;
    if (!json_is_array(&types, error))
        return false;
    for (struct json at = json_first(&types); at.item; at = json_next(&at))
        if (!json_word(&at, accepted, &ignored, error))
            return false;
    return true;
}

/* Refuses every model feature that this decoder does not compute. */
static bool check_kind(const struct json *root, struct error *error)
{
    static const char *const activations[] = {"silu", NULL};
    struct json activation = json_member(root, "hidden_act");
    struct json quantization = json_member(root, "quantization_config");
    unsigned ignored;
    if (activation.item && !json_word(&activation, activations, &ignored, error))
        return false;
    if (quantization.item)
        return json_refuse(&quantization, error,
                           "quantized weights; only weights of BF16, F16 and F32 are accepted");
    return refuse_switch(root, "attention_bias", "only projections without bias are accepted",
                         error) &&
           refuse_switch(root, "mlp_bias", "only projections without bias are accepted", error) &&
           refuse_switch(root, "use_sliding_window", "only attention over all rows is accepted",
                         error) &&
           check_layer_types(root, error);
}

/* ---- numbers --------------------------------------------------------------------------------- */

/* Reads a whole number from `least` to `most` that is a multiple of `multiple`. If the key is
 * missing, the value is `otherwise`; if that is 0, the key is required. */
static bool read_count(const struct json *root, const char *key, uint32_t least, int64_t most,
                       uint32_t multiple, uint32_t otherwise, uint32_t *value, struct error *error)
{
    struct json at = json_member(root, key);
    int64_t read = otherwise;
    if ((at.item || otherwise == 0) && !json_integer(&at, least, most, &read, error))
        return false;
    if (read % multiple != 0) {
        char expected[64];
        snprintf(expected, sizeof expected, "a multiple of %u", multiple);
        return json_expected(&at, expected, error);
    }
    *value = (uint32_t)read;
    return true;
}

static bool read_heads(const struct json *root, enum family family, struct model_config *config,
                       struct error *error)
{
    if (!read_count(root, "num_attention_heads", 1, HEADS_MOST, 1, 0, &config->heads, error) ||
        !read_count(root, "num_key_value_heads", 1, HEADS_MOST, 1, config->heads, &config->kv_heads,
                    error))
        return false;
    struct json kv = json_member(root, "num_key_value_heads"), dim = json_member(root, "head_dim");
    if (config->heads % config->kv_heads != 0)
        return json_refuse(&kv, error, "%u does not divide num_attention_heads, which is %u",
                           config->kv_heads, config->heads);
    if (config->heads / config->kv_heads > MODEL_GROUP_MOST)
        return json_refuse(&kv, error, "%u query heads share a K/V head; at most %u are accepted",
                           config->heads / config->kv_heads, MODEL_GROUP_MOST);
    const uint32_t derived =
        family == FAMILY_QWEN3 ? QWEN3_HEAD_DIM : config->hidden / config->heads;
    if (!dim.item && family == FAMILY_LLAMA && config->hidden % config->heads != 0)
        return json_refuse(&dim, error,
                           "missing, and hidden_size %u is not a multiple of num_attention_heads "
                           "%u",
                           config->hidden, config->heads);
    if (!read_count(root, "head_dim", 1, UINT32_MAX, 1, derived, &config->head_dim, error))
        return false;
    if (config->head_dim != 32 && config->head_dim != 64 && config->head_dim != 96 &&
        config->head_dim != MODEL_HEAD_DIM_MOST)
        return json_refuse(&dim, error, "%u; only heads of 32, 64, 96 or %u elements are accepted",
                           config->head_dim, MODEL_HEAD_DIM_MOST);
    /* The columns of the output projection. The product cannot overflow: both factors are limited
     * above. */
    if (config->heads * config->head_dim > MODEL_COLUMNS_MOST)
        return json_refuse(&dim, error, "%u heads of %u are %u columns; at most %u are accepted",
                           config->heads, config->head_dim, config->heads * config->head_dim,
                           MODEL_COLUMNS_MOST);
    return true;
}

static bool read_shape(const struct json *root, enum family family, struct model_config *config,
                       struct error *error)
{
    return read_count(root, "hidden_size", COLUMNS_MULTIPLE, MODEL_COLUMNS_MOST, COLUMNS_MULTIPLE,
                      0, &config->hidden, error) &&
           read_count(root, "num_hidden_layers", 1, MODEL_LAYERS_MOST, 1, 0, &config->layers,
                      error) &&
           read_count(root, "intermediate_size", COLUMNS_MULTIPLE, MODEL_COLUMNS_MOST,
                      COLUMNS_MULTIPLE, 0, &config->mlp, error) &&
           read_count(root, "vocab_size", ROWS_MULTIPLE, MODEL_VOCABULARY_MOST, ROWS_MULTIPLE, 0,
                      &config->vocabulary, error) &&
           read_count(root, "max_position_embeddings", 1, POSITION_MOST, 1, 0,
                      &config->position_most, error) &&
           read_heads(root, family, config, error);
}

static bool read_norms(const struct json *root, struct model_config *config, struct error *error)
{
    struct json epsilon = json_member(root, "rms_norm_eps");
    struct json tied = json_member(root, "tie_word_embeddings");
    config->norm_epsilon = 1e-6; /* the default of transformers */
    return (!epsilon.item || json_number(&epsilon, 0, 1, &config->norm_epsilon, error)) &&
           (!tied.item || json_boolean(&tied, &config->tied, error));
}

bool checkpoint_parse_config(const char *text, size_t length, const char *name,
                             struct model_config *config, struct error *error)
{
    *config = (struct model_config){0};
    struct json root;
    enum family family = FAMILY_LLAMA;
    const bool read =
        json_parse(text, length, name, &root, error) && read_family(&root, &family, error) &&
        check_kind(&root, error) && read_shape(&root, family, config, error) &&
        read_norms(&root, config, error) && checkpoint_read_rope(&root, config, error);
    config->qk_norm = read && family == FAMILY_QWEN3;
    json_free(&root);
    return read;
}
