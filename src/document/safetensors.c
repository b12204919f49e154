#include "safetensors.h"

#include "../base/json.h"
#include "../base/text.h"

#include <stdlib.h>
#include <string.h>

#define LENGTH_BYTES 8u
#define METADATA     "__metadata__"

static const struct {
    const char *name;
    uint32_t bytes;
} types[] = {
    {"BOOL", 1}, {"U8", 1},  {"I8", 1},  {"F8_E4M3", 1}, {"F8_E5M2", 1}, {"F8_E8M0", 1},
    {"F16", 2},  {"I16", 2}, {"U16", 2}, {"BF16", 2},    {"I32", 4},     {"U32", 4},
    {"F32", 4},  {"I64", 8}, {"U64", 8}, {"F64", 8},     {"C64", 8},
};

/* Returns the size of an element; 0 if the type is unknown, such as a type newer than this
 * build. */
static uint32_t element_bytes(const char *type)
{
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (strcmp(types[i].name, type) == 0)
            return types[i].bytes;
    return 0;
}

/* ---- one tensor ------------------------------------------------------------------------------ */

static bool read_shape(const struct json *at, struct safetensor *tensor, struct error *error)
{
    struct json shape = json_member(at, "shape");
    if (!json_is_list_of(&shape, "dimensions", 0, SAFETENSORS_AXES_MOST, error))
        return false;
    for (struct json axis = json_first(&shape); axis.item; axis = json_next(&axis)) {
        int64_t length;
        if (!json_integer(&axis, 0, (int64_t)JSON_MOST_INTEGER, &length, error))
            return false;
        tensor->shape[tensor->axes++] = (uint64_t)length;
    }
    return true;
}

/* Reads a tensor's offsets. In the file, they count from the end of the header, `data`; in *tensor,
 * from the beginning of the file. */
static bool read_offsets(const struct json *at, uint64_t data, uint64_t length,
                         struct safetensor *tensor, struct error *error)
{
    struct json offsets = json_member(at, "data_offsets");
    if (!json_is_array(&offsets, error))
        return false;
    if (json_count(&offsets) != 2)
        return json_expected(&offsets, "[begin, end]", error);
    struct json begin_at = json_first(&offsets), end_at = json_next(&begin_at);
    int64_t begin, end;
    if (!json_integer(&begin_at, 0, (int64_t)JSON_MOST_INTEGER, &begin, error) ||
        !json_integer(&end_at, begin, (int64_t)JSON_MOST_INTEGER, &end, error))
        return false;
    if ((uint64_t)end > length - data)
        return json_refuse(&end_at, error,
                           "ends at byte %lld, but the file has only %llu bytes after its header: "
                           "is it truncated?",
                           (long long)end, (unsigned long long)(length - data));
    tensor->begin = data + (uint64_t)begin;
    tensor->end = data + (uint64_t)end;
    return true;
}

/* Computes the size of a tensor whose elements have `bytes` bytes each. Returns false if it
 * overflows 64 bits. */
static bool count_bytes(const struct safetensor *tensor, uint64_t bytes, uint64_t *total)
{
    *total = bytes;
    for (uint32_t i = 0; i < tensor->axes; i++)
        if (__builtin_mul_overflow(*total, tensor->shape[i], total))
            return false;
    return true;
}

static bool check_size(const struct json *at, const struct safetensor *tensor, struct error *error)
{
    const uint32_t bytes = element_bytes(tensor->type);
    const uint64_t found = tensor->end - tensor->begin;
    char shape[96];
    uint64_t expected;
    if (bytes == 0)
        return true;
    if (count_bytes(tensor, bytes, &expected) && expected == found)
        return true;
    safetensors_shape_text(tensor, shape, sizeof shape);
    return json_refuse(at, error,
                       "its data_offsets span %llu bytes, which is not the size of %s of %s",
                       (unsigned long long)found, shape, tensor->type);
}

/* Reads one tensor. On failure, returns false and sets *error; there is nothing to free. */
static bool read_tensor(const struct json *at, uint64_t data, uint64_t length,
                        struct safetensor *tensor, struct error *error)
{
    *tensor = (struct safetensor){0};
    if (!json_is_object(at, error) ||
        !json_string_member(at, "dtype", tensor->type, sizeof tensor->type, error) ||
        !read_shape(at, tensor, error) || !read_offsets(at, data, length, tensor, error) ||
        !check_size(at, tensor, error))
        return false;
    tensor->name = strdup(at->key);
    return tensor->name != NULL || json_no_memory(at, error);
}

