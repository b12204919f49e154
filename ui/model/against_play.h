/*
 * against_play.h - another build, measured in turns with the selected variant: whose turn it is,
 * and what it was asked for. It owns the thread that runs the other build.
 */
#ifndef UI_AGAINST_PLAY_H
#define UI_AGAINST_PLAY_H

#include "../../src/command/against_turns.h"

/* Another build, in turns with the selected variant. */
struct against_play {
    const char *binary;          /* borrowed; NULL: none is measured, or no longer */
    struct against_turns *turns; /* owned */
    struct against_order order;  /* of what is selected; its variant is NULL: not begun */
    uint32_t resets;             /* the request's, when that was begun */
    uint32_t row;                /* likewise, the selected one */
    int own;                     /* the letter that goes with the selected one; -1: none does */
    bool others;                 /* the turn is the other build's */
    bool measures;               /* the device is to be measured when it is free */
    uint32_t seed, cycle;        /* of the order of turns, and how many were begun */
    uint32_t place;              /* of the turn in its cycle, from 1; 0: none yet */
    uint32_t sequence[2];        /* of this cycle: 1 is the other build */
};

#endif
