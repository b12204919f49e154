#include "../../src/document/csv.h"
#include "unit.h"

#include <unistd.h>

Test(csv, samples_beyond_the_range_have_no_upper_end)
{
    struct run run;
    struct document document = {.runs = &run, .count = 1};
    struct error error = {0};
    char path[] = "/tmp/pdlab-csv-XXXXXX", text[256];
    close(mkstemp(path));
    cr_assert(run_open(&run));
    strcpy(run.variant, "v");
    histogram_record(&run.histograms[METRIC_STEP], 7);
    histogram_record(&run.histograms[METRIC_STEP], 2 * HISTOGRAM_MOST_NS);
    histogram_record(&run.histograms[METRIC_ITERATION], HISTOGRAM_MOST_NS);
    cr_assert(csv_write(&document, path, &error), "%s", error.text);
    FILE *file = fopen(path, "r"); /* what was written may be a different file of that name */
    cr_assert_not_null(file);
    text[fread(text, 1, sizeof text - 1, file)] = '\0';
    cr_assert_str_eq(text, "variant,metric,from_ns,below_ns,count\n"
                           "v,step,7,8,1\n"
                           "v,step,100000000000,,1\n"
                           "v,iteration,99992207360,100059316224,1\n");
    run_close(&run);
    fclose(file);
    unlink(path);
}
