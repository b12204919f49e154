#include "../../kernels/model.h"
#include "../../src/command/option_table.h"
#include "../../src/command/options.h"
#include "folder.h"
#include "texts.h"

#define WORDS 32

/* A command line in one piece of memory, as execve passes it. */
static struct {
    char text[512];
    char *argv[WORDS + 1];
    int argc;
    struct options options;
    struct error error;
} line;

static bool parse(const char *text)
{
    memset(&line, 0, sizeof line);
    snprintf(line.text, sizeof line.text, "pdlab %s", text);
    for (char *word = strtok(line.text, " "); word && line.argc < WORDS; word = strtok(NULL, " "))
        line.argv[line.argc++] = word;
    return options_parse(line.argc, line.argv, &line.options, &line.error);
}

/* Parses, and fails the test if the command line is refused. */
static const struct options *accepted(const char *text)
{
    cr_assert(parse(text), "%s: %s", text, line.error.text);
    return &line.options;
}

/* Removes the user's settings from the environment. */
static void clear_environment(void)
{
    char name[64];
    for (int id = 0; id < KNOB_COUNT; id++) {
        snprintf(name, sizeof name, "PDLAB_%s", knob_table[id].name);
        unsetenv(name);
        unsetenv(knob_table[id].name);
    }
    unsetenv("QUICK");
    unsetenv("PDLAB_QUICK");
    setenv("XDG_CONFIG_HOME", "/nonexistent", 1);
}

TestSuite(options, .init = clear_environment);

/* ---- refused command lines ------------------------------------------------------------------ */

