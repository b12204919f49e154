/* fuzz_expect.c - no bytes may crash the reader of expectations, and accepted ones can be judged
 * and printed. */
#include "../../src/document/expect.h"
#include "../../src/engine/targets.h"
#include "fuzz.h"

static void check_entries(const struct expectations *expectations)
{
    require(expectations->count > 0);
    for (size_t i = 0; i < expectations->count; i++) {
        const struct expectation *entry = &expectations->entries[i];
        require(entry->iteration_p50_ns > 0 && entry->tolerance >= 0 && entry->tolerance <= 1);
        require(entry->spread >= 0 && (entry->processes > 1 || entry->spread == 0));
        require(text_printable(entry->variant));
        require_knobs(&entry->knobs, entry->knobs_set);
    }
}

/* A run at default knobs with one iteration, created by the first call. */
static const struct run *measured(void)
{
    static struct run run;
    if (!run.known) {
        const struct knobs knobs = knobs_defaults();
        require(run_open(&run));
        run_begin(&run, variant_find("cpu_graph"), &knobs, &knobs, 1);
        histogram_record(&run.histograms[METRIC_ITERATION], 1000);
        run.verification.verdict = VERDICT_RIGHT;
    }
    return &run;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct expectations expectations;
    struct error error = {0};

    if (!expect_parse((const char *)data, size, "input", &expectations, &error)) {
        require_refusal(&error);
        require(!expectations.entries);
        return 0;
    }
    check_entries(&expectations);
    bool applies = expect_applies(&expectations, measured(), 1, "input", &error);
    require(applies || (error.kind == ERROR_INPUT && text_printable(error.text)));

    char *table = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&table, &length);
    require(out);
    expect_print(out, "+-", &expectations, "device", measured(), 1);
    require(fclose(out) == 0);
    free(table);
    expect_free(&expectations);
    return 0;
}