/* ---- the list -------------------------------------------------------------------------------- */

static int compare_names(const void *a, const void *b)
{
    return strcmp(((const struct safetensor *)a)->name, ((const struct safetensor *)b)->name);
}

static int compare_places(const void *a, const void *b)
{
    const struct safetensor *left = a, *right = b;
    if (left->begin != right->begin)
        return left->begin < right->begin ? -1 : 1;
    return left->end < right->end ? -1 : left->end > right->end;
}

static bool check_overlap(struct safetensors *tensors, const char *name, struct error *error)
{
    char first[64], second[64];
    qsort(tensors->list, tensors->count, sizeof *tensors->list, compare_places);
    for (size_t i = 1; i < tensors->count; i++) {
        const struct safetensor *before = &tensors->list[i - 1], *after = &tensors->list[i];
        if (after->begin < before->end)
            return error_set(error, ERROR_INPUT, "%s: the bytes of %s and %s overlap", name,
                             text_quote(first, sizeof first, before->name),
                             text_quote(second, sizeof second, after->name));
    }
    return true;
}

static bool read_list(const struct json *root, uint64_t data, uint64_t length, const char *name,
                      struct safetensors *tensors, struct error *error)
{
    tensors->list = calloc(json_count(root) + 1, sizeof *tensors->list);
    if (!tensors->list)
        return json_no_memory(root, error);
    for (struct json at = json_first(root); at.item; at = json_next(&at)) {
        if (strcmp(at.key, METADATA) == 0)
            continue;
        if (!read_tensor(&at, data, length, &tensors->list[tensors->count], error))
            return false;
        tensors->count++;
    }
    if (!check_overlap(tensors, name, error))
        return false;
    qsort(tensors->list, tensors->count, sizeof *tensors->list, compare_names);
    return true;
}

bool safetensors_read(const unsigned char *bytes, uint64_t length, const char *name,
                      struct safetensors *tensors, struct error *error)
{
    *tensors = (struct safetensors){0};
    if (length < LENGTH_BYTES)
        return error_set(error, ERROR_INPUT,
                         "%s has %llu bytes; a safetensors file begins with 8 bytes that say how "
                         "long its header is",
                         name, (unsigned long long)length);
    uint64_t header = 0;
    for (uint32_t i = 0; i < LENGTH_BYTES; i++)
        header |= (uint64_t)bytes[i] << (8 * i);
    if (header > SAFETENSORS_HEADER_MOST)
        return error_set(error, ERROR_INPUT,
                         "%s: its header has %llu bytes; at most %llu are accepted", name,
                         (unsigned long long)header, (unsigned long long)SAFETENSORS_HEADER_MOST);
    if (header > length - LENGTH_BYTES)
        return error_set(error, ERROR_INPUT,
                         "%s: its header has %llu bytes, but only %llu follow: is it truncated?",
                         name, (unsigned long long)header,
                         (unsigned long long)(length - LENGTH_BYTES));
    const char *text = (const char *)bytes + LENGTH_BYTES;
    struct json root;
    const bool read =
        json_parse_wide(text, (size_t)header, name, SAFETENSORS_TENSORS_MOST, &root, error) &&
        read_list(&root, LENGTH_BYTES + header, length, name, tensors, error);
    json_free(&root);
    if (!read)
        safetensors_free(tensors);
    return read;
}

const struct safetensor *safetensors_find(const struct safetensors *tensors, const char *name)
{
    size_t low = 0, high = tensors->count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        const int order = strcmp(tensors->list[middle].name, name);
        if (order == 0)
            return &tensors->list[middle];
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

void safetensors_shape_text(const struct safetensor *tensor, char *text, size_t size)
{
    text[0] = '\0';
    text_append(text, size, "[");
    for (uint32_t i = 0; i < tensor->axes; i++)
        text_append(text, size, "%s%llu", i == 0 ? "" : ", ", (unsigned long long)tensor->shape[i]);
    text_append(text, size, "]");
}

void safetensors_free(struct safetensors *tensors)
{
    for (size_t i = 0; tensors->list && i < tensors->count; i++)
        free(tensors->list[i].name);
    free(tensors->list);
    *tensors = (struct safetensors){0};
}
