#include "shelf.h"

#include "../../src/engine/backend_name.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void shelf_begin(struct shelf *shelf, const char *target, enum backend backend)
{
    shelf_close(shelf);
    snprintf(shelf->target, sizeof shelf->target, "%s", target);
    shelf->backend = backend;
    if (!target[0])
        return;
    shelf->sources = calloc(SHELF_SOURCES, sizeof *shelf->sources);
    if (!shelf->sources)
        shelf->target[0] = '\0';
}

/* Caches the result of a search, because the list asks for each row several times per key press and
 * a search is slow. */
struct shelf_found {
    struct knobs at;
    const struct run *run; /* NULL: no search yet */
};

void shelf_close(struct shelf *shelf)
{
    points_close(&shelf->points);
    free(shelf->found);
    free(shelf->runs);
    for (uint32_t i = 0; i < shelf->source_count; i++)
        source_close(&shelf->sources[i]);
    free(shelf->sources);
    *shelf = (struct shelf){0};
}

/* The files are scanned twice: first those that contain the device's peak bandwidth, because of two
 * runs at the same knobs, the one read first is shown. */
enum { WITH_PEAK, WITHOUT_PEAK, PASSES };

static size_t file_count(void)
{
    size_t count = 0;
    while (embedded_files[count].path)
        count++;
    return count;
}

bool shelf_is_unread(const struct shelf *shelf)
{
    return shelf->target[0] && shelf->next < PASSES * file_count();
}

static bool belongs(const struct shelf *shelf, const struct run *run)
{
    return run->backend != shelf->backend && strcmp(run->target, shelf->target) == 0 &&
           run->status < RUN_FAILED;
}

/* Adds a recording's runs of the target. False: they are of fewer than two variants, or memory is
 * short; nothing has changed. */
static bool take(struct shelf *shelf, const struct source *source)
{
    const struct document *document = &source->document;
    size_t count = shelf->points.count;
    struct run *runs = malloc((count + document->count + 1) * sizeof *runs);
    struct points points;
    if (!runs)
        return false;
    if (count > 0)
        memcpy(runs, shelf->runs, count * sizeof *runs);
    for (size_t i = 0; i < document->count; i++)
        if (belongs(shelf, &document->runs[i]))
            runs[count++] = document->runs[i];
    bool several = false;
    for (size_t i = shelf->points.count; i < count; i++)
        several |= strcmp(runs[i].variant, runs[shelf->points.count].variant) != 0;
    if (!several || !points_open(&points, runs, count)) {
        free(runs);
        return false;
    }
    struct shelf_found *found = calloc(points.row_count, sizeof *found);
    if (!found) {
        points_close(&points);
        free(runs);
        return false;
    }
    free(shelf->found);
    shelf->found = found;
    points_close(&shelf->points);
    free(shelf->runs);
    shelf->runs = runs;
    shelf->points = points;
    return true;
}

/* Whether the file's text names the target and another backend, and has (`with_peak`) or lacks a
 * peak bandwidth. Most files do not match, and parsing one is slow. */
static bool may_belong(const struct shelf *shelf, const struct embedded *file, bool with_peak)
{
    struct error error;
    size_t length;
    char *text = embedded_text(file, &length, &error);
    char word[64];
    bool may = false;
    snprintf(word, sizeof word, "\"%s\"", shelf->target);
    if (text && strstr(text, word) && (strstr(text, "\"ceiling_gb_per_s\"") != NULL) == with_peak)
        for (int backend = 0; backend < BACKEND_COUNT; backend++) {
            snprintf(word, sizeof word, "\"%s\"", backend_name((enum backend)backend));
            may |= backend != (int)shelf->backend && strstr(text, word);
        }
    free(text);
    return may;
}

static bool is_recording(const struct embedded *file)
{
    static const char folder[] = "recordings/";
    return strncmp(file->path, folder, strlen(folder)) == 0;
}

/* Returns the last recording of the target, if possible one with a peak bandwidth; NULL: none. Each
 * device has a folder, and later folders are of newer devices. */
static const struct embedded *find_newest(const struct shelf *shelf)
{
    for (int pass = WITH_PEAK; pass < PASSES; pass++)
        for (size_t i = file_count(); i > 0; i--)
            if (is_recording(&embedded_files[i - 1]) &&
                may_belong(shelf, &embedded_files[i - 1], pass == WITH_PEAK))
                return &embedded_files[i - 1];
    return NULL;
}

static bool is_beside(const struct embedded *file, const struct embedded *other)
{
    const char *end = other ? strrchr(other->path, '/') : NULL;
    return end && strncmp(file->path, other->path, (size_t)(end + 1 - other->path)) == 0;
}

static void write_title(struct shelf *shelf)
{
    const char *mark = shelf->sources[0].mark;
    bool one_day = true;
    for (uint32_t i = 1; i < shelf->source_count; i++)
        one_day &= strcmp(shelf->sources[i].mark, mark) == 0;
    if (one_day)
        snprintf(shelf->title, sizeof shelf->title, "%s", mark);
    else
        snprintf(shelf->title, sizeof shelf->title, "RECORDED %s",
                 shelf->sources[0].document.device.name);
}

bool shelf_read_next(struct shelf *shelf)
{
    struct error error;
    if (!shelf_is_unread(shelf))
        return false;
    if (shelf->next == 0)
        shelf->newest = find_newest(shelf);
    const struct embedded *file = NULL;
    while (!file && shelf_is_unread(shelf)) {
        const size_t count = file_count(), pass = shelf->next / count;
        file = &embedded_files[shelf->next++ % count];
        if (!is_recording(file) || !is_beside(file, shelf->newest) ||
            !may_belong(shelf, file, pass == WITH_PEAK))
            file = NULL;
    }
    struct source *source = &shelf->sources[shelf->source_count];
    if (!file || shelf->source_count == SHELF_SOURCES ||
        !source_open_recording(source, file->path, &error))
        return false;
    const char *device = shelf->sources[0].document.device.name; /* of the first one */
    if (strcmp(device, source->document.device.name) != 0 || !take(shelf, source)) {
        source_close(source);
        return false;
    }
    shelf->source_count++;
    write_title(shelf);
    return true;
}

const struct source *shelf_source(const struct shelf *shelf, const struct run *run)
{
    size_t at = (size_t)(run - shelf->runs);
    for (uint32_t i = 0; i < shelf->source_count; i++) {
        size_t own = 0;
        for (size_t j = 0; j < shelf->sources[i].document.count; j++)
            own += belongs(shelf, &shelf->sources[i].document.runs[j]);
        if (at < own)
            return &shelf->sources[i];
        at -= own;
    }
    return NULL;
}

const struct run *shelf_find(const struct shelf *shelf, uint32_t row, const struct knobs *at)
{
    if (row >= shelf->points.row_count)
        return NULL;
    struct shelf_found *found = &shelf->found[row];
    if (found->run && memcmp(&found->at, at, sizeof *at) == 0)
        return found->run;
    /* Ignore ITERATIONS: how long a measurement took does not decide between recordings. */
    struct knobs like = *at;
    like.iterations = shelf->points.rows[row].first->asked.iterations;
    like.warmup = shelf->points.rows[row].first->asked.warmup;
    const struct run *run = points_find(&shelf->points, row, &like);
    if (!run)
        run = points_nearest(&shelf->points, row, &like, KNOB_COUNT);
    *found = (struct shelf_found){.at = *at, .run = run};
    return run;
}
