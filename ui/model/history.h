/*
 * history.h - the epochs of this session that the user looked at, oldest first: where each was
 * measured, its samples, and its verdict against the previous one. Pure: no explorer, no screen.
 *
 * An epoch has one variant, one setting of its knobs and one device. In a recording, each visited
 * point is an entry. The newest HISTORY_ROOM entries are kept. Samples are copied without stamps,
 * in only as many buckets as they use.
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
    struct knobs knobs;    /* as asked for; in a recording, the point */
};

struct history_entry {
    uint32_t number; /* in the session, from 1 */
    struct history_place place;
    struct run run; /* a deep copy; `asked` contains the knobs */
    struct device_info device;
    struct ceilings ceilings;
    struct comparison comparison; /* with the previous entry; valid if `compared` */
    bool compared;
    uint64_t judged; /* fingerprint of the evidence behind the comparison */
};

/* Zeroed: empty. */
struct history {
    struct history_entry *entries; /* owned, HISTORY_ROOM of them; NULL: none yet */
    uint32_t count, begun;
    uint32_t present; /* the entry on screen; count: none */
    uint32_t cursor;
    uint32_t source; /* the present source's number */
};

void history_close(struct history *history);

/* The user looks at `run`: continues its entry or adds one. The cursor follows if it was on the
 * last entry. Without iterations, or with NULL, no entry is present. False: nothing changed, or no
 * memory. */
bool history_follow(struct history *history, const struct history_place *place,
                    const struct run *run, const struct device_info *device,
                    const struct ceilings *ceilings);

/* Updates the copies of all entries whose epochs are among these live runs: before the runs go
 * away, or before the entries are shown. */
void history_keep(struct history *history, const struct run *runs, size_t count);

/* Compares entries with their predecessors if the evidence changed. */
void history_judge(struct history *history);

/* Writes how the entry differs from the previous one: "BATCH 16 (was 8)", "variant", "device";
 * "first" for the first one. */
void history_changed_text(const struct history *history, uint32_t at, char *text, size_t size);

/* Writes the verdict against the previous entry: "×1.53, 1.50 to 1.57: faster than 3", or why there
 * is none. "" for the first. `times` and `plus_minus`: how to print those signs. */
void history_verdict_text(const struct history *history, uint32_t at, const char *times,
                          const char *plus_minus, char *text, size_t size);
