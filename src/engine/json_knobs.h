/*
 * json_knobs.h - reads knobs from a document: single names, single values, and objects of knobs.
 */
#pragma once

#include "../base/json.h"
#include "knobs.h"

/* Reads the name of a knob, in any spelling that knob_find accepts. */
bool json_knob_name(const struct json *at, enum knob_id *id, struct error *error);

/* Reads a knob's value: a number, a word ("flag", "auto") or, for a switch, true or false. */
bool json_knob(const struct json *at, enum knob_id id, int64_t *value, struct error *error);

/* Sets the knobs that `object` names, and adds their bits to *set. */
bool json_knobs(const struct json *object, struct knobs *knobs, uint64_t *set, struct error *error);
