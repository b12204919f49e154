/*
 * demo_play.h - a demo, and where it is. Pure: time comes from the caller. A zeroed one plays none.
 */
#ifndef UI_DEMO_PLAY_H
#define UI_DEMO_PLAY_H

#include "../../src/document/demo.h"

struct demo_play {
    const struct demo *playing; /* borrowed; NULL: none plays */
    uint32_t scene;
    bool asks;         /* its question is shown, below the scene before */
    bool big;          /* the user wants large digits, whatever scenes say */
    bool held;         /* another key was pressed: this scene does not end by itself */
    uint64_t began_ns; /* 0: demo_play_is_due has not seen it yet */
};

/* Whether the next scene comes by itself. Milliseconds until then; -1: it does not come. */
bool demo_play_goes_on(const struct demo_play *play);
int demo_play_wait_ms(const struct demo_play *play, uint64_t now_ns);

/* Whether it is to come now. The scene begins with the first call. */
bool demo_play_is_due(struct demo_play *play, uint64_t now_ns);

/* Whether there is a scene in that direction, 1 or -1. */
bool demo_play_can_step(const struct demo_play *play, int direction);

#endif
