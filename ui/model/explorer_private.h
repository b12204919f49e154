/*
 * explorer_private.h - what the files explorer_*.c need of each other.
 */
#ifndef UI_EXPLORER_PRIVATE_H
#define UI_EXPLORER_PRIVATE_H

#include "explorer.h"

/* Puts a sentence into the message line, until the next key. One that was cut ends in dots. */
void explorer_say(struct explorer *explorer, bool bad, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* What a key of that action does to what has the keys now. */
void explorer_do(struct explorer *explorer, enum action action);

/* Hands the request, with the present knobs and selection, to the worker if there is one. */
void explorer_post(struct explorer *explorer);

/* Makes the axis hold the samples of the run that is looked at now. */
void explorer_widen(struct explorer *explorer);

/* Lays the panels out again after the focus or the number of rows changed. */
void explorer_lay_out(struct explorer *explorer);

/* Gives the selected row a letter, or takes it off; keeps its samples as they are under one. */
void explorer_toggle_tag(struct explorer *explorer);
void explorer_clone(struct explorer *explorer);

/* After tags have changed: the worker, the axes and the layout follow. */
void explorer_retag(struct explorer *explorer);

/* What is looked at is about to go: tagged rows become kept samples. */
void explorer_keep_tags(struct explorer *explorer);

/* The run of another variant beside the row (of its baseline, where `over` is NULL) if the two may
 * be ranked by device and present workload; else NULL. */
const struct run *explorer_rung(const struct explorer *explorer, const struct row *row,
                                const char *over);

/* Compares what is tagged, where that is shown and something has changed. True if it did. */
bool explorer_judge(struct explorer *explorer, uint64_t now_ns);

/* Sets the selected variant beside that of another build, which then take turns. False: *error; it
 * is closed with the explorer. */
bool explorer_against_open(struct explorer *explorer, const char *binary, struct error *error);

/* Goes on with the turns, and with what is selected. True if there is something to draw. And
 * milliseconds until it has something to look at; -1: it has nothing. */
bool explorer_against_follow(struct explorer *explorer);
int explorer_against_wait_ms(const struct explorer *explorer);

/* Ends what runs of the other build, until the next turn. */
void explorer_against_cancel(struct explorer *explorer);

/* Begins the sweep of the selected knob, or ends the one that runs. */
void explorer_sweep_toggle(struct explorer *explorer);

/* Takes Enter while the sweep is in view. */
bool explorer_act_sweep(struct explorer *explorer, enum action action);

/* Asks for its first point, if that was not done yet. */
void explorer_sweep_start(struct explorer *explorer);

/* Takes the point that was measured, if it is, and goes to the next. */
void explorer_sweep_follow(struct explorer *explorer);

/* Selects a row; a variant then runs. */
void explorer_select(struct explorer *explorer, uint32_t index);

/* Looks at something else. False: *error, and what was looked at stays, unless the device itself
 * could not be opened. */
bool explorer_open_live(struct explorer *explorer, enum backend backend, int index,
                        struct error *error);
bool explorer_open_recording(struct explorer *explorer, const char *path, struct error *error);

/* Begins to look for recordings of GPUs beside the variants of a CPU. */
void explorer_fill_shelf(struct explorer *explorer);

/* Opens a demo: live, unless the device is the CPU, else its recording. `demo` must outlive it. */
bool explorer_open_demo(struct explorer *explorer, const struct demo *demo, struct error *error);

/* Goes on with its recording, from the present scene. False: *error. */
bool explorer_demo_recorded(struct explorer *explorer, struct error *error);

/* To the next scene (1) or the one before (-1). */
void explorer_demo_step(struct explorer *explorer, int direction);

/* As explorer_tick, for the next scene. */
bool explorer_demo_tick(struct explorer *explorer, uint64_t now_ns);

void explorer_go_to_view(struct explorer *explorer, enum view_id view);

/* Goes on from the saved state. False: *error. */
bool explorer_restore(struct explorer *explorer, struct error *error);

/* The run that took the device with it; NULL if none has. */
const struct run *explorer_lost_run(const struct explorer *explorer);

/* Counts a lost device, and writes how it was lost to losses.log. */
void explorer_note_loss(struct explorer *explorer, const struct run *lost);

/* Loads a preset: its knobs over the defaults, under what the command line and environment set. */
bool explorer_load_preset(struct explorer *explorer, const char *name, struct error *error);

/* Sets or turns the selected knob, so that it can be undone. In a recording both go to the nearest
 * point that was recorded, and say so. */
void explorer_set_knob(struct explorer *explorer, int64_t value);
void explorer_turn_knob(struct explorer *explorer, int direction);
void explorer_undo(struct explorer *explorer);

/* Of a recording: goes to the selected variant's nearest point, if it has no run here. False: it
 * has. */
bool explorer_approach(struct explorer *explorer);

/* Begins, pauses and resumes the replay of a recording; changes its pace; and keeps it with the
 * selected run when another is looked at. */
void explorer_replay_pause(struct explorer *explorer);
void explorer_replay_pace(struct explorer *explorer, int direction);
void explorer_replay_follow(struct explorer *explorer);

/* Lists on top: OVERLAY_PRESETS or OVERLAY_DEVICES; and what Enter does there. */
void explorer_open_list(struct explorer *explorer, enum overlay overlay);
void explorer_choose_item(struct explorer *explorer);

/* In the set-up: changes the setting under the cursor; takes the keys that it alone has (false: it
 * has no use for this one); saves. */
void explorer_setup_turn(struct explorer *explorer, int direction);
bool explorer_press_setup(struct explorer *explorer, int press);
void explorer_setup_save(struct explorer *explorer);

/* A value or a filter being typed. */
void explorer_open_value(struct explorer *explorer);
void explorer_take_value(struct explorer *explorer);
void explorer_open_filter(struct explorer *explorer);
void explorer_set_filter(struct explorer *explorer, const char *filter);
void explorer_edit_line(struct explorer *explorer, int press);

/* The command that measures the same without a screen (malloc; NULL: no memory). */
char *explorer_command(const struct explorer *explorer);

/* The present view as a plot in SVG (malloc); `document` says when and on what. NULL: there is
 * nothing to draw, or no memory. */
char *explorer_svg(const struct explorer *explorer, const struct document *document,
                   size_t *length);

/* Writes a document of all runs, a table and a plot of the present view, and of what is compared a
 * document each, below artifacts/, and says where. */
void explorer_export(struct explorer *explorer);

/* Builds the timeline anew where the iteration to show is another one. */
void explorer_follow_timeline(struct explorer *explorer);

/* Does what the action means on the timeline. False: it means nothing there. */
bool explorer_act_timeline(struct explorer *explorer, enum action action);

void explorer_close_timeline(struct explorer *explorer);

#endif
