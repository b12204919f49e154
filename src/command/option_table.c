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
    {"preset", "P", EXPLORE | RUN | VERIFY | SWEEP, OPTION_PRESET, 0,
     "Start from a preset: a name that `pdlab list` shows, or the path of a file."},
    {"model", "DIR", EXPLORE | RUN | VERIFY | SWEEP, OPTION_MODEL, 0,
     "Decode with the model in this folder, a Llama or Qwen3 of Hugging Face's format: "
     "config.json, "
     "model.safetensors or shards. A value of the knob MODEL sets the knob instead."},
    {"device", "D", EXPLORE | RUN | LIST | VERIFY | DOCTOR | SWEEP | DEMO, TEXT(device),
     "The device: cpu, cuda:0, cuda:1 ..."},
    {"quick", NULL, RUN | SWEEP, OPTION_QUICK, 0,
     "Small shapes and 20 iterations, where nothing else is asked for."},
    {"duration", "S", RUN, OPTION_DURATION, 0,
     "Measure each variant for S seconds after its warm-up, or ITERATIONS if they are done first."},
    {"repeats", "R", RUN, OPTION_REPEATS, 0,
     "Measure in R rounds, 1 to 1,000: each runs every variant once, in a fresh process, in random "
     "order. From 5 on variants get a verdict. Default: 1."},
    {"repeats", "R", SWEEP, OPTION_REPEATS, 0,
     "Measure each variant of a point in R fresh processes, 1 to 1,000. Default: 1."},
    {"order-seed", "N", RUN | SWEEP, OPTION_ORDER_SEED, 0,
     "The seed of the order in each round. Default: a random one, which the documents name."},
    {"against", "BINARY", RUN, TEXT(against),
     "Measure another build of pdlab in the same rounds (5, unless --repeats says otherwise), and "
     "compare this build, A, with it, B."},
    {"against", "BINARY", EXPLORE, TEXT(against),
     "Measure the selected variant of another build of pdlab alternately with this build's, as B "
     "and "
     "A of view 2."},
    {"until-stable", NULL, RUN, SWITCH(until_stable),
     "Add rounds until every median is known to 1 %: 5 at least, --repeats or 100 at most. A "
     "process "
     "measures for --duration or ITERATIONS, else until it is stable, 2 s at most."},
    {"expect", "FILE", RUN, TEXT(expect),
     "Exit with 1 where an iteration is slower than this file of expectations tolerates."},
    {"expect-write", "FILE", RUN, TEXT(expect_write),
     "Write what was measured and verified as a file of expectations; --repeats 5 or more for its "
     "spread."},
    {"profile", NULL, RUN, SWITCH(profile),
     "Then run each once more to see what happens in an iteration: a trace for Perfetto, a "
     "summary."},
    {"no-telemetry", NULL, EXPLORE | RUN | SWEEP, SWITCH(no_telemetry),
     "Don't read clocks, power, quotas and the like meanwhile: to see that reading them changes "
     "nothing."},
    {"out", "DIR|none", RUN, TEXT(out),
     "The folder that gets <run_id>/<variant>.json and summary.json. Default: artifacts."},
    {"out", "DIR", SWEEP, TEXT(out),
     "The folder that gets <run_id>/points and the summaries. Default: artifacts."},
    {"vary", "KNOB=V,V...", SWEEP, OPTION_VARY, 0,
     "Vary a knob: KNOB=V,V,... or KNOB=LO:HI:xF or KNOB=LO:HI:+S. Of several, the product."},
    {"shard", "I/N|slurm", SWEEP, TEXT(shard),
     "Measure only the points I, I + N, I + 2 N ..., or those of this task of a Slurm job array; "
     "--resume DIR without it merges them."},
    {"resume", "DIR", SWEEP, TEXT(resume),
     "Go on with the sweep in this folder, or begin it there; what is finished stays."},
    {"output", "FILE", VERIFY, TEXT(output),
     "Also write the variant's whole output, as a safetensors file of F32: a tensor for each "
     "part."},
    {"json", "FILE|-", RUN, TEXT(json), "Write the summary as JSON; -: to standard output."},
    {"json", NULL, LIST | VERIFY | DOCTOR | COMPARE, SWITCH(json_flag), "Print JSON."},
    {"csv", "FILE|-", RUN, TEXT(csv), "Write the histograms as CSV; -: to standard output."},
    {"record", "FILE", RUN, TEXT(record), "Write a recording, with stamps, for `pdlab replay`."},
    {"record", "FILE", SWEEP, TEXT(record),
     "When all points are there, write them as one recording for `pdlab replay`."},
    {"markdown", NULL, LIST, SWITCH(markdown), "Print Markdown tables."},
    {"all", NULL, LIST, SWITCH(all), "Name the hidden variants too: those that fail on purpose."},
    {"noise", NULL, DOCTOR, SWITCH(noise),
     "Also measure how far medians lie apart from process to process, in 30 processes for each "
     "device."},
    {"force", NULL, COMPARE, SWITCH(force),
     "Compare runs that did not do the same work too; they get no verdict."},
    {"restore", NULL, EXPLORE, SWITCH(restore),
     "Go on where the last explorer ended: preset, device, knobs, view, and what was measured."},
    {"check", NULL, DEMO, SWITCH(check),
     "Only say whether each demo is right: its scenes, and that its recording can show them."},
    {"plain", NULL, EXPLORE | REPLAY, SWITCH(plain),
     "Print a report in plain lines instead of the explorer, as for a screen reader."},
    {"ascii", NULL, EXPLORE | COMPARE | REPLAY | DEMO, SWITCH(ascii),
     "Draw with ASCII characters only."},
    {"color", "auto|always|never", EXPLORE | REPLAY | DEMO, OPTION_COLOR, 0,
     "Colours; auto heeds NO_COLOR and the terminal. Default: auto."},
    {"theme", "default|light|high-contrast|mono", EXPLORE | REPLAY | DEMO, OPTION_THEME, 0,
     "How the explorer looks. The default is safe for colour-blind eyes, as all of them are."},
    {"no-mouse", NULL, EXPLORE | REPLAY | DEMO, SWITCH(no_mouse),
     "Leave the mouse to the terminal, which selects text with it (else while Shift is held)."},
    {"fps", "N", EXPLORE | REPLAY | DEMO, OPTION_FPS, 0,
     "Frames a second at most, 1 to 60. Default: 10."},
    {NULL, NULL, 0, OPTION_SWITCH, 0, NULL},
};

