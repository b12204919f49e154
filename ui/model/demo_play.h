/*
 * demo_play.h - which demo plays, and how far it is. Pure: the caller passes the time. Zeroed: no
 * demo.
 */
#pragma once

#include "../../src/document/demo.h"

struct demo_play {
    const struct demo *playing; /* borrowed; NULL: no demo */
    uint32_t scene;
    bool asks;          /* its question is shown, below the previous scene */
    bool big;           /* the user chose large digits: overrides the scenes */
    bool held;          /* the user paused it or pressed another key: its clock is stopped */
    uint64_t passed_ns; /* of the scene, while its clock ran */
    uint64_t looked_ns; /* time of the last demo_play_tick; 0: none yet, or the clock is stopped */
};

/* What ends the present scene. */
enum demo_wait {
    DEMO_WAITS_FOR_TIME, /* time */
    DEMO_WAITS_HELD,     /* time, but the clock is stopped */
    DEMO_WAITS_FOR_KEY,  /* a key: a question, or a scene without seconds */
    DEMO_WAITS_AT_END
};
enum demo_wait demo_play_wait(const struct demo_play *play);

/* Starts the present scene or its question, with its clock at 0. */
void demo_play_begin(struct demo_play *play);

/* Stops or resumes the clock. False: time does not end this scene. */
bool demo_play_pause(struct demo_play *play);

/* Seconds left of the scene at the last tick, and its total. */
double demo_play_left_s(const struct demo_play *play);
double demo_play_length_s(const struct demo_play *play);

/* Milliseconds until the displayed seconds change; -1: the clock is stopped. */
int demo_play_wait_ms(const struct demo_play *play, uint64_t now_ns);

/* Advances the clock. True if the displayed seconds changed. At 0 seconds the scene is over. */
bool demo_play_tick(struct demo_play *play, uint64_t now_ns);

/* Whether a scene follows (1) or precedes (-1) this one. */
bool demo_play_can_step(const struct demo_play *play, int direction);
