/* fuzz_sweep.c - no bytes may crash the reader of a sweep's plan, and every point of an accepted
 * plan can be measured and drawn. */
#include "../../src/harness/sweep_folder.h"
#include "../../src/harness/sweep_summary.h"
#include "fuzz.h"

static void check_points(const struct sweep *sweep)
{
    for (uint32_t number = 1; number <= sweep_points(sweep); number++) {
        struct knobs knobs;
        sweep_knobs(sweep, number, &knobs);
        require_knobs(&knobs, UINT64_MAX);
        require(knobs.iterations > 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct sweep sweep;
    struct sweep_results results;
    struct error error = {0};
    size_t length;

    if (!sweep_parse_plan((const char *)data, size, "input", &sweep, &error)) {
        require(error.kind != ERROR_NONE && text_printable(error.text));
        return 0;
    }
    check_points(&sweep);
    if (sweep_points(&sweep) <= 64 && sweep_results_open(&sweep, &results)) {
        free(sweep_print_csv(&sweep, &results, &length));
        free(sweep_print_svg(&sweep, &results, &length));
        sweep_results_close(&results);
    }
    return 0;
}
