#include "option_table.h"

#include "../base/text.h"

#include <stdio.h>

#define EXPLORE COMMAND_BIT(COMMAND_EXPLORE)
#define RUN     COMMAND_BIT(COMMAND_RUN)
#define LIST    COMMAND_BIT(COMMAND_LIST)
#define VERIFY  COMMAND_BIT(COMMAND_VERIFY)
#define DOCTOR  COMMAND_BIT(COMMAND_DOCTOR)
#define COMPARE COMMAND_BIT(COMMAND_COMPARE)
#define SWEEP   COMMAND_BIT(COMMAND_SWEEP)
#define REPLAY  COMMAND_BIT(COMMAND_REPLAY)
#define DEMO    COMMAND_BIT(COMMAND_DEMO)

#define RUN_ITERATIONS 200

#define TEXT(member)   OPTION_TEXT, offsetof(struct options, member)
#define SWITCH(member) OPTION_SWITCH, offsetof(struct options, member)

const struct option_info option_table[] = {
    {"targets", "T[,T...]", RUN | VERIFY | SWEEP, TEXT(targets),
     "Targets or variants to run; `pdlab list` names them."},
    {"preset", "P", EXPLORE | RUN | VERIFY | SWEEP, TEXT(preset_name),
     "Start from a preset: a name that `pdlab list` shows, or the path of a file."},
    {"model", "DIR", EXPLORE | RUN | VERIFY | SWEEP, OPTION_MODEL, 0,
     "Decode with the model in this folder: a Llama or Qwen3 in Hugging Face's format "
     "(config.json; model.safetensors, whole or in shards). If DIR is a value of the knob MODEL, "
     "such as tiny, it sets that knob instead."},
    {"device", "D", EXPLORE | RUN | LIST | VERIFY | DOCTOR | SWEEP | DEMO, TEXT(device),
     "The device: cpu, cuda:0, cuda:1 ..."},
    {"quick", NULL, RUN | SWEEP, SWITCH(quick),
     "Small shapes and 20 iterations for the knobs that you do not set."},
    {"duration", "S", RUN, OPTION_DURATION, 0,
     "Measure each variant for S seconds after its warm-up, or until ITERATIONS are done."},
    {"repeats", "R", RUN, OPTION_REPEATS, 0,
     "Measure in R rounds, 1 to 1,000: each runs every variant once, in a fresh process, in random "
     "order. With 5 or more, variants get a verdict. Default: 1."},
    {"repeats", "R", SWEEP, OPTION_REPEATS, 0,
     "Measure each variant of a point in R fresh processes, 1 to 1,000. Default: 1."},
    {"order-seed", "N", RUN | SWEEP, OPTION_ORDER_SEED, 0,
     "Seed of the random order in each round. Default: a random seed, stored in the results."},
    {"against", "BINARY", RUN, TEXT(against),
     "Measure another build of pdlab (B) in the same rounds (5, unless --repeats is given), and "
     "compare this build (A) with it."},
    {"against", "BINARY", EXPLORE, TEXT(against),
     "Alternate the selected variant between this build (A) and another build of pdlab (B). View 2 "
     "compares them."},
    {"until-stable", NULL, RUN, SWITCH(until_stable),
     "Add rounds until every median is known to within 1 %: at least 5 rounds, at most --repeats "
     "or 100. A process measures for --duration or ITERATIONS; without either, until its own "
     "median is stable, at most 2 s."},
    {"expect", "FILE", RUN, TEXT(expect),
     "Exit with 1 if a measured p50 exceeds the expected p50 in FILE by more than its tolerance."},
    {"expect-write", "FILE", RUN, TEXT(expect_write),
     "Write the verified results as a file of expectations; with --repeats 5 or more, also their "
     "spread."},
    {"profile", NULL, RUN, SWITCH(profile),
     "Afterwards run each variant once more to see what happens in an iteration: a trace for "
     "Perfetto and a summary."},
    {"no-telemetry", NULL, EXPLORE | RUN | SWEEP, SWITCH(no_telemetry),
     "Don't read clocks, power, quotas and so on while measuring, to check that reading them "
     "does not change the results."},
    {"out", "DIR|none", RUN, TEXT(out),
     "The folder for <run_id>/<variant>.json and summary.json. Default: artifacts."},
    {"out", "DIR", SWEEP, TEXT(out),
     "The folder for <run_id>/points and the summaries. Default: artifacts."},
    {"vary", "KNOB=V,V...", SWEEP, OPTION_VARY, 0,
     "Vary a knob: KNOB=V,V,... or KNOB=LO:HI:xF or KNOB=LO:HI:+S. Several --vary: their product."},
    {"shard", "I/N|slurm", SWEEP, TEXT(shard),
     "Measure only points I, I + N, I + 2 N ..., or those of this task in a Slurm job array. To "
     "merge the shards: --resume DIR without --shard."},
    {"resume", "DIR", SWEEP, TEXT(resume),
     "Resume the sweep in this folder, or begin a sweep there; finished points are kept."},
    {"output", "FILE", VERIFY, TEXT(output),
     "Also write the variant's whole output as a safetensors file in F32, one tensor per part."},
    {"json", "FILE|-", RUN, TEXT(json), "Write the summary as JSON; -: to standard output."},
    {"json", NULL, LIST | VERIFY | DOCTOR | COMPARE, SWITCH(json_flag), "Print JSON."},
    {"csv", "FILE|-", RUN, TEXT(csv), "Write the histograms as CSV; -: to standard output."},
    {"record", "FILE", RUN, TEXT(record), "Write a recording, with stamps, for `pdlab replay`."},
    {"record", "FILE", SWEEP, TEXT(record),
     "When all points are measured, write them as one recording for `pdlab replay`."},
    {"markdown", NULL, LIST, SWITCH(markdown), "Print Markdown tables."},
    {"all", NULL, LIST, SWITCH(all), "Also list the hidden variants, which fail on purpose."},
    {"noise", NULL, DOCTOR, SWITCH(noise),
     "Also measure how much medians differ between processes, with 30 processes per device."},
    {"force", NULL, COMPARE, SWITCH(force),
     "Also compare runs with different workloads; they get no verdict."},
    {"restore", NULL, EXPLORE, SWITCH(restore),
     "Resume the last explorer session: preset, device, knobs, view and samples."},
    {"check", NULL, DEMO, SWITCH(check),
     "Only check that each demo's scenes are valid and that its recording can show them."},
    {"plain", NULL, EXPLORE | REPLAY, SWITCH(plain),
     "Print a report in plain lines instead of the explorer, for example for a screen reader."},
    {"ascii", NULL, EXPLORE | COMPARE | REPLAY | DEMO, SWITCH(ascii),
     "Draw with ASCII characters only."},
    {"color", "auto|always|never", EXPLORE | REPLAY | DEMO, OPTION_COLOR, 0,
     "Colours; auto heeds NO_COLOR and the terminal. Default: auto."},
    {"theme", "default|light|high-contrast|mono", EXPLORE | REPLAY | DEMO, OPTION_THEME, 0,
     "The explorer's theme. All themes are safe for colour-blind eyes."},
    {"no-mouse", NULL, EXPLORE | REPLAY | DEMO, SWITCH(no_mouse),
     "Leave the mouse to the terminal, so that it selects text without Shift."},
    {"fps", "N", EXPLORE | REPLAY | DEMO, OPTION_FPS, 0,
     "Maximum number of frames per second, 1 to 60. Default: 10."},
    {NULL, NULL, 0, OPTION_SWITCH, 0, NULL},
};

