#include "../../src/document/csv.h"
#include "folder.h"

Test(csv, samples_beyond_the_range_have_no_upper_end, .init = folder_enter, .fini = folder_end)
{
    struct run run;
    struct document document = {.runs = &run, .count = 1};
    struct error error = {0};
    char *text;
    size_t length;
    cr_assert(run_open(&run));
    strcpy(run.variant, "v");
    histogram_record(&run.histograms[METRIC_STEP], 7);
    histogram_record(&run.histograms[METRIC_STEP], 2 * HISTOGRAM_MOST_NS);
    histogram_record(&run.histograms[METRIC_ITERATION], HISTOGRAM_MOST_NS);
    assert_success(csv_write(&document, "a.csv", &error));
    assert_success(file_read("a.csv", 256, &text, &length, &error));
    cr_assert_str_eq(text, "variant,metric,from_ns,below_ns,count\n"
                           "v,step,7,8,1\n"
                           "v,step,100000000000,,1\n"
                           "v,iteration,99992207360,100059316224,1\n");
    run_close(&run);
    free(text);
}
