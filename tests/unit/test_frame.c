#include "../../ui/model/frame.h"
#include "idle_explorer.h"

static struct frame frame;

/* Presses the keys, and builds the frame. */
static void build_after(const char *keys)
{
    press_all(keys);
    frame_build(&frame, &explorer);
}

TestSuite(frame, .init = explorer_open_idle, .fini = explorer_close_idle);

Test(frame, rows_agree_with_the_explorer)
{
    look_at_points();
    build_after("j c");
    cr_assert_eq(frame.row_count, explorer_rows(&explorer));
    for (uint32_t i = 0; i < frame.row_count; i++) {
        const struct row row = explorer_row(&explorer, i);
        const struct frame_row *of = frame_row(&frame, i);
        char differs[256];
        cr_assert_str_eq(of->row.name, row.name);
        cr_assert_eq(of->row.run, row.run);
        cr_assert_eq(of->letter, explorer_letter(&explorer, i));
        cr_assert_eq(of->speedup, explorer_speedup(&explorer, &row, NULL));
        cr_assert_eq(of->unlike, explorer_unlike(&explorer, &row, false, differs, sizeof differs));
        cr_assert_str_eq(of->differs, differs);
    }
    cr_assert_null(frame_row(&frame, frame.row_count)->row.name);
    cr_assert_eq(frame.current.row.run, explorer_selected(&explorer).run);
    cr_assert_eq(frame.tag_count, 2);
    cr_assert_str_eq(frame.tagged[0].row.name, explorer_tagged(&explorer, 0).name);
    cr_assert_null(frame.tagged[2].row.name);
}

Test(frame, a_recordings_knobs_know_their_place_among_the_values)
{
    look_at_points();
    frame_build(&frame, &explorer);
    const struct frame_knob *batch = &frame.knobs[KNOB_BATCH];
    cr_assert(batch->varies && batch->read);
    cr_assert_eq(batch->places, 2);
    const size_t place = batch->place;
    cr_assert(batch->less != batch->more, "one of two values has the other on one side");
    build_after(batch->more ? "]" : "[");
    cr_assert_eq(frame.knobs[KNOB_BATCH].place, 3 - place);
    cr_assert_str_eq(frame.knobs[KNOB_BATCH].source, "recorded");
    cr_assert_eq(frame.value_count, 2, "of the selected knob");
    cr_assert_not(frame.knobs[KNOB_SEQ_LEN].varies);
}

Test(frame, the_ladder_has_ranks_only_while_it_is_in_view)
{
    struct run runs[] = {
        recorded_run("cpu_per_token", 8, 100000),
        recorded_run("cpu_persistent", 8, 10000),
    };
    look_at_runs(runs, 2);
    frame_build(&frame, &explorer);
    cr_assert_eq(frame.rows[1].over_before, 0);
    build_after("4");
    cr_assert_float_eq(frame.rows[1].over_before, 10, 0.2);
    cr_assert(frame.ranks.best[1] && !frame.ranks.best[0]);
}

Test(frame, the_state_is_one_word)
{
    frame_build(&frame, &explorer);
    cr_assert_str_eq(frame.state, "NO DEVICE");
    cr_assert(frame.state_alert);
    look_at_points();
    frame_build(&frame, &explorer);
    cr_assert_str_eq(frame.state, "", "its mark says that it is recorded");
    build_after("p");
    cr_assert_str_eq(frame.state, "REPLAY");
    cr_assert(frame.replays);
    build_after("p");
    cr_assert_str_eq(frame.state, "PAUSED");
}

Test(frame, the_frame_contains_messages_and_dialogs)
{
    build_after("u");
    cr_assert(*frame.message);
    cr_assert_eq(frame.mode, MODE_MAIN);
    build_after("P");
    cr_assert_eq(frame.mode, MODE_LIST);
    cr_assert_gt(frame.item_count, 0);
    cr_assert_gt(frame.box.rows, 2);
}

/* Two devices have a "right-sized-small.json": the folder distinguishes them. */
Test(frame, recordings_of_one_name_are_called_by_their_paths)
{
    static char one[] = "recordings/h100/right-sized-small.json";
    static char two[] = "recordings/h200/right-sized-small.json";
    char *files[] = {one, two, NULL};
    look_at_file(two);
    frame_build(&frame, &explorer);
    cr_assert_str_eq(frame.file, "right-sized-small.json");
    explorer.files = files;
    frame_build(&frame, &explorer);
    cr_assert_str_eq(frame.file, two);
    explorer.files = NULL;
}
