#include "profile.h"

#include "../base/files.h"
#include "../base/fold.h"
#include "../base/interrupt.h"
#include "../engine/backend_name.h"
#include "../harness/profile_text.h"
#include "nsight.h"

#include <limits.h>
#include <string.h>
#include <unistd.h>

#define LINE_ROOM 1024u

/* The state of profiling. */
struct session {
    const struct document *document;
    enum backend backend;
    int index;
    FILE *out;
    bool told[NSIGHT_TOOLS + 1]; /* reasons that apply to all variants are reported once */
    char program[PATH_MAX];      /* this program; "": unknown */
};

static void tell(struct session *session, int once, const char *line)
{
    if (once >= 0 && session->told[once])
        return;
    if (once >= 0)
        session->told[once] = true;
    fold_print(session->out, 0, 0, line);
    fflush(session->out);
}

/* Writes trace.json. `note` gets the source of its data. False: it could not be written. */
static bool write_trace(struct session *session, struct profile_pass *pass, char note[LINE_ROOM],
                        struct error *error)
{
    struct error why = {0};
    char line[LINE_ROOM + 64];
    const struct tracer *tracer = backends[session->backend]->tracer;
    if (!tracer)
        error_set(&why, ERROR_UNSUPPORTED, "there is no tracer for the %s",
                  backend_name(session->backend));
    else if (profile_pass_run(pass, session->backend, session->index, &why)) {
        snprintf(note, LINE_ROOM, "from CUPTI's records and the programs' stamps");
        return true;
    }
    snprintf(note, LINE_ROOM, "from stamps alone: %s", why.text);
    if (tracer) {
        snprintf(line, sizeof line, "%s: trace.json is made from stamps alone: %s",
                 pass->measured->variant, why.text);
        tell(session, why.kind == ERROR_UNSUPPORTED ? NSIGHT_TOOLS : -1, line);
    }
    return profile_write_stamps(pass, why.text, error);
}

/* Runs a tool. `note` gets the name of its report, or why there is none. */
static void use_tool(struct session *session, enum nsight_tool tool, const struct run *run,
                     const char *folder, char note[LINE_ROOM])
{
    struct error why = {0};
    char line[LINE_ROOM + 64];
    const struct nsight_order order = {
        .tool = tool,
        .run = run,
        .device = session->document->device.id,
        .program = session->program,
        .folder = folder,
        .limit_ns = NSIGHT_LIMIT_NS,
        .interrupted = &interrupt_level,
    };
    const char *name = nsight_name(tool), *refusal = nsight_refuses(tool, run);
    if (!backends[session->backend]->tracer) {
        snprintf(note, LINE_ROOM, "not used: it profiles only GPUs");
        return;
    }
    if (refusal)
        error_set(&why, ERROR_RUN, "%s", refusal);
    else if (!*session->program)
        error_set(&why, ERROR_UNSUPPORTED,
                  "pdlab cannot find its own program through /proc/self/exe");
    else if (nsight_run(&order, &why)) {
        snprintf(note, LINE_ROOM, "%s.%s-rep", name, name);
        return;
    }
    snprintf(note, LINE_ROOM, "no report: %s", why.text);
    if (why.kind == ERROR_UNSUPPORTED)
        snprintf(line, sizeof line, "no %s.%s-rep: %s", name, name, why.text);
    else
        snprintf(line, sizeof line, "%s: no %s.%s-rep: %s", run->variant, name, name, why.text);
    tell(session, why.kind == ERROR_UNSUPPORTED ? (int)tool : -1, line);
}

static bool profile_one(struct session *session, struct profile_pass *pass, struct error *error)
{
    char folder[PROFILE_PATH_ROOM / 2], path[PROFILE_PATH_ROOM], trace[LINE_ROOM];
    char tools[NSIGHT_TOOLS][LINE_ROOM];
    const struct run *run = pass->measured;
    size_t length;
    snprintf(folder, sizeof folder, PROFILE_FOLDER "/%s/%s", session->document->run_id,
             run->variant);
    snprintf(pass->path, sizeof pass->path, "%s/trace.json", folder);
    snprintf(path, sizeof path, "%s/profile.txt", folder);
    if (!write_trace(session, pass, trace, error))
        return false;
    for (int tool = 0; tool < NSIGHT_TOOLS; tool++)
        use_tool(session, (enum nsight_tool)tool, run, folder, tools[tool]);
    const struct profile_notes notes = {.trace = trace,
                                        .tool = {tools[NSIGHT_SYSTEMS], tools[NSIGHT_COMPUTE]}};
    char *text = profile_print(pass, &notes, &length);
    return file_write_text(path, text, length, error);
}

bool profile_runs(const struct document *document, int index, FILE *out, struct error *error)
{
    struct session session = {
        .document = document, .backend = document->device.backend, .index = index, .out = out};
    struct profile_pass *pass = profile_pass_open();
    bool written = true;
    uint32_t profiled = 0;
    if (!pass)
        return error_set(error, ERROR_RUN, "no memory to profile");
    const ssize_t length = readlink("/proc/self/exe", session.program, sizeof session.program - 1);
    session.program[length > 0 ? length : 0] = '\0';
    for (size_t i = 0; written && i < document->count && interrupt_level == 0; i++) {
        const struct run *run = &document->runs[i];
        if (run->status >= RUN_FAILED || run->histograms[METRIC_ITERATION].count == 0)
            continue;
        memset(pass, 0, sizeof *pass);
        pass->document = document;
        pass->measured = run;
        written = profile_one(&session, pass, error);
        profiled += written;
    }
    if (profiled > 0)
        fprintf(out, "profiled to %s/%s\n", PROFILE_FOLDER, document->run_id);
    profile_pass_close(pass);
    return written;
}
