/*
 * explorer_tags.h - which rows have the tags A to D, and their verdicts.
 */
#pragma once

#include "explorer.h"

/* The row with a tag (0: A). If the tag is free, the row's name is NULL. */
struct row explorer_tagged(const struct explorer *explorer, uint32_t letter);

/* The tag of a row; -1: none. */
int explorer_letter(const struct explorer *explorer, uint32_t index);

/* Tags the selected row, or removes its tag. explorer_clone copies its samples to a new row with a
 * tag. */
void explorer_toggle_tag(struct explorer *explorer);
void explorer_clone(struct explorer *explorer);

/* Copies the given row's samples to a new row with a tag. */
void explorer_tag_samples(struct explorer *explorer, const struct row *row);

/* Call after tags changed: updates the worker, the axes and the layout. */
void explorer_retag(struct explorer *explorer);

/* Call before the source closes: tagged rows become kept samples. */
void explorer_keep_tags(struct explorer *explorer);

/* If a view shows the verdicts and the tagged rows' samples changed, updates the verdicts. True: it
 * updated them. */
bool explorer_judge(struct explorer *explorer, uint64_t now_ns);
