/*
 * against_play.h - the state of `--against`: this build's selected variant and the same variant of
 * another build take turns. Owns the thread that runs the other build.
 */
#pragma once

#include "../../src/command/against_turns.h"

struct against_play {
    const char *binary;          /* borrowed; NULL: no other build is measured */
    char mark[176];              /* marks the other build's row: "build before" (tags.h) */
    struct against_turns *turns; /* owned */
    struct against_order order;  /* what the other build measures; variant NULL: not started */
    uint32_t resets;             /* request.resets when `order` was set */
    uint32_t row;                /* the selected row when `order` was set */
    int own;                     /* the tag of this build's row; -1: none */
    bool others;                 /* the other build has the turn */
    bool measures;               /* measure the device once the other build's process ends */
    uint32_t seed, cycle;        /* seed of the random order of turns; number of cycles begun */
    uint32_t place;              /* the turn's position in its cycle, from 1; 0: no turn yet */
    uint32_t sequence[2];        /* order of turns in this cycle; 0: this build, 1: the other */
};