static const struct {
    const char *text;
    const char *says[4]; /* parts of the message, ended by NULL */
} refused[] = {
    {"--nonsense", {"'--nonsense'", "--help"}},
    {"--prset x", {"'--prset'", "--preset"}},
    {"--BLOCK_K 32", {"'--BLOCK_K'", "--block-k"}},
    {"--block_k 32", {"'--block_k'", "--block-k"}},
    {"run --blok-k 32", {"'--blok-k'", "--block-k"}},
    {"run --jsn x", {"'--jsn'", "--json"}},
    {"-x", {"'-x'"}},
    {"run -j", {"'-j'"}},
    {"rnu", {"'rnu'", "run"}},
    {"frobnicate", {"'frobnicate'", "replay"}},
    {"--ascii run", {"pdlab run"}},
    {"run list", {"run", "'list'"}},
    {"list something", {"list", "'something'"}},
    {"list --csv x", {"--csv", "run", "list"}},
    {"run --plain", {"--plain", "explorer", "run"}},
    {"run --ascii", {"--ascii", "explorer", "run"}},
    {"--targets cpu_graph", {"--targets", "run, verify and sweep", "explorer"}},
    {"verify --iterations 3", {"--iterations", "verify"}},
    {"replay f --block-k 32", {"--block-k", "replay"}},
    {"list --block-k 32", {"--block-k", "list"}},
    {"run --json", {"--json", "FILE|-"}},
    {"run --json --csv x", {"--json", "FILE|-"}},
    {"run --json=", {"--json", "FILE|-"}},
    {"run --block-k", {"--block-k", "16, 32, 64 or 128"}},
    {"run --quick=1", {"--quick", "no value"}},
    {"list --json=x", {"--json", "no value"}},
    {"--block-k 33", {"--block-k", "16, 32, 64 or 128", "'33'"}},
    {"--seq-len 0", {"--seq-len", "1 to 65,536", "'0'"}},
    {"--seq-len=65537", {"--seq-len", "65,536", "'65537'"}},
    {"--seq-len 1e3", {"--seq-len", "'1e3'"}},
    {"--seq-len 99999999999999999999", {"--seq-len", "65,536"}},
    {"--chain maybe", {"--chain", "on or off", "'maybe'"}},
    {"--step-sync sometimes", {"--step-sync", "flag", "'sometimes'"}},
    {"--fps 0", {"--fps", "1 to 60", "'0'"}},
    {"--fps 61", {"--fps", "1 to 60", "'61'"}},
    {"--fps 10x", {"--fps", "'10x'"}},
    {"--fps -5", {"--fps", "'-5'"}},
    {"--theme dark", {"--theme", "default, light, high-contrast or mono", "'dark'"}},
    {"run --theme light", {"--theme", "explorer", "run"}},
    {"--color red", {"--color", "auto, always or never", "'red'"}},
    {"run --iterations 0", {"ITERATIONS", "flag", "--duration"}},
    {"run --duration", {"--duration", "needs a value"}},
    {"run --duration 0", {"--duration", "0.001 to 86,400", "'0'"}},
    {"run --duration 0.0009999", {"--duration", "0.001 to 86,400", "'0.0009999'"}},
    {"run --duration 86400.000000001", {"--duration", "'86400.000000001'"}},
    {"run --duration 99999999999999999999999", {"--duration", "86,400"}},
    {"run --duration -1", {"--duration", "'-1'"}},
    {"run --duration 1e3", {"--duration", "'1e3'"}},
    {"run --duration inf", {"--duration", "'inf'"}},
    {"run --duration .", {"--duration", "'.'"}},
    {"run --duration 1.2.3", {"--duration", "'1.2.3'"}},
    {"run --duration 2s", {"--duration", "'2s'"}},
    {"run --until-stable=1", {"--until-stable", "no value"}},
    {"run --expect", {"--expect", "FILE"}},
    {"run --expect-write -", {"--expect-write takes a file, not -"}},
    {"run --repeats 0", {"--repeats takes 1 to 1,000, not '0'"}},
    {"run --repeats 1001", {"'1001'"}},
    {"sweep --vary BATCH=1 --repeats 5x", {"--repeats", "'5x'"}},
    {"run --repeats +5", {"'+5'"}},
    {"run --repeats 99999999999999999999999", {"1 to 1,000"}},
    {"run --order-seed 4294967296", {"--order-seed takes 0 to 4,294,967,295"}},
    {"verify --repeats 5", {"--repeats is an option of"}},
    {"sweep --vary SEQ_LEN=1 --duration 3", {"--duration", "run", "sweep"}},
    {"run --vary SEQ_LEN=1", {"--vary", "sweep", "run"}},
    {"sweep", {"--vary", "--resume"}},
    {"sweep --vary", {"--vary", "KNOB=V,V"}},
    {"sweep --vary A=1 --vary B=1 --vary C=1 --vary D=1 --vary E=1 --vary F=1 --vary G=1",
     {"--vary", "6 times"}},
    {"sweep --vary SEQ_LEN=1 --out none", {"--out", "none"}},
    {"sweep --resume a --out b", {"--out", "--resume"}},
    {"sweep --vary SEQ_LEN=1 --iterations 0", {"sweep", "ITERATIONS"}},
    {"run --json - --csv -", {"--json", "--csv", "standard output"}},
    {"run --csv - --record -", {"--csv", "--record", "standard output"}},
    {"list --json --markdown", {"--json", "--markdown"}},
    {"replay", {"replay", "FILE"}},
    {"replay --ascii", {"replay", "FILE"}},
    {"compare", {"compare", "2 to 26"}},
    {"compare a", {"compare", "2 to 26", "not 1"}},
    {"compare a b --plain", {"--plain", "compare"}},
    {"replay a --force", {"--force", "compare", "replay"}},
    {"--preset lunch-overhead", {"'lunch-overhead'", "launch-overhead"}},
    {"run --preset lunch-overhead", {"'lunch-overhead'", "launch-overhead"}},
    {"--help nothing", {"'nothing'", "keys", "knobs"}},
    {"help nothing", {"'nothing'", "keys"}},
    {"demo launches graphs", {"only --check takes several"}},
    {"demo --check", {"pdlab demo --check FILE"}},
};

