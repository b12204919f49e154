#include "../../src/command/against.h"
#include "../../src/command/options.h"
#include "../../src/engine/knobs.h"
#include "../../src/engine/targets.h"
#include "unit.h"

/* Makes the command line for another build, which knows the knobs `known`, and parses it with this
 * build's parser. */
static void parse_again(const char *variant, const struct knobs *knobs, uint64_t known,
                        uint64_t duration_ns, struct options *options)
{
    static struct command_line line; /* the options point into it */
    static struct run run;
    struct against against = {.binary = "other", .device = "cpu", .knobs = known};
    struct error error = {0};
    run_close(&run);
    run_begin(&run, variant_find(variant), knobs, knobs, 1);
    against_command_of(&against, &run, duration_ns, "d.json", &line);
    cr_assert_str_eq(line.words[0], "other");
    cr_assert_null(line.words[line.count]);
    assert_success(options_parse((int)line.count, (char **)(uintptr_t)line.words, options, &error));
}

/* Every knob that any variant reads survives, whatever its value. */
Test(against, the_command_sets_every_knob_that_the_variant_reads)
{
    for (size_t i = 0; variants[i]; i++) {
        struct knobs knobs = knobs_defaults();
        struct options options;
        for (int id = 0; id < KNOB_COUNT; id++)
            if (knob_table[id].kind == KNOB_SWITCH)
                knobs.value[id] = !knobs.value[id];
        knobs.seq_len = 77;
        knobs.iterations = 9;
        parse_again(variants[i]->name, &knobs, UINT64_MAX, 0, &options);
        cr_assert_eq(options.command, COMMAND_RUN);
        cr_assert_str_eq(options.targets, variants[i]->name);
        cr_assert_str_eq(options.device, "cpu");
        cr_assert_str_eq(options.out, "none");
        cr_assert_str_eq(options.json, "d.json");
        cr_assert_eq(options.duration_ns, 0);
        for (int id = 0; id < KNOB_COUNT; id++) {
            const bool read = variants[i]->knobs >> id & 1;
            cr_assert_eq(options.settings.source[id] == SOURCE_FLAG, read, "%s of %s",
                         knob_table[id].name, variants[i]->name);
            cr_assert(!read || options.settings.knobs.value[id] == knobs.value[id]);
        }
    }
}

Test(against, unknown_knobs_are_left_out)
{
    const struct knobs knobs = knobs_defaults();
    struct options options;
    parse_again("cpu_graph", &knobs, ~KNOB_BIT(SPIN_NS), UINT64_C(1500000001), &options);
    cr_assert_neq(options.settings.source[KNOB_SPIN_NS], SOURCE_FLAG);
    cr_assert_eq(options.settings.source[KNOB_THREADS], SOURCE_FLAG);
    cr_assert_eq(options.duration_ns, UINT64_C(1500000001));
}

/* The other build must read the same files. */
Test(against, a_model_from_files_is_named)
{
    const struct model_checkpoint checkpoint = {.folder = "some/folder", .hash = "1"};
    struct knobs knobs = knobs_defaults();
    struct options options;
    knobs.iterations = 9;
    parse_again("cpu_model_persistent", &knobs, UINT64_MAX, 0, &options);
    cr_assert_null(options.model);
    model_checkpoint_use(&checkpoint);
    static const int64_t asked[] = {KNOB_AUTO, MODEL_CHECKPOINT, MODEL_TINY};
    for (size_t i = 0; i < sizeof asked / sizeof *asked; i++) {
        knobs.model = asked[i];
        parse_again("cpu_model_persistent", &knobs, UINT64_MAX, 0, &options);
        if (asked[i] == MODEL_TINY)
            cr_assert_null(options.model);
        else
            cr_assert_str_eq(options.model, "some/folder");
    }
    parse_again("cpu_graph", &knobs, UINT64_MAX, 0, &options);
    cr_assert_null(options.model, "it reads no model");
    model_checkpoint_use(NULL);
}
