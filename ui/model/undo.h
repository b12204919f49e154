/*
 * undo.h - the knobs' values before each of the last UNDO_STEPS changes. A zeroed struct is empty.
 */
#pragma once

#include "../../src/engine/knobs.h"

#define UNDO_STEPS 64u

struct undo {
    struct knobs knobs[UNDO_STEPS]; /* a ring of UNDO_STEPS */
    enum knob_source source[UNDO_STEPS][KNOB_COUNT];
    uint32_t count, next;
};

/* Saves the knobs' values, and the source of each. */
void undo_push(struct undo *undo, const struct knobs *knobs,
               const enum knob_source source[KNOB_COUNT]);

/* Restores the values saved last. False: there are none. */
bool undo_pop(struct undo *undo, struct knobs *knobs, enum knob_source source[KNOB_COUNT]);
