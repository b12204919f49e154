#include "../../ui/model/undo.h"
#include "unit.h"

static void push(struct undo *undo, int64_t batch, enum knob_source source)
{
    struct knob_settings settings;
    knobs_reset(&settings);
    settings.knobs.batch = batch;
    settings.source[KNOB_BATCH] = source;
    undo_push(undo, &settings.knobs, settings.source);
}

Test(undo, restores_values_and_sources_newest_first)
{
    static struct undo undo;
    struct knob_settings settings;
    push(&undo, 1, SOURCE_FLAG);
    push(&undo, 2, SOURCE_SCREEN);
    cr_assert(undo_pop(&undo, &settings.knobs, settings.source));
    cr_assert_eq(settings.knobs.batch, 2);
    cr_assert_eq(settings.source[KNOB_BATCH], SOURCE_SCREEN);
    cr_assert(undo_pop(&undo, &settings.knobs, settings.source));
    cr_assert_eq(settings.knobs.batch, 1);
    cr_assert_eq(settings.source[KNOB_BATCH], SOURCE_FLAG);
    cr_assert_not(undo_pop(&undo, &settings.knobs, settings.source));
}

Test(undo, forgets_the_oldest)
{
    static struct undo undo;
    struct knob_settings settings;
    for (int64_t i = 0; i < UNDO_STEPS + 3; i++)
        push(&undo, i, SOURCE_SCREEN);
    for (int64_t i = UNDO_STEPS + 2; i >= 3; i--) {
        cr_assert(undo_pop(&undo, &settings.knobs, settings.source));
        cr_assert_eq(settings.knobs.batch, i);
    }
    cr_assert_not(undo_pop(&undo, &settings.knobs, settings.source));
}
