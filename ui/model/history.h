/*
 * history.h - the epochs of this session that were looked at, the oldest first: where each was
 * measured, its samples, and what it says beside the one before. Pure: no explorer, no screen.
 *
 * An epoch is of one variant, one setting of its knobs and one device; of a recording, a point that
 * was looked at takes its place. At most HISTORY_ROOM are kept, the oldest go. Samples are copied
 * without stamps, in as many buckets as they use.
 */
#ifndef UI_HISTORY_H
#define UI_HISTORY_H

#include "../../src/engine/compare.h"

#include <limits.h>

#define HISTORY_ROOM 64u

/* Where an epoch was measured. */
struct history_place {
    char preset[PATH_MAX]; /* its name, or its path; "" of a recording */
    char recording[256];   /* its path; "": live */
    char mark[176];        /* "RECORDED <device>, <date>"; "": live */
    uint32_t source;       /* number of the worker, which numbers its epochs from 1 */
    enum backend backend;  /* live */
    int index;             /* of the device; live */
    struct knobs knobs;    /* as asked for; of a recording, the point */
};

struct history_entry {
    uint32_t number; /* in the session, from 1 */
    struct history_place place;
    struct run run; /* a copy of its own; `asked` says with which knobs */
    struct device_info device;
    struct ceilings ceilings;
    struct comparison comparison; /* with the entry before; of no use without `compared` */
    bool compared;
    uint64_t judged; /* what the comparison went by, in one number */
};

/* A zeroed one is empty. */
struct history {
    struct history_entry *entries; /* owned, HISTORY_ROOM of them; NULL: none yet */
    uint32_t count, begun;
    uint32_t present; /* the entry of what is looked at; count: there is none */
    uint32_t cursor;
    uint32_t source; /* the present one's */
};

void history_close(struct history *history);

/* `run` is looked at: goes on with its entry, or begins one, to which the cursor follows if it was
 * on the last. Without iterations, or NULL, nothing is present. False: nothing has changed, or
 * there is no memory. */
bool history_follow(struct history *history, const struct history_place *place,
                    const struct run *run, const struct device_info *device,
                    const struct ceilings *ceilings);

/* Copies again what live runs have now, of all entries whose epoch they are: before they go, or
 * before they are shown. */
void history_keep(struct history *history, const struct run *runs, size_t count);

/* Compares the entries whose evidence has changed with those before them. */
void history_judge(struct history *history);

/* Writes what is other than in the entry before: "BATCH 16 (was 8)", "variant", "device"; "first"
 * for the first one. */
void history_changed_text(const struct history *history, uint32_t at, char *text, size_t size);

/* Writes the verdict against the entry before: "×1.53, 1.50 to 1.57: faster than 3", or why there
 * is none. "" for the first. `times` and `plus_minus` are how those signs are written. */
void history_verdict_text(const struct history *history, uint32_t at, const char *times,
                          const char *plus_minus, char *text, size_t size);

#endif
