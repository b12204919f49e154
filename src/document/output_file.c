#include "output_file.h"

#include "../base/files.h"
#include "../base/json_writer.h"
#include "../engine/knobs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LENGTH_BYTES 8u
#define NAME_ROOM    96u

/* Writes the metadata. safetensors allows only strings in it. */
static void write_metadata(struct json_writer *json, const struct variant *variant,
                           const struct knobs *used)
{
    json_open(json, "__metadata__", '{');
    json_write_string(json, "variant", variant->name);
    json_write_string(json, "workload", variant->workload->name);
    for (int id = 0; id < KNOB_COUNT; id++) {
        char value[64];
        if (!(variant->workload->knobs >> id & 1))
            continue;
        knob_format((enum knob_id)id, used->value[id], value, sizeof value);
        json_write_string(json, knob_table[id].name, value);
    }
    json_close(json, '}');
}

/* Returns the header, padded with blanks so that the elements are aligned. The caller frees it.
 * *data is the length of the elements in bytes. NULL: out of memory. */
static char *print_header(const struct variant *variant, const struct knobs *used, size_t *length,
                          size_t *data)
{
    const struct workload *workload = variant->workload;
    struct json_writer json = {0};
    *data = 0;
    json_open(&json, NULL, '{');
    write_metadata(&json, variant, used);
    for (uint32_t part = 0; part < workload->parts(used); part++) {
        const struct workload_part shape = workload->part(used, part);
        const size_t bytes = (size_t)shape.rows * shape.columns * sizeof(float);
        char name[NAME_ROOM];
        workload->name_part(used, part, name, sizeof name);
        json_open(&json, name, '{');
        json_write_string(&json, "dtype", "F32");
        json_open(&json, "shape", '[');
        json_write_integer(&json, NULL, shape.rows);
        json_write_integer(&json, NULL, shape.columns);
        json_close(&json, ']');
        json_open(&json, "data_offsets", '[');
        json_write_integer(&json, NULL, (int64_t)*data);
        json_write_integer(&json, NULL, (int64_t)(*data + bytes));
        json_close(&json, ']');
        json_close(&json, '}');
        *data += bytes;
    }
    json_close(&json, '}');
    while ((json.length + 1) % LENGTH_BYTES != 0 && !json.failed) /* + 1 for the newline */
        json_write_text(&json, " ", 1);
    return json_writer_finish(&json, length);
}

bool output_file_write(const char *path, const struct variant *variant, const void *state,
                       const struct knobs *used, struct error *error)
{
    const struct workload *workload = variant->workload;
    size_t length = 0, data;
    char *header = print_header(variant, used, &length, &data);
    const size_t total = LENGTH_BYTES + length + data;
    char *bytes = header ? malloc(total) : NULL;
    if (!bytes) {
        free(header);
        return error_set(error, ERROR_RUN, "no memory for the output of %s", variant->name);
    }
    const uint64_t header_bytes = length;
    memcpy(bytes, &header_bytes, LENGTH_BYTES);
    memcpy(bytes + LENGTH_BYTES, header, length);
    float *rows = (float *)(void *)(bytes + LENGTH_BYTES + length);
    for (uint32_t part = 0; part < workload->parts(used); part++) {
        const struct workload_part shape = workload->part(used, part);
        variant->ops->output(state, part, rows);
        rows += (size_t)shape.rows * shape.columns;
    }
    const bool written = file_write(path, bytes, total, error);
    free(bytes);
    free(header);
    return written;
}
