#include "sweep_recording.h"

#include "../base/text.h"

#include <stdlib.h>
#include <string.h>

static size_t count_runs(const struct sweep *sweep)
{
    return (size_t)sweep_points(sweep) * sweep->variant_count;
}

bool sweep_fits_recording(const struct sweep *sweep, struct error *error)
{
    char runs[32], most[32];
    if (count_runs(sweep) <= DOCUMENT_MOST_RUNS)
        return true;
    return error_set(
        error, ERROR_INPUT,
        "--record: the sweep has %s runs, but a recording has at most %s: reduce the values or "
        "variants",
        text_integer(runs, sizeof runs, (int64_t)count_runs(sweep)),
        text_integer(most, sizeof most, DOCUMENT_MOST_RUNS));
}

/* Moves a point's runs to the end of the document's runs. The first point supplies the build, date
 * and device. */
static void take_point(struct document *document, struct document *point)
{
    struct run *runs = document->runs;
    size_t count = document->count;
    if (count == 0)
        *document = *point;
    document->runs = runs;
    document->count = count + point->count;
    memcpy(&runs[count], point->runs, point->count * sizeof *runs);
    free(point->runs);
    *point = (struct document){0};
}

/* Reads all points into *document, which has room for all runs. */
static bool read_points(const struct sweep *sweep, const char *folder, struct document *document,
                        struct error *error)
{
    for (uint32_t number = 1; number <= sweep_points(sweep); number++) {
        struct document point;
        bool there;
        if (!sweep_read_point(sweep, folder, number, &point, &there, error))
            return false;
        if (!there)
            return error_set(error, ERROR_RUN, "point %u of %s is missing: nothing is recorded",
                             number, folder);
        take_point(document, &point);
    }
    return true;
}

static size_t count_without_stamps(const struct document *document)
{
    size_t count = 0;
    for (size_t i = 0; i < document->count; i++) {
        const struct run *run = &document->runs[i];
        count += run->histograms[METRIC_STEP].count > 0 && run->typical.iteration_ns == 0;
    }
    return count;
}

bool sweep_write_recording(const struct sweep *sweep, const char *folder, const char *path,
                           struct sweep_recording *recording, struct error *error)
{
    struct document document = {.runs = calloc(count_runs(sweep), sizeof(struct run))};
    *recording = (struct sweep_recording){0};
    if (!document.runs)
        return error_set(error, ERROR_RUN, "no memory for the recording %s", path);
    bool written = read_points(sweep, folder, &document, error) &&
                   document_write_recording(&document, path, &recording->bytes, error);
    recording->runs = document.count;
    recording->without_stamps = count_without_stamps(&document);
    document_free(&document);
    return written;
}