const struct command_info command_table[COMMAND_WORDS] = {
    [COMMAND_EXPLORE] =
        {"", "pdlab [options]",
         "Open the explorer. Without a terminal on standard output, print a plain report."},
    [COMMAND_RUN] = {"run", "pdlab run [options]",
                     "Run variants one after the other and write the results."},
    [COMMAND_LIST] =
        {"list", "pdlab list [options]",
         "List targets, variants, knobs, presets and devices, and why a variant can't run here."},
    [COMMAND_VERIFY] = {"verify", "pdlab verify [options]",
                        "Check every sequence of every variant against the reference."},
    [COMMAND_DOCTOR] = {"doctor", "pdlab doctor [options]",
                        "Show the devices, their features and their measured peaks."},
    [COMMAND_COMPARE] = {"compare", "pdlab compare [options] A B [C...]",
                         "Compare artifacts, folders of runs or recordings with the first one."},
    [COMMAND_SWEEP] =
        {"sweep", "pdlab sweep --vary KNOB=V,V... [options]",
         "Run the product of knob values, one file per point, with a table and a plot."},
    [COMMAND_REPLAY] = {"replay", "pdlab replay [options] FILE...",
                        "Open recordings in the explorer."},
    [COMMAND_DEMO] =
        {"demo", "pdlab demo [options] [FILE...]",
         "Play a demo, scene by scene: live on a GPU, else from a recording of a GPU. Without "
         "a name, list the demos."},
};

const struct command_example command_examples[] = {
    {"pdlab", "explore: pick a variant, change knobs, compare"},
    {"pdlab demo launches", "see why a launch per token hurts, in six scenes"},
    {"pdlab run --quick --repeats 5", "measure and rank without a screen"},
    {NULL, NULL},
};

const struct help_topic help_topics[] = {
    {"keys", "The keys of the explorer."},
    {"knobs", "The knobs in full."},
    {"knob-schema", "The knobs as JSON Schema, for documents that set knobs."},
    {"man", "A manual page, for man."},
    {"bash", "Completions for bash: source the output."},
    {"zsh", "Completions for zsh: save the output as _pdlab in a folder of $fpath."},
    {"fish", "Completions for fish: source the output."},
    {NULL, NULL},
};

unsigned option_knob_commands(enum knob_id id)
{
    /* verify ignores these knobs: it runs one iteration. */
    bool counts = id == KNOB_ITERATIONS || id == KNOB_WARMUP;
    return counts ? EXPLORE | RUN | SWEEP : EXPLORE | RUN | VERIFY | SWEEP;
}

int64_t option_knob_default(enum knob_id id, enum command command)
{
    /* The explorer runs until it is stopped; `run` and `sweep` have to end by themselves. */
    bool ends = command == COMMAND_RUN || command == COMMAND_SWEEP;
    return id == KNOB_ITERATIONS && ends ? RUN_ITERATIONS : knob_table[id].initial;
}

void option_knob_flag(enum knob_id id, char *flag, size_t size)
{
    snprintf(flag, size, "%s", knob_table[id].name);
    for (char *letter = flag; *letter; letter++)
        *letter = (char)(*letter == '_' ? '-' : text_lower(*letter));
}
