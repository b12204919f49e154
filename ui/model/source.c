#include "source.h"

#include "../../src/base/embedded.h"

#include <stdio.h>
#include <string.h>

bool source_open_live(struct source *source, enum backend backend, int index, struct error *error)
{
    *source = (struct source){.worker = worker_start(backend, index, error)};
    if (!source->worker)
        return false;
    source->snapshot = worker_look(source->worker);
    return true;
}

/* Call after the document was loaded: writes the mark and sorts the runs into points. False: no
 * memory, and the source is closed. */
static bool mark_recorded(struct source *source, const char *path, struct error *error)
{
    snprintf(source->path, sizeof source->path, "%s", path);
    const struct document *document = &source->document;
    source->recorded = true;
    snprintf(source->mark, sizeof source->mark, "RECORDED %s%s%.10s", document->device.name,
             document->recorded_utc[0] ? ", " : "", document->recorded_utc);
    if (points_open(&source->points, document->runs, document->count))
        return true;
    source_close(source);
    return error_set(error, ERROR_RUN, "no memory for the runs of %s", path);
}

bool source_open_text(struct source *source, const char *text, size_t length, const char *name,
                      struct error *error)
{
    *source = (struct source){0};
    if (!document_parse(text, length, name, &source->document, error))
        return false;
    return mark_recorded(source, name, error);
}

bool source_open_recording(struct source *source, const char *path, struct error *error)
{
    *source = (struct source){0};
    if (!document_open(path, &source->document, error))
        return false;
    return mark_recorded(source, path, error);
}

const char *source_label(const char *path, char *text, size_t size)
{
    static const char folder[] = "recordings/", end[] = ".json";
    const size_t begin = strlen(folder), length = strlen(path);
    const bool built_in = embedded_find(path) && strncmp(path, folder, begin) == 0 &&
                          length > begin + strlen(end) &&
                          strcmp(path + length - strlen(end), end) == 0;
    snprintf(text, size, "%.*s", (int)(built_in ? length - begin - strlen(end) : length),
             built_in ? path + begin : path);
    return text;
}

bool source_close(struct source *source)
{
    bool given_back = worker_stop(source->worker);
    points_close(&source->points);
    if (source->recorded)
        document_free(&source->document);
    *source = (struct source){0};
    return given_back;
}

bool source_look(struct source *source)
{
    if (!source->worker)
        return false;
    uint64_t number = source->snapshot->number;
    source->snapshot = worker_look(source->worker);
    return source->snapshot->number != number;
}

const struct run *source_runs(const struct source *source, size_t *count)
{
    *count = source->recorded ? source->document.count
             : source->worker ? source->snapshot->count
                              : 0;
    return source->recorded ? source->document.runs
           : source->worker ? source->snapshot->runs
                            : NULL;
}

const struct device_info *source_device(const struct source *source)
{
    static const struct device_info unknown;
    return source->recorded ? &source->document.device
           : source->worker ? &source->snapshot->device
                            : &unknown;
}

const struct ceilings *source_ceilings(const struct source *source)
{
    static const struct ceilings unknown;
    return source->recorded ? &source->document.ceilings
           : source->worker ? &source->snapshot->ceilings
                            : &unknown;
}
