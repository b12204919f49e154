/*
 * environment.h - knobs from the environment, by the same rule for every command that takes knobs
 * (the explorer, run, sweep and verify; other commands read no knobs).
 *
 * PDLAB_<KNOB> sets a knob. SEQ_LEN, BATCH, HEAD_DIM, NUM_PROGRAMS, BLOCK_K and QUICK, defined
 * by the original lab, also work without the prefix; the prefixed one takes precedence. An empty
 * variable counts as unset. A variable is not read if a flag or --vary sets the knob.
 */
#pragma once

#include "../engine/knobs.h"

#define ENVIRONMENT_ROOM      1024u
#define ENVIRONMENT_NAME_ROOM 64u

/* Sets the knobs in `wanted` (KNOB_BITs) that no flag has set, and *quick if QUICK is 1; does
 * not read QUICK if *quick is already set. False: *error names the variable, its value and the
 * accepted values. */
bool environment_apply(struct knob_settings *settings, uint64_t wanted, bool *quick,
                       struct error *error);

/* Returns the value of PDLAB_MODEL, which may also name a folder (--model); NULL: not set. */
const char *environment_model(void);

/* Writes the variables that set knobs: "BATCH=4, PDLAB_SEQ_LEN=16, QUICK=1"; "" if there are
 * none. */
const char *environment_used(const struct knob_settings *settings, char text[ENVIRONMENT_ROOM]);

/* Writes the name of the variable that set the knob; "" if none did. */
const char *environment_variable(const struct knob_settings *settings, enum knob_id id,
                                 char name[ENVIRONMENT_NAME_ROOM]);

/* Writes a sentence about variable number `index` (from 0) of those that begin with PDLAB_ but
 * belong to no knob. False: there are no more. */
bool environment_unknown(size_t index, struct error *sentence);
