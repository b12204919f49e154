/*
 * checkpoints.h - the checkpoints of tests/unit/checkpoints, and broken copies of them in the
 * test's own folder.
 */
#pragma once

#include "../../src/base/files.h"
#include "../../src/document/checkpoint.h"
#include "../../src/document/checkpoint_config.h"
#include "unit.h"

#define LLAMA "tests/unit/checkpoints/llama"
#define QWEN3 "tests/unit/checkpoints/qwen3"

#define COPY_FILE_MOST (UINT64_C(1) << 20)

static char copy_folder[] = "/tmp/pdlab-checkpoint-XXXXXX";

static inline void copy_begin(void)
{
    cr_assert_not_null(mkdtemp(copy_folder));
}

static inline void copy_end(void)
{
    char command[64];
    snprintf(command, sizeof command, "rm -rf '%s'", copy_folder);
    cr_assert_eq(system(command), 0);
}

static inline char *copy_path(const char *name, char path[96])
{
    snprintf(path, 96, "%s/%s", copy_folder, name);
    return path;
}

static inline void copy_write(const char *name, const void *bytes, size_t length)
{
    struct error error;
    char path[96];
    assert_success(file_write(copy_path(name, path), bytes, length, &error));
}

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
    copy_write(name, bytes, length);
    free(bytes);
}

/* A copy of the first *length bytes of a text, with its first `from` replaced; malloc. Updates
 * *length. Fails the test without a `from`. */
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
static inline void copy_text(const char *folder, const char *name, const char *from, const char *to)
{
    size_t length;
    char *text = copy_read(folder, name, &length);
    char *changed = copy_replaced(text, &length, from, to);
    copy_write(name, changed, length);
    free(changed);
    free(text);
}

/* Writes a copy of a safetensors file with a replacement in its header. */
static inline void copy_header(const char *folder, const char *name, const char *from,
                               const char *to)
{
    size_t length;
    uint64_t header;
    char *bytes = copy_read(folder, name, &length);
    memcpy(&header, bytes, sizeof header);
    size_t changed_length = (size_t)header;
    char *changed = copy_replaced(bytes + sizeof header, &changed_length, from, to);
    const size_t data = length - sizeof header - (size_t)header;
    char *whole = malloc(sizeof header + changed_length + data);
    const uint64_t changed_header = changed_length;
    memcpy(whole, &changed_header, sizeof changed_header);
    memcpy(whole + sizeof header, changed, changed_length);
    memcpy(whole + sizeof header + changed_length, bytes + sizeof header + header, data);
    copy_write(name, whole, sizeof header + changed_length + data);
    free(whole);
    free(changed);
    free(bytes);
}