Test(options, refuses_with_the_word_and_what_is_accepted)
{
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        cr_assert_not(parse(refused[i].text), "accepted: %s", refused[i].text);
        cr_assert_eq(line.error.kind, ERROR_INPUT, "%s: kind %d", refused[i].text, line.error.kind);
        cr_assert_null(strchr(line.error.text, '\n'), "%s: more than a line", refused[i].text);
        expect_parts(line.error.text, refused[i].says);
    }
}

Test(options, demo_takes_names_and_files)
{
    const struct options *options = accepted("demo launches --fps 5");
    cr_assert_eq(options->command, COMMAND_DEMO);
    cr_assert_str_eq(options->files[0], "launches");
    options = accepted("demo --check launches ./mine.json");
    cr_assert(options->check);
    cr_assert_str_eq(options->files[1], "./mine.json");
    cr_assert_null(accepted("demo")->files[0], "the command lists the demos");
    cr_assert_not(parse("demo launches --batch 4"), "a scene has its own knobs");
}

Test(options, control_sequences_are_not_echoed)
{
    cr_assert_not(parse("run\033[2J"));
    cr_assert_null(strchr(line.error.text, '\033'));
    cr_assert_not(parse("--\033[2J"));
    cr_assert_null(strchr(line.error.text, '\033'));
}

/* ---- accepted command lines ----------------------------------------------------------------- */

Test(options, no_arguments_open_the_explorer_with_the_default_preset)
{
    const struct options *options = accepted("");
    cr_assert_eq(options->command, COMMAND_EXPLORE);
    cr_assert_null(options->preset_name);
    cr_assert_str_eq(options->preset.name, PRESET_DEFAULT);
    cr_assert_eq(options->settings.knobs.iterations, 0);
    cr_assert_eq(options->color, COLOR_AUTO);
    cr_assert_null(options->device);
}

/* A word that MODEL takes sets the knob; any other word is a folder. */
Test(options, a_model_is_a_word_or_a_folder)
{
    static const struct {
        const char *environment, *text, *folder; /* NULL: no folder */
        enum model_id model;
        enum knob_source source;
    } lines[] = {
        {NULL, "run --model some/folder", "some/folder", MODEL_CHECKPOINT, SOURCE_FLAG},
        {NULL, "verify --model=qwen3-0.6b", NULL, MODEL_QWEN3_0_6B, SOURCE_FLAG},
        {NULL, "--model folder --model tiny", NULL, MODEL_TINY, SOURCE_FLAG},
        {NULL, "--model ./tiny", "./tiny", MODEL_CHECKPOINT, SOURCE_FLAG},
        {NULL, "--restore --model folder", "folder", MODEL_CHECKPOINT, SOURCE_FLAG},
        {"/a/folder", "run", "/a/folder", MODEL_CHECKPOINT, SOURCE_ENVIRONMENT},
        {"/a/folder", "run --model tiny", NULL, MODEL_TINY, SOURCE_FLAG},
        {"llama-1b", "run", NULL, MODEL_LLAMA_1B, SOURCE_ENVIRONMENT},
    };
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        if (lines[i].environment)
            setenv("PDLAB_MODEL", lines[i].environment, 1);
        const struct options *options = accepted(lines[i].text);
        if (lines[i].folder)
            cr_assert_str_eq(options->model, lines[i].folder, "%s", lines[i].text);
        else
            cr_assert_null(options->model, "%s", lines[i].text);
        cr_assert_eq(options->settings.knobs.model, lines[i].model, "%s", lines[i].text);
        cr_assert_eq(options->settings.source[KNOB_MODEL], lines[i].source, "%s", lines[i].text);
    }
    unsetenv("PDLAB_MODEL");
    cr_assert_not(parse("--restore --model tiny"));
    cr_assert_not(parse("list --model folder"));
}

