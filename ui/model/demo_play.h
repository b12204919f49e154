/*
 * demo_play.h - a demo, and where it is. Pure: time comes from the caller. A zeroed one plays none.
 */
#ifndef UI_DEMO_PLAY_H
#define UI_DEMO_PLAY_H

#include "../../src/document/demo.h"

struct demo_play {
    const struct demo *playing; /* borrowed; NULL: none plays */
    uint32_t scene;
    bool asks;          /* its question is shown, below the scene before */
    bool big;           /* the user wants large digits, whatever scenes say */
    bool held;          /* the user paused it or pressed another key: its clock stands still */
    uint64_t passed_ns; /* of the scene, while its clock ran */
    uint64_t looked_ns; /* when demo_play_tick looked last; 0: not yet, or the clock stood still */
};

/* What the present scene waits for. */
enum demo_wait {
    DEMO_WAITS_FOR_TIME, /* the next scene comes by itself */
    DEMO_WAITS_HELD,     /* it would, but the clock stands still */
    DEMO_WAITS_FOR_KEY,  /* a question, or a scene without seconds */
    DEMO_WAITS_AT_END
};
enum demo_wait demo_play_wait(const struct demo_play *play);

/* Begins the present scene or its question: its clock at 0. */
void demo_play_begin(struct demo_play *play);

/* Stops the clock, or lets it go on. False: this scene does not end by time. */
bool demo_play_pause(struct demo_play *play);

/* Seconds of the scene that are left, as of the last tick, and how many it has in all. */
double demo_play_left_s(const struct demo_play *play);
double demo_play_length_s(const struct demo_play *play);

/* Milliseconds until the seconds that are left change; -1: the clock stands still. */
int demo_play_wait_ms(const struct demo_play *play, uint64_t now_ns);

/* Time has passed. True if another number of seconds is left. The scene is over with none left. */
bool demo_play_tick(struct demo_play *play, uint64_t now_ns);

/* Whether there is a scene in that direction, 1 or -1. */
bool demo_play_can_step(const struct demo_play *play, int direction);

#endif
