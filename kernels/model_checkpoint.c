#include "model_checkpoint.h"

#include <string.h>

static const struct model_checkpoint *current;

void model_checkpoint_use(const struct model_checkpoint *checkpoint)
{
    current = checkpoint;
}

const struct model_checkpoint *model_checkpoint_current(void)
{
    return current;
}

/* Elements in files may be unaligned, so memcpy reads them. */
static void convert_f16(const unsigned char *bytes, uint32_t count, uint16_t *values)
{
    for (uint32_t i = 0; i < count; i++) {
        uint16_t stored;
        memcpy(&stored, bytes + (size_t)i * sizeof stored, sizeof stored);
        values[i] = attention_to_bf16(attention_from_fp16(stored));
    }
}

static void convert_f32(const unsigned char *bytes, uint32_t count, uint16_t *values)
{
    for (uint32_t i = 0; i < count; i++) {
        float stored;
        memcpy(&stored, bytes + (size_t)i * sizeof stored, sizeof stored);
        values[i] = attention_to_bf16(stored);
    }
}

void model_checkpoint_row(const struct model_checkpoint *checkpoint, enum model_tensor tensor,
                          uint32_t layer, uint32_t row, uint16_t *values)
{
    const uint32_t place = tensor < MODEL_ATTENTION_NORM ? 0 : layer;
    const struct model_stored *stored = &checkpoint->stored[place * MODEL_TENSORS + tensor];
    const uint32_t columns = model_size_of(&checkpoint->config, tensor).columns;
    const size_t row_bytes = (size_t)columns * model_element_bytes(stored->element);
    const unsigned char *bytes = stored->bytes + row * row_bytes;
    switch (stored->element) {
    case MODEL_ELEMENT_BF16:
        memcpy(values, bytes, row_bytes);
        break;
    case MODEL_ELEMENT_F16:
        convert_f16(bytes, columns, values);
        break;
    case MODEL_ELEMENT_F32:
        convert_f32(bytes, columns, values);
        break;
    }
}