const struct command_info command_table[COMMAND_WORDS] = {
    [COMMAND_EXPLORE] = {"", "pdlab [options]",
                         "The explorer. Without a terminal on standard output, a plain report."},
    [COMMAND_RUN] = {"run", "pdlab run [options]",
                     "Run variants one after the other and write what was measured."},
    [COMMAND_LIST] = {"list", "pdlab list [options]",
                      "Targets, variants, knobs, presets and devices; why what can't run here."},
    [COMMAND_VERIFY] = {"verify", "pdlab verify [options]",
                        "Check every sequence of every variant against the reference."},
    [COMMAND_DOCTOR] = {"doctor", "pdlab doctor [options]",
                        "What devices there are, what they have, and what each can do at best."},
    [COMMAND_COMPARE] =
        {"compare", "pdlab compare [options] A B [C...]",
         "Artifacts, folders of runs and recordings side by side, against the first."},
    [COMMAND_SWEEP] =
        {"sweep", "pdlab sweep --vary KNOB=V,V... [options]",
         "Run the product of knob values, one file per point, with a table and a plot."},
    [COMMAND_REPLAY] = {"replay", "pdlab replay [options] FILE...", "The explorer on recordings."},
    [COMMAND_DEMO] =
        {"demo", "pdlab demo [options] [FILE...]",
         "A demo, scene by scene: live on a GPU, else from a recording of one. Without "
         "a name, the list of demos."},
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
    {"knob-schema", "The knobs as JSON Schema, for documents that set some."},
    {"man", "A manual page, for man."},
    {"bash", "Completions for bash, to be sourced."},
    {"zsh", "Completions for zsh: _pdlab in a folder of $fpath."},
    {"fish", "Completions for fish, to be sourced."},
    {NULL, NULL},
};

unsigned option_knob_commands(enum knob_id id)
{
    /* verify runs one iteration, whatever these knobs say. */
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

const char *option_model_of(const struct run *run)
{
    const struct model_checkpoint *checkpoint = model_checkpoint_current();
    const int64_t asked = run->asked.model;
    const bool reads = (run_read_knobs(run) & KNOB_BIT(MODEL)) &&
                       (asked == MODEL_CHECKPOINT || asked == KNOB_AUTO);
    return checkpoint && reads ? checkpoint->folder : NULL;
}