Test(options, every_option_of_run)
{
    const struct options *options =
        accepted("run --targets cpu_graph --device cpu --out none --json a --csv=b --record c "
                 "--preset quick --warmup 3 --iterations=7 --expect d --against f --expect-write e "
                 "--duration 1.5 --until-stable --repeats 1000 --order-seed 4294967295");
    cr_assert_eq(options->command, COMMAND_RUN);
    cr_assert_str_eq(options->targets, "cpu_graph");
    cr_assert_str_eq(options->device, "cpu");
    cr_assert_str_eq(options->out, "none");
    cr_assert_str_eq(options->json, "a");
    cr_assert_str_eq(options->csv, "b");
    cr_assert_str_eq(options->record, "c");
    cr_assert_str_eq(options->expect, "d");
    cr_assert_str_eq(options->expect_write, "e");
    cr_assert_str_eq(options->against, "f");
    cr_assert_eq(options->duration_ns, 1500000000);
    cr_assert(options->until_stable);
    cr_assert_eq(options->repeats, 1000);
    cr_assert(options->has_order_seed);
    cr_assert_eq(options->order_seed, UINT32_MAX);
    cr_assert_not_null(options->preset_name);
    cr_assert_str_eq(options->preset.name, "quick");
    cr_assert_eq(options->settings.knobs.warmup, 3);
    cr_assert_eq(options->settings.knobs.iterations, 7);
}

Test(options, the_explorer_accepts_another_build)
{
    const struct options *options = accepted("--restore --against f");
    cr_assert_eq(options->command, COMMAND_EXPLORE);
    cr_assert_str_eq(options->against, "f");
}

Test(options, every_option_of_sweep)
{
    const struct options *options = accepted("sweep --targets cpu_graph --vary SEQ_LEN=1,2 "
                                             "--shard 1/2 --resume d --vary=BATCH=1:8:x2 "
                                             "--device cpu");
    cr_assert_eq(options->command, COMMAND_SWEEP);
    cr_assert_str_eq(options->vary[0], "SEQ_LEN=1,2");
    cr_assert_str_eq(options->vary[1], "BATCH=1:8:x2");
    cr_assert_null(options->vary[2]);
    cr_assert_str_eq(options->shard, "1/2");
    cr_assert_str_eq(options->resume, "d");
    cr_assert_eq(options->settings.knobs.iterations, 200, "a sweep has to end by itself");
}

Test(options, json_is_a_switch_if_it_has_one_destination)
{
    const struct options *options = accepted("list --json --device cpu");
    cr_assert(options->json_flag);
    cr_assert_null(options->json);
    cr_assert(accepted("verify --json")->json_flag);
    options = accepted("list --markdown");
    cr_assert(options->markdown && !options->json_flag);
}

Test(options, every_option_of_compare)
{
    const struct options *options = accepted("compare a.json --json --force folder --ascii c.rec");
    cr_assert_eq(options->command, COMMAND_COMPARE);
    cr_assert(options->json_flag && options->force && options->ascii);
    cr_assert_null(options->json);
    cr_assert_str_eq(options->files[1], "folder");
    cr_assert_str_eq(options->files[2], "c.rec");
    cr_assert_null(options->files[3]);
}

Test(options, replay_accepts_several_files)
{
    const struct options *options = accepted("replay a.json --ascii b.json --fps 20 -- --c.json");
    cr_assert_str_eq(options->files[0], "a.json");
    cr_assert_str_eq(options->files[1], "b.json");
    cr_assert_str_eq(options->files[2], "--c.json");
    cr_assert_null(options->files[3]);
    cr_assert(options->ascii);
    cr_assert_eq(options->fps, 20);
}

Test(options, the_last_of_two_wins)
{
    const struct options *options = accepted("--block-k 16 --fps 5 --block-k=128 --fps 60");
    cr_assert_eq(options->settings.knobs.block_k, 128);
    cr_assert_eq(options->fps, 60);
}

