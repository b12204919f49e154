#include "outputs.h"

#include "../base/files.h"
#include "../base/path.h"

#include <stdio.h>
#include <string.h>

static bool is_asked_for(const struct output *output)
{
    return output->path && strcmp(output->path, "-") != 0;
}

static bool refuse_pair(const struct output *a, const struct output *b, struct error *error)
{
    if (b->use == OUTPUT_READ)
        return refuse_pair(b, a, error);
    if (a->use == OUTPUT_READ)
        return error_set(error, ERROR_INPUT,
                         "%s would overwrite %s, which is read (%s): name another file", b->name,
                         a->path, a->name);
    return error_set(error, ERROR_INPUT, "%s %s and %s %s are the same file: name different files",
                     a->name, a->path, b->name, b->path);
}

/* Refuses a file in a folder that the command owns. */
static bool check_owned(const struct output *file, const struct output *owned, struct error *error)
{
    char folder[PATH_MAX];
    struct path_identity is_file, is_owned;
    struct error unknown;
    if (!path_folder(file->path, folder, &unknown) ||
        !path_identify(owned->path, &is_owned, &unknown) ||
        !path_identify(folder, &is_file, &unknown) || !path_same(&is_file, &is_owned))
        return true;
    return error_set(error, ERROR_INPUT, "%s %s is in %s, which %s: choose another folder",
                     file->name, file->path, owned->path, owned->name);
}

/* Refuses two files if writing one would overwrite the other. */
static bool check_pair(const struct output *a, const struct output *b, struct error *error)
{
    struct path_identity is_a, is_b;
    struct error unknown;
    if (a->use != OUTPUT_WRITTEN && b->use != OUTPUT_WRITTEN)
        return true;
    if (a->use == OUTPUT_OWNED)
        return check_owned(b, a, error);
    if (b->use == OUTPUT_OWNED)
        return check_owned(a, b, error);
    if (!path_identify(a->path, &is_a, &unknown) || !path_identify(b->path, &is_b, &unknown))
        return true; /* opening the file will report the error */
    if (path_same(&is_a, &is_b) && !(is_a.shared && is_b.shared))
        return refuse_pair(a, b, error);
    if ((a->use == OUTPUT_WRITTEN && path_is_above(&is_a, &is_b)) ||
        (b->use == OUTPUT_WRITTEN && path_is_above(&is_b, &is_a)))
        return error_set(error, ERROR_INPUT, "%s %s and %s %s: a file cannot also be a folder",
                         a->name, a->path, b->name, b->path);
    return true;
}

/* Checks an output against those after it, and against standard output and error. */
static bool check_others(const struct output *output, const struct output *rest, size_t count,
                         struct error *error)
{
    static const struct output printed[] = {
        {OUTPUT_WRITTEN, "standard output", "/dev/stdout"},
        {OUTPUT_WRITTEN, "standard error", "/dev/stderr"},
    };
    for (size_t i = 0; i < sizeof printed / sizeof *printed; i++)
        if (!check_pair(&printed[i], output, error))
            return false;
    for (size_t i = 0; i < count; i++)
        if (is_asked_for(&rest[i]) && !check_pair(output, &rest[i], error))
            return false;
    return true;
}

bool outputs_check(const struct output *outputs, size_t count, struct error *error)
{
    for (size_t i = 0; i < count; i++)
        if (is_asked_for(&outputs[i]) &&
            !check_others(&outputs[i], &outputs[i + 1], count - i - 1, error))
            return false;
    for (size_t i = 0; i < count; i++) {
        const struct output *output = &outputs[i];
        if (!is_asked_for(output) || output->use == OUTPUT_READ)
            continue;
        if (!(output->use != OUTPUT_WRITTEN ? file_check_folder(output->path, error)
                                            : file_check(output->path, error)))
            return false;
    }
    return true;
}
