/*
 * explorer_tags.h - which rows have the tags A to D, and their verdicts.
 */
#pragma once

#include "explorer.h"

/* The row with a tag (0: A); its name is NULL if the tag is free. */
struct row explorer_tagged(const struct explorer *explorer, uint32_t letter);

/* The tag of a row; -1: none. */
int explorer_letter(const struct explorer *explorer, uint32_t index);

/* Tags the selected row or removes its tag; keeps a copy of its samples as a new tag. */
void explorer_toggle_tag(struct explorer *explorer);
void explorer_clone(struct explorer *explorer);

/* Keeps a copy of the row's samples under a tag of its own. */
void explorer_tag_samples(struct explorer *explorer, const struct row *row);

/* Call after tags changed: updates worker, axes and layout. */
void explorer_retag(struct explorer *explorer);

/* Call before the source closes: tagged rows become kept samples. */
void explorer_keep_tags(struct explorer *explorer);

/* Compares the tagged variants if a view shows the result and something changed. True: it compared.
 */
bool explorer_judge(struct explorer *explorer, uint64_t now_ns);
