/*
 * demo_play.h - which demo plays, its present scene, and that scene's clock. The caller passes the
 * time. A zeroed struct means that no demo plays.
 */
#pragma once

#include "../../src/document/demo.h"

struct demo_play {
    const struct demo *playing; /* borrowed; NULL: no demo */
    uint32_t scene;
    bool asks; /* the scene's question is shown; the rest of the screen shows the previous scene */
    bool big;  /* the user chose large digits, which override the scene's choice */
    bool held; /* the user paused it or pressed another key: its clock is stopped */
    uint64_t passed_ns; /* time on the scene's clock */
    uint64_t looked_ns; /* time of the last demo_play_tick; 0: none yet, or the clock is stopped */
};

/* What ends the present scene. */
enum demo_wait {
    DEMO_WAITS_FOR_TIME, /* the end of its seconds */
    DEMO_WAITS_HELD,     /* the same, but its clock is stopped */
    DEMO_WAITS_FOR_KEY,  /* a key: it asks a question, or has no seconds */
    DEMO_WAITS_AT_END
};
enum demo_wait demo_play_wait(const struct demo_play *play);

/* Starts the present scene or its question, with its clock at 0. */
void demo_play_begin(struct demo_play *play);

/* Stops or resumes the clock. False: time does not end this scene. */
bool demo_play_pause(struct demo_play *play);

/* The scene's remaining seconds at the last tick, and its total seconds. */
double demo_play_left_s(const struct demo_play *play);
double demo_play_length_s(const struct demo_play *play);

/* Milliseconds until the displayed seconds change; -1: no clock runs. */
int demo_play_wait_ms(const struct demo_play *play, uint64_t now_ns);

/* Advances the clock. True if the displayed seconds changed; at 0, the scene is over. */
bool demo_play_tick(struct demo_play *play, uint64_t now_ns);

/* Whether a scene follows (1) or precedes (-1) this one. */
bool demo_play_can_step(const struct demo_play *play, int direction);
