/*
 * shelf.h - recordings of another device, listed below the live variants: without a GPU, the list
 * still shows variants recorded on one. Each call reads one file, so that the screen never waits
 * for many. All recordings are of one device, the one recorded last, because rows of two devices
 * are not comparable.
 */
#pragma once

#include "../../src/base/embedded.h"
#include "source.h"

#define SHELF_SOURCES 32u

struct shelf {
    char target[48];      /* runs of this target are wanted; "": none are */
    enum backend backend; /* the live backend, whose runs are not wanted */
    char title[176]; /* heading of the rows: "RECORDED device, date"; no date if dates differ */
    const struct embedded *newest; /* the target's newest recording: only its folder is read */
    size_t next;                   /* next index into embedded_files, which are scanned twice */
    struct source *sources; /* owned: the recordings with wanted runs; their points are not used */
    uint32_t source_count;
    struct run *runs;     /* owned array: all wanted runs, by file; `sources` own their samples */
    struct points points; /* of `runs` */
    struct shelf_found *found; /* owned: each row's last search result, [points.row_count] */
};

/* Starts looking for runs of a target on other backends. Reads nothing yet. */
void shelf_begin(struct shelf *shelf, const char *target, enum backend backend);
void shelf_close(struct shelf *shelf); /* accepts a zeroed shelf */

/* Whether there are files left to read. */
bool shelf_is_unread(const struct shelf *shelf);

/* Reads one file; ignores a recording of a single variant, or of another device than the first
 * recording. True: runs were added, and earlier pointers to runs are invalid. */
bool shelf_read_next(struct shelf *shelf);

/* Returns the recording that contains a run of the shelf. */
const struct source *shelf_source(const struct shelf *shelf, const struct run *run);

/* Returns a row's run at these knobs or, without one, its nearest run. NULL: no such row. */
const struct run *shelf_find(const struct shelf *shelf, uint32_t row, const struct knobs *at);
