#include "targets.h"

#include "../base/text.h"
#include "backend_name.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAME_ROOM   64u
#define KNOWN_NAMES 256u /* variants and targets together */

/* ---- devices -------------------------------------------------------------------------------- */

/* The best backend below `limit` that may be present; BACKEND_CPU if none is. */
static enum backend best_backend(int limit)
{
    int backend = limit - 1;
    while (backend > 0 && !(backends[backend] && backends[backend]->present()))
        backend--;
    return (enum backend)backend;
}

/* Parses "", or ':' and a number of at most three digits. */
static bool parse_index(const char *text, int *index)
{
    *index = 0;
    if (*text == '\0')
        return true;
    size_t digits = strspn(text + 1, "0123456789");
    if (*text != ':' || digits < 1 || digits > 3 || text[1 + digits] != '\0')
        return false;
    *index = (int)strtol(text + 1, NULL, 10);
    return true;
}

bool device_can_time(const struct device_info *device, struct error *error)
{
    return !device->blocking ||
           error_set(error, ERROR_UNSUPPORTED,
                     "nothing can be timed on %s: CUDA_LAUNCH_BLOCKING is set, so each launch "
                     "waits until its kernel ends; unset it",
                     device->id);
}

bool device_parse(const char *text, enum backend *backend, int *index, struct error *error)
{
    *backend = best_backend(BACKEND_COUNT);
    *index = 0;
    if (!text)
        return true;
    for (int i = 0; i < BACKEND_COUNT; i++) {
        size_t length = strlen(backend_name((enum backend)i));
        if (strncmp(text, backend_name((enum backend)i), length) != 0 ||
            !parse_index(text + length, index))
            continue;
        *backend = (enum backend)i;
        if (!backends[i])
            return error_set(error, ERROR_UNSUPPORTED, "device %s: this build has no %s backend",
                             text, backend_name(*backend));
        return true;
    }
    char quoted[NAME_ROOM];
    return error_set(error, ERROR_INPUT, "unknown device %s; a device is cpu, cuda:0, cuda:1 ...",
                     text_quote(quoted, sizeof quoted, text));
}

bool device_choose(const char *named, const char *preferred, enum backend *backend, int *index,
                   struct error *error)
{
    struct error why;
    if (!named && preferred && device_parse(preferred, backend, index, &why) &&
        (*backend == 0 || backends[*backend]->present()))
        return true;
    return device_parse(named, backend, index, error);
}

bool device_fall_back(const struct error *why, enum backend *backend, int *index)
{
    if (why->kind != ERROR_UNSUPPORTED || *backend == 0)
        return false;
    *backend = best_backend((int)*backend);
    *index = 0;
    return true;
}

/* ---- names ---------------------------------------------------------------------------------- */

const struct variant *variant_find(const char *name)
{
    for (size_t i = 0; variants[i]; i++)
        if (strcmp(variants[i]->name, name) == 0)
            return variants[i];
    return NULL;
}

bool targets_has(const char *name)
{
    for (size_t i = 0; variants[i]; i++)
        if (strcmp(variants[i]->target, name) == 0)
            return true;
    return false;
}

bool targets_refuse(const char *name, struct error *error)
{
    const char *known[KNOWN_NAMES];
    size_t count = 0;
    for (size_t i = 0; variants[i] && count + 2 < KNOWN_NAMES; i++) {
        if (variants[i]->hidden)
            continue;
        known[count++] = variants[i]->name;
        known[count++] = variants[i]->target;
    }
    known[count] = NULL;
    char quoted[NAME_ROOM];
    text_quote(quoted, sizeof quoted, name);
    const char *nearest = text_nearest(name, known);
    return error_set(error, ERROR_INPUT, "unknown target or variant %s; %s%s%s", quoted,
                     nearest ? "did you mean " : "pdlab list names them all",
                     nearest ? nearest : "", nearest ? "?" : "");
}

void targets_add_variant(const struct variant *variant, bool by_name, struct targets *targets)
{
    uint32_t i = 0;
    while (i < targets->count && targets->variants[i] != variant)
        i++;
    if (i == WORKER_RUNS)
        return;
    if (i == targets->count) {
        targets->variants[targets->count++] = variant;
        targets->by_name[i] = false;
    }
    targets->by_name[i] |= by_name;
}

bool targets_add(const char *target, enum backend backend, struct targets *targets)
{
    bool any = false;
    for (size_t i = 0; variants[i]; i++) {
        const struct variant *variant = variants[i];
        if (variant->backend == backend &&
            (target ? strcmp(variant->target, target) == 0 : !variant->hidden)) {
            targets_add_variant(variant, false, targets);
            any = true;
        }
    }
    return any;
}

/* Adds the variants that one name refers to. */
static bool add_name(const char *name, enum backend backend, struct targets *targets,
                     struct error *error)
{
    size_t prefix = strlen(TARGETS_PREFIX);
    if (strcmp(name, TARGETS_PREFIX) == 0) {
        targets_add(NULL, backend, targets);
        return true;
    }
    if (strncmp(name, TARGETS_PREFIX ":", prefix + 1) == 0)
        name += prefix + 1;

    const struct variant *variant = variant_find(name);
    if (variant && variant->backend != backend)
        return error_set(error, ERROR_UNSUPPORTED, "%s runs on the %s backend, not on %s", name,
                         backend_name(variant->backend), backend_name(backend));
    if (variant) {
        targets_add_variant(variant, true, targets);
        return true;
    }
    if (!targets_has(name))
        return targets_refuse(name, error);
    if (!targets_add(name, backend, targets))
        return error_set(error, ERROR_UNSUPPORTED, "%s has no variant on the %s backend", name,
                         backend_name(backend));
    return true;
}

bool targets_parse(const char *names, enum backend backend, struct targets *targets,
                   struct error *error)
{
    *targets = (struct targets){0};
    for (const char *at = names;;) {
        char name[NAME_ROOM];
        size_t length = strcspn(at, ",");
        if (length == 0)
            return error_set(error, ERROR_INPUT, "--targets has an empty name in %s",
                             text_quote(name, sizeof name, names));
        snprintf(name, sizeof name, "%.*s", (int)length, at);
        if (!add_name(name, backend, targets, error))
            return false;
        if (at[length] == '\0')
            return true;
        at += length + 1;
    }
}