Test(options, every_knob_has_a_flag_that_takes_its_default)
{
    for (int id = 0; id < KNOB_COUNT; id++) {
        char flag[OPTION_FLAG_SIZE], value[64], text[128];
        option_knob_flag((enum knob_id)id, flag, sizeof flag);
        cr_assert_eq(strspn(flag, "abcdefghijklmnopqrstuvwxyz-"), strlen(flag), "%s", flag);
        knob_format((enum knob_id)id, knob_table[id].initial, value, sizeof value);
        snprintf(text, sizeof text, "--%s %s", flag, value);
        const struct knob_settings *settings = &accepted(text)->settings;
        cr_assert_eq(settings->source[id], SOURCE_FLAG, "%s", text);
        cr_assert_eq(settings->knobs.value[id], knob_table[id].initial, "%s", text);
    }
}

/* ---- precedence ----------------------------------------------------------------------------- */

Test(options, flag_over_environment_over_preset_over_default)
{
    static const struct {
        enum knob_id id;
        int64_t value;
        enum knob_source source;
    } expected[] = {
        {KNOB_HEAD_DIM, 160, SOURCE_FLAG},
        {KNOB_BATCH, 5, SOURCE_ENVIRONMENT},
        {KNOB_SEQ_LEN, 7, SOURCE_PRESET},
    };
    folder_begin();
    folder_put("p.json", "{\"schema\":\"pdlab.preset/1\",\"title\":\"T\",\"lesson\":\"L\","
                         "\"target\":\"persistent_decode\","
                         "\"knobs\":{\"SEQ_LEN\":7,\"BATCH\":3,\"HEAD_DIM\":96}}");
    setenv("PDLAB_BATCH", "5", 1);
    setenv("PDLAB_HEAD_DIM", "128", 1);
    char text[128];
    snprintf(text, sizeof text, "--head-dim 160 --preset %s", folder_path("p.json"));
    const struct knob_settings *settings = &accepted(text)->settings;
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
        const enum knob_id id = expected[i].id;
        cr_assert_eq(settings->knobs.value[id], expected[i].value, "%s", knob_table[id].name);
        cr_assert_eq(settings->source[id], expected[i].source, "%s", knob_table[id].name);
    }
    cr_assert_eq(settings->knobs.block_k, knob_table[KNOB_BLOCK_K].initial);
    cr_assert_eq(settings->source[KNOB_BLOCK_K], SOURCE_DEFAULT);
    folder_end();
}

/* A value of the environment is not used if it is overridden, or if the command does not read it.
 */
Test(options, the_environment_is_checked_only_if_it_is_used)
{
    static const char *const uses[] = {"run", "verify", "sweep --vary SEQ_LEN=1,2", ""};
    static const char *const does_not[] = {
        "run --batch 4",
        "verify --batch 4",
        "sweep --vary BATCH=1,2",
        "--batch 4",
        "list",
        "doctor",
        "replay f",
        "compare a b",
    };
    for (int bare = 0; bare < 2; bare++) {
        setenv(bare ? "BATCH" : "PDLAB_BATCH", "0", 1);
        unsetenv(bare ? "PDLAB_BATCH" : "BATCH");
        for (size_t i = 0; i < sizeof uses / sizeof *uses; i++) {
            cr_assert_not(parse(uses[i]), "%s", uses[i]);
            assert_contains(line.error.text, "BATCH in the environment takes");
            assert_contains(line.error.text, "'0'");
        }
        for (size_t i = 0; i < sizeof does_not / sizeof *does_not; i++)
            accepted(does_not[i]);
    }
    unsetenv("BATCH");
    setenv("PDLAB_WARMUP", "no", 1);
    accepted("verify");
    cr_assert_not(parse("run"));
    unsetenv("PDLAB_WARMUP");
    setenv("QUICK", "maybe", 1);
    accepted("run --quick");
    cr_assert_not(parse("run"));
}

Test(options, run_ends_by_itself)
{
    cr_assert_eq(accepted("run")->settings.knobs.iterations, 200);
    const struct options *options = accepted("run --quick");
    cr_assert_eq(options->settings.knobs.iterations, 20);
    cr_assert_eq(options->settings.knobs.seq_len, 8);
    cr_assert_eq(accepted("run --quick --seq-len 9")->settings.knobs.seq_len, 9);
    setenv("PDLAB_ITERATIONS", "0", 1);
    cr_assert_not(parse("run"));
    assert_contains(line.error.text, "environment");
}

