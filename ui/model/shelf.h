/*
 * shelf.h - recordings of other devices beside the live variants: without a GPU, the list still
 * shows what was recorded on one. Files are read one per call, so that nothing waits for them. All
 * are of one device, the one recorded last: rows of two devices are not comparable.
 */
#pragma once

#include "../../src/base/embedded.h"
#include "source.h"

#define SHELF_SOURCES 32u

struct shelf {
    char target[48];      /* whose runs are wanted; "": none */
    enum backend backend; /* the live backend: its runs are not wanted */
    char title[176]; /* of all rows: "RECORDED device, date"; only the device if the dates differ */
    const struct embedded *newest; /* recording of the target: only files in its folder are read */
    size_t next;                   /* index into embedded_files, which are scanned twice */
    struct source *sources;        /* owned, those with such runs; their points are not used */
    uint32_t source_count;
    struct run *runs;     /* owned as an array, file after file; borrows what the runs point to */
    struct points points; /* of all these runs */
    struct shelf_found
        *found; /* owned: [points.row_count], the last search's result for each row */
};

/* Starts looking for runs of a target on other backends. Reads nothing yet. */
void shelf_begin(struct shelf *shelf, const char *target, enum backend backend);
void shelf_close(struct shelf *shelf); /* accepts a zeroed one */

/* Whether files are left to read. */
bool shelf_is_unread(const struct shelf *shelf);

/* Reads one file; skips recordings of a single variant and of other devices than the first. True if
 * runs were added: earlier pointers to runs are then invalid. */
bool shelf_read_next(struct shelf *shelf);

/* The recording that contains a run of the shelf. */
const struct source *shelf_source(const struct shelf *shelf, const struct run *run);

/* A variant's run at these knobs, or the nearest one. NULL: no such row. */
const struct run *shelf_find(const struct shelf *shelf, uint32_t row, const struct knobs *at);
