/*
 * explorer_tags.h - which rows have the letters A to D, and the verdicts on them.
 */
#ifndef UI_EXPLORER_TAGS_H
#define UI_EXPLORER_TAGS_H

#include "explorer.h"

/* The row that is tagged with a letter (0: A); its name is NULL if none is. */
struct row explorer_tagged(const struct explorer *explorer, uint32_t letter);

/* The letter of a row; -1: none. How many rows have one. The first letter in use, which the others
 * are compared with; -1: none is. */
int explorer_letter(const struct explorer *explorer, uint32_t index);
uint32_t explorer_tag_count(const struct explorer *explorer);
int explorer_reference(const struct explorer *explorer);

/* Gives the selected row a letter, or takes it off; keeps its samples as they are under one. */
void explorer_toggle_tag(struct explorer *explorer);
void explorer_clone(struct explorer *explorer);

/* Keeps a copy of the row's samples under a tag of its own. */
void explorer_tag_samples(struct explorer *explorer, const struct row *row);

/* After tags have changed: the worker, the axes and the layout follow. */
void explorer_retag(struct explorer *explorer);

/* What is looked at is about to go: tagged rows become kept samples. */
void explorer_keep_tags(struct explorer *explorer);

/* Compares the tagged variants if a view shows the result and something has changed. Returns
 * whether it compared. */
bool explorer_judge(struct explorer *explorer, uint64_t now_ns);

#endif
