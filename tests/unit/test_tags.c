#include "../../ui/model/tags.h"
#include "unit.h"

static struct tags tags;
static struct run run;
static struct device_info device = {.name = "Some CPU"};
static struct ceilings ceilings;
static struct row row;

static void set_up(void)
{
    memset(&tags, 0, sizeof tags);
    cr_assert(run_open(&run));
    run.epoch = 7;
    histogram_record(&run.histograms[METRIC_ITERATION], 50000);
    row = (struct row){
        .name = "some", .run = &run, .device = &device, .ceilings = &ceilings, .mark = ""};
}

static void tear_down(void)
{
    tags_close(&tags);
    run_close(&run);
}

TestSuite(tags, .init = set_up, .fini = tear_down);

Test(tags, tags_are_assigned_in_order_until_all_are_taken)
{
    cr_assert_eq(tags_reference(&tags), -1);
    for (uint32_t i = 0; i < EXPLORER_TAGS; i++) {
        cr_assert_eq(tags_free(&tags), (int)i);
        tags_set(&tags, i, 10 + i);
    }
    cr_assert_eq(tags_free(&tags), -1);
    cr_assert_eq(tags_count(&tags), EXPLORER_TAGS);
    tags_clear(&tags, 0);
    cr_assert_eq(tags_reference(&tags), 1, "the first tag that is left");
    cr_assert_eq(tags_free(&tags), 0);
}

Test(tags, kept_samples_are_the_last_rows)
{
    tags_set(&tags, 0, 2);
    cr_assert(tags_keep(&tags, 1, &row));
    cr_assert(tags_keep(&tags, 3, &row));
    cr_assert_eq(tags_kept(&tags), 2);
    cr_assert_eq(tags_row(&tags, 0, 5), 2);
    cr_assert_eq(tags_row(&tags, 1, 5), 5);
    cr_assert_eq(tags_row(&tags, 3, 5), 6);
    cr_assert_eq(tags_letter(&tags, 6, 5), 3);
    cr_assert_eq(tags_letter(&tags, 3, 5), -1);
    cr_assert_eq(tags_kept_at(&tags, 1), &tags.tag[3]);
    cr_assert_null(tags_kept_at(&tags, 2));
}

Test(tags, kept_samples_outlive_their_source)
{
    cr_assert(tags_keep(&tags, 0, &row));
    histogram_record(&run.histograms[METRIC_ITERATION], 60000);
    const struct row kept = tag_row(&tags.tag[0]);
    cr_assert_eq(kept.run->histograms[METRIC_ITERATION].count, 1);
    cr_assert_str_eq(kept.mark, "kept, epoch 7");
    cr_assert(kept.kept);
}

Test(tags, a_row_without_samples_cannot_be_kept)
{
    histogram_clear(&run.histograms[METRIC_ITERATION]);
    tags_set(&tags, 0, 2);
    cr_assert_not(tags_keep(&tags, 0, &row));
    cr_assert_eq(tags.tag[0].kind, TAG_ROW, "the tag stays on its row");
}
