/* fuzz_checkpoint.c - no bytes may crash the readers of a checkpoint. An accepted model can be run,
 * and its tensors are within their file. The input is the text of a config.json, a NUL byte, and a
 * safetensors file. */
#include "../../kernels/model_checkpoint.h"
#include "../../src/document/checkpoint_config.h"
#include "../../src/document/safetensors.h"
#include "fuzz.h"

#include <math.h>
#include <string.h>

static void check_config(const struct model_config *config)
{
    double frequencies[MODEL_HEAD_DIM_MOST / 2];
    require(config->hidden % 32 == 0 && config->mlp % 32 == 0 && config->head_dim % 32 == 0);
    require(config->vocabulary % 8 == 0 && config->vocabulary <= MODEL_VOCABULARY_MOST);
    require(config->layers >= 1 && config->layers <= MODEL_LAYERS_MOST);
    require(config->kv_heads >= 1 && config->heads % config->kv_heads == 0);
    require(config->heads / config->kv_heads <= MODEL_GROUP_MOST);
    for (enum model_tensor tensor = 0; tensor < MODEL_TENSORS; tensor++) {
        const struct model_size size = model_size_of(config, tensor);
        require(size.columns >= 1 && size.columns <= MODEL_COLUMNS_MOST);
        require(model_is_norm(tensor) || size.rows % 8 == 0);
    }
    require(config->head_dim <= MODEL_HEAD_DIM_MOST && config->position_most >= 1);
    require(config->norm_epsilon >= 0 && config->norm_epsilon <= 1);
    model_rope_frequencies(config, frequencies);
    for (uint32_t i = 0; i < config->head_dim / 2; i++)
        require(isfinite(frequencies[i]) && frequencies[i] > 0);
}

static void check_tensors(const struct safetensors *tensors, size_t length)
{
    char shape[32];
    for (size_t i = 0; i < tensors->count; i++) {
        const struct safetensor *tensor = &tensors->list[i];
        require(tensor->begin <= tensor->end && tensor->end <= length);
        require(i == 0 || strcmp(tensors->list[i - 1].name, tensor->name) < 0);
        require(text_printable(tensor->name) && text_printable(tensor->type));
        require(safetensors_find(tensors, tensor->name) == tensor);
        safetensors_shape_text(tensor, shape, sizeof shape);
        for (size_t k = 0; k < i && i < 64; k++)
            require(tensors->list[k].end <= tensor->begin ||
                    tensor->end <= tensors->list[k].begin || tensor->begin == tensor->end);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct model_config config;
    struct safetensors tensors;
    struct error error = {0};
    const uint8_t *end = size > 0 ? memchr(data, 0, size) : NULL;
    const size_t text = end ? (size_t)(end - data) : size;

    if (checkpoint_parse_config((const char *)data, text, "input", &config, &error))
        check_config(&config);
    else
        require_refusal(&error);
    if (!end)
        return 0;
    const size_t length = size - text - 1;
    if (safetensors_read(end + 1, length, "input", &tensors, &error)) {
        check_tensors(&tensors, length);
        safetensors_free(&tensors);
    } else {
        require(error.kind == ERROR_INPUT && text_printable(error.text) && !tensors.list);
    }
    return 0;
}
