/*
 * against_play.h - the state of `--against`: this build's selected variant and the same variant of
 * another build take turns. Owns the thread that runs the other build.
 */
#pragma once

#include "../../src/command/against_turns.h"

struct against_play {
    const char *binary;          /* borrowed; NULL: no other build, or no longer */
    char mark[176];              /* "build before": its row's mark (tags.h) */
    struct against_turns *turns; /* owned */
    struct against_order order;  /* what to measure; its variant is NULL before the start */
    uint32_t resets;             /* request.resets when `order` was begun */
    uint32_t row;                /* the selected row when `order` was begun */
    int own;                     /* the tag of this build's side; -1: none */
    bool others;                 /* the other build has the turn */
    bool measures;               /* measure the device as soon as it is free */
    uint32_t seed, cycle;        /* seed of the random order of turns; cycles begun */
    uint32_t place;              /* the turn's position in its cycle, from 1; 0: no turn yet */
    uint32_t sequence[2];        /* order of turns in this cycle; 0: this build, 1: the other */
};
