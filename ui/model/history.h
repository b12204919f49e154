/*
 * history.h - the epochs that the user looked at in this session, oldest first: where each was
 * measured, its samples, and its verdict against the previous one. Does not depend on the explorer
 * or the screen.
 *
 * An epoch has one variant, one setting of its knobs and one device. In a recording, each visited
 * point is an entry. Only the newest HISTORY_ROOM entries are kept. Samples are copied without
 * stamps; a copied histogram has only the buckets from the first to the last in use.
 */
#pragma once

#include "../../src/engine/compare.h"

#include <limits.h>

#define HISTORY_ROOM 64u

/* Where an epoch was measured. */
struct history_place {
    char preset[PATH_MAX]; /* name or path; "" for a recording */
    char recording[256];   /* path; "": live */
    char mark[176];        /* "RECORDED <device>, <date>"; "": live */
    uint32_t source;       /* the worker's number: every worker counts its epochs from 1 */
    enum backend backend;  /* if live */
    int index;             /* of the device, if live */
    struct knobs knobs;    /* the values asked for; in a recording, the point */
};

struct history_entry {
    uint32_t number; /* counts the session's entries, from 1 */
    struct history_place place;
    struct run run; /* a deep copy; `asked` contains the knobs */
    struct device_info device;
    struct ceilings ceilings;
    struct comparison comparison; /* with the previous entry; valid if `compared` */
    bool compared;
    uint64_t judged; /* fingerprint of the evidence behind the comparison */
};

/* A zeroed struct is an empty history. */
struct history {
    struct history_entry *entries; /* owned, HISTORY_ROOM of them; NULL: none yet */
    uint32_t count, begun;
    uint32_t present; /* the index of the entry on screen; `count`: none */
    uint32_t cursor;
    uint32_t source; /* the present source's number */
};

void history_close(struct history *history);

/* Call with the run that the screen shows. Makes its entry the present one, adding it if needed; if
 * the cursor was on the last entry, it moves to an added one. If `run` is NULL or has no
 * iterations, no entry is present. False: the entry was present already, there is none, or memory
 * is short. */
bool history_follow(struct history *history, const struct history_place *place,
                    const struct run *run, const struct device_info *device,
                    const struct ceilings *ceilings);

/* Copies the samples of these live runs to the entries of their epochs. Call before the runs
 * disappear, and before the entries are shown. */
void history_keep(struct history *history, const struct run *runs, size_t count);

/* Compares each entry with the previous one if its evidence changed. */
void history_judge(struct history *history);

/* Writes what differs from the previous entry: "BATCH 16 (was 8)", "variant", "device"; "first" for
 * the first entry. */
void history_changed_text(const struct history *history, uint32_t at, char *text, size_t size);

/* Writes the verdict against the previous entry, or why there is none: "×1.53, 1.50 to 1.57: faster
 * than 3" (3: that entry's number); "" for the first entry. `times`, `plus_minus`: the signs. */
void history_verdict_text(const struct history *history, uint32_t at, const char *times,
                          const char *plus_minus, char *text, size_t size);