Test(options, durations_are_decimal_seconds)
{
    static const struct {
        const char *text;
        uint64_t ns;
    } durations[] = {
        {"0.001", 1000000},
        {"1", 1000000000},
        {"2.5", 2500000000},
        {".25", 250000000},
        {"3.", 3000000000},
        {"86400", 86400000000000},
        {"1.0000000019", 1000000001} /* finer than a nanosecond: truncated */,
    };
    for (size_t i = 0; i < sizeof durations / sizeof *durations; i++) {
        char text[64];
        snprintf(text, sizeof text, "run --duration %s", durations[i].text);
        const struct options *options = accepted(text);
        cr_assert_eq(options->duration_ns, durations[i].ns, "%s", text);
        cr_assert_not(options->until_stable);
    }
}

/* Only ITERATIONS that the user set end such a run. A process may end as soon as it is stable,
 * unless the user gave a duration or compares two builds. */
Test(options, a_run_with_a_duration_has_no_iterations_by_default)
{
    static const struct {
        const char *text;
        int64_t iterations;
        uint64_t duration_s;
        bool process_stable;
    } lines[] = {
        {"run --duration 3", 0, 3, false},
        {"run --duration 3 --quick", 0, 3, false},
        {"run --iterations 0 --duration 3", 0, 3, false},
        {"run --duration 3 --iterations 70", 70, 3, false},
        {"run --until-stable", 0, 2, true},
        {"run --until-stable --duration 3 --iterations 70", 70, 3, false},
        {"run --until-stable --against b", 0, 2, false},
    };
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        const struct options *options = accepted(lines[i].text);
        cr_assert_eq(options->settings.knobs.iterations, lines[i].iterations, "%s", lines[i].text);
        cr_assert_eq(options->duration_ns, lines[i].duration_s * UINT64_C(1000000000), "%s",
                     lines[i].text);
        cr_assert_eq(options->process_stable, lines[i].process_stable, "%s", lines[i].text);
    }
    setenv("PDLAB_ITERATIONS", "80", 1);
    const struct options *options = accepted("run --until-stable");
    cr_assert_eq(options->settings.knobs.iterations, 80);
    cr_assert_not(options->process_stable);
}

Test(options, quick_from_the_environment)
{
    setenv("QUICK", "1", 1);
    const struct knob_settings *settings = &accepted("")->settings;
    cr_assert_eq(settings->knobs.batch, 2);
    cr_assert_eq(settings->source[KNOB_BATCH], SOURCE_QUICK);
}

Test(options, targets_without_a_preset_have_defaults_only)
{
    cr_assert_str_empty(accepted("run --targets persistent_decode")->preset.name);
    cr_assert_str_eq(accepted("run")->preset.name, PRESET_DEFAULT);
}

/* ---- help ----------------------------------------------------------------------------------- */

Test(options, help_in_any_place_wins)
{
    static const struct {
        const char *text, *topic;
        enum command of;
    } lines[] = {
        {"--help", "", COMMAND_EXPLORE},
        {"help", "", COMMAND_EXPLORE},
        {"-h", "", COMMAND_EXPLORE},
        {"run --help", "", COMMAND_RUN},
        {"run --nonsense --help", "", COMMAND_RUN},
        {"--help knobs", "knobs", COMMAND_EXPLORE},
        {"help keys", "keys", COMMAND_EXPLORE},
        {"help replay", "", COMMAND_REPLAY},
        {"run --json - --help keys", "keys", COMMAND_RUN},
    };
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        const struct options *options = accepted(lines[i].text);
        cr_assert_eq(options->command, COMMAND_HELP, "%s", lines[i].text);
        cr_assert_str_eq(options->help_topic, lines[i].topic);
        cr_assert_eq(options->help_of, lines[i].of, "%s", lines[i].text);
    }
    cr_assert_eq(accepted("list --version")->command, COMMAND_VERSION);
}
