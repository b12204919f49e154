/*
 * checkpoints.h - the checkpoints of tests/unit/checkpoints, and broken copies of them in the
 * test's own folder.
 */
#pragma once

#include "../../src/document/checkpoint.h"
#include "../../src/document/checkpoint_config.h"
#include "folder.h"

#define LLAMA "tests/unit/checkpoints/llama"
#define QWEN3 "tests/unit/checkpoints/qwen3"

#define COPY_FILE_MOST (UINT64_C(1) << 20)

/* Reads a file of a checkpoint (malloc). */
static inline char *copy_read(const char *from, const char *name, size_t *length)
{
    struct error error;
    char path[96], *bytes;
    snprintf(path, sizeof path, "%s/%s", from, name);
    assert_success(file_read(path, COPY_FILE_MOST, &bytes, length, &error));
    return bytes;
}

static inline void copy_file(const char *from, const char *name)
{
    size_t length;
    char *bytes = copy_read(from, name, &length);
    folder_write(name, bytes, length);
    free(bytes);
}

/* A copy of the first *length bytes of a text, with its first `from` replaced; malloc. Updates
 * *length. Fails the test if the text has no `from`. */
static inline char *copy_replaced(const char *text, size_t *length, const char *from,
                                  const char *to)
{
    const char *at = memmem(text, *length, from, strlen(from));
    cr_assert_not_null(at, "no %s to replace", from);
    const size_t before = (size_t)(at - text), after = *length - before - strlen(from);
    char *changed = malloc(before + strlen(to) + after + 1);
    memcpy(changed, text, before);
    memcpy(changed + before, to, strlen(to));
    memcpy(changed + before + strlen(to), at + strlen(from), after);
    *length = before + strlen(to) + after;
    changed[*length] = '\0';
    return changed;
}

/* Writes a copy of a text file with a replacement. */
static inline void copy_text(const char *source, const char *name, const char *from, const char *to)
{
    size_t length;
    char *text = copy_read(source, name, &length);
    char *changed = copy_replaced(text, &length, from, to);
    folder_write(name, changed, length);
    free(changed);
    free(text);
}

/* Writes a copy of a safetensors file with a replacement in its header. */
static inline void copy_header(const char *source, const char *name, const char *from,
                               const char *to)
{
    size_t length;
    uint64_t header;
    char *bytes = copy_read(source, name, &length);
    memcpy(&header, bytes, sizeof header);
    size_t changed_length = (size_t)header;
    char *changed = copy_replaced(bytes + sizeof header, &changed_length, from, to);
    const size_t data = length - sizeof header - (size_t)header;
    char *whole = malloc(sizeof header + changed_length + data);
    const uint64_t changed_header = changed_length;
    memcpy(whole, &changed_header, sizeof changed_header);
    memcpy(whole + sizeof header, changed, changed_length);
    memcpy(whole + sizeof header + changed_length, bytes + sizeof header + header, data);
    folder_write(name, whole, sizeof header + changed_length + data);
    free(whole);
    free(changed);
    free(bytes);
}
