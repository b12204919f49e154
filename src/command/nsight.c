#include "nsight.h"

#include "../../kernels/clock.h"
#include "../base/text.h"
#include "../engine/knobs.h"
#include "../harness/profile_pass.h"
#include "../harness/tool.h"
#include "child.h"
#include "commands.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define MERCY_NS   UINT64_C(5000000000) /* from SIGTERM to SIGKILL: a tool may close files first */
#define PATH_ROOM  4096u
#define QUOTE_ROOM 200u
#define TAIL_BYTES 8192

const char *nsight_name(enum nsight_tool tool)
{
    return tool == NSIGHT_SYSTEMS ? "nsys" : "ncu";
}

const char *nsight_refuses(enum nsight_tool tool, const struct run *run)
{
    if (tool == NSIGHT_COMPUTE && run->facts.launches_per_iteration == 0 &&
        run->facts.graph_nodes == 0)
        return "its kernel waits for the host, which ncu does not allow";
    return NULL;
}

/* ---- the command line ----------------------------------------------------------------------- */

static void put_tool(struct command_line *line, const struct nsight_order *order)
{
    /* Without --capture-range-end=stop, nsys ends the program after the captured range. With
     * --cache-control=none, ncu leaves the caches as warm as in the measured iterations. */
    static const char *const words[][9] = {
        [NSIGHT_SYSTEMS] = {"profile", "--trace=cuda,nvtx", "--capture-range=cudaProfilerApi",
                            "--capture-range-end=stop", "--cuda-graph-trace=node", "--sample=none",
                            "--cpuctxsw=none", "--force-overwrite=true", NULL},
        [NSIGHT_COMPUTE] = {"--target-processes=all", "--profile-from-start=off",
                            "--clock-control=none", "--cache-control=none", "--set=detailed",
                            "--force-overwrite", NULL},
    };
    const char *output = order->tool == NSIGHT_SYSTEMS ? "output" : "export";
    command_line_put_words(line, words[order->tool]);
    command_line_put(line, "--%s=%s/%s", output, order->folder, nsight_name(order->tool));
}

static void put_knobs(struct command_line *line, const struct nsight_order *order)
{
    const struct run *run = order->run;
    for (int id = 0; id < KNOB_COUNT; id++) {
        int64_t number = run->asked.value[id];
        if (!(run->known->knobs >> id & 1) && id != KNOB_ITERATIONS)
            continue;
        if (id == KNOB_ITERATIONS && order->tool == NSIGHT_COMPUTE)
            number = 1;
        else if (id == KNOB_ITERATIONS && (number == 0 || number > NSIGHT_MOST))
            number = NSIGHT_MOST;
        command_line_put_knob(line, (enum knob_id)id, number);
    }
}

/* Fills *line with the command line of the tool. False: not enough room. */
static bool command_of(const struct nsight_order *order, const char *tool_path,
                       struct command_line *line)
{
    line->count = line->length = 0;
    command_line_put(line, "%s", tool_path);
    put_tool(line, order);
    const char *const words[] = {order->program, "run",         "--targets", order->run->variant,
                                 "--device",     order->device, NULL};
    command_line_put_words(line, words);
    put_knobs(line, order);
    command_line_put_model(line, order->run);
    return line->count < COMMAND_LINE_WORDS;
}

/* ---- running it ----------------------------------------------------------------------------- */

/* Starts the tool in its own process group, with its output in `log`. */
static pid_t start(const struct nsight_order *order, const char *const *arguments, int log)
{
    const pid_t parent = getpid();
    fflush(NULL);
    const pid_t child = fork();
    if (child != 0)
        return child;
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    const int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (getppid() != parent || nothing < 0 || dup2(nothing, STDIN_FILENO) < 0 ||
        dup2(log, STDOUT_FILENO) < 0 || dup2(log, STDERR_FILENO) < 0 ||
        setenv(NSIGHT_VARIABLE, nsight_name(order->tool), 1) != 0)
        _exit(127);
    signal(SIGINT, SIG_DFL);
    signal(SIGPIPE, SIG_DFL);
    signal(SIGXFSZ, SIG_DFL);
    execv(arguments[0], (char *const *)(uintptr_t)arguments);
    dprintf(STDERR_FILENO, "%s: %s\n", arguments[0], strerror(errno));
    _exit(127);
}

/* Waits for the tool to end. After an interruption or the time limit, ends the tool and everything
 * that it started, and returns the reason. NULL: the tool ended by itself. */
static const char *wait_for_end(const struct nsight_order *order, pid_t child, int *status)
{
    const uint64_t began_ns = clock_now();
    const char *why = NULL;
    while (!child_wait(child, status)) {
        if (order->interrupted && *order->interrupted)
            why = "interrupted";
        else if (clock_now() - began_ns >= order->limit_ns)
            why = "it exceeded its time limit";
        if (!why)
            continue;
        const uint64_t asked_ns = clock_now();
        kill(-child, SIGTERM);
        while (!child_wait(child, status))
            if (clock_now() - asked_ns >= MERCY_NS)
                kill(-child, SIGKILL);
        kill(-child, SIGKILL);
        return why;
    }
    return NULL;
}

/* Copies the most informative line of the tool's output: the last that contains "error", else the
 * last. */
static void quote_output(int log, char quote[QUOTE_ROOM])
{
    char text[TAIL_BYTES + 1];
    const off_t length = lseek(log, 0, SEEK_END);
    const off_t from = length > TAIL_BYTES ? length - TAIL_BYTES : 0;
    const ssize_t got = pread(log, text, TAIL_BYTES, from);
    bool found = false;
    char *rest = text, *line;
    quote[0] = '\0';
    text[got > 0 ? got : 0] = '\0';
    while ((line = strsep(&rest, "\r\n")) != NULL) {
        const bool speaks = text_find(line, "error") != NULL;
        if (line[strspn(line, " \t")] == '\0' || (found && !speaks))
            continue;
        found |= speaks;
        snprintf(quote, QUOTE_ROOM, "%.150s", line + strspn(line, " \t"));
    }
    text_make_visible(quote);
}

static bool judge(const struct nsight_order *order, int status, const char *report, int log,
                  struct error *error)
{
    const char *name = nsight_name(order->tool);
    char quote[QUOTE_ROOM];
    quote_output(log, quote);
    if (status != 0)
        return child_explain_end(status, name, quote, error);
    return access(report, F_OK) == 0 ||
           error_set(error, ERROR_RUN, "%s wrote no report%s%s", name, *quote ? ": " : "", quote);
}

bool nsight_run(const struct nsight_order *order, struct error *error)
{
    const char *name = nsight_name(order->tool);
    struct command_line line;
    char tool[PATH_ROOM], report[PATH_ROOM];
    int status = 0;
    if (!tool_find(name, tool, sizeof tool))
        return error_set(error, ERROR_UNSUPPORTED, "%s is not on PATH", name);
    if (!command_of(order, tool, &line))
        return error_set(
            error, ERROR_RUN,
            "the command line of %s exceeds pdlab's limit: set fewer knobs or a shorter path",
            name);
    snprintf(report, sizeof report, "%s/%s.%s-rep", order->folder, name, name);
    FILE *log = tmpfile();
    if (!log)
        return error_set(error, ERROR_RUN, "no temporary file for the output of %s: %s", name,
                         strerror(errno));
    const pid_t child = start(order, line.words, fileno(log));
    bool right;
    if (child < 0) {
        right = error_set(error, ERROR_RUN, "%s could not start: %s", name, strerror(errno));
    } else {
        const char *why = wait_for_end(order, child, &status);
        right = why ? error_set(error, ERROR_RUN, "%s was ended: %s", name, why)
                    : judge(order, status, report, fileno(log), error);
    }
    fclose(log);
    return right;
}

/* ---- in the process under the tool ----------------------------------------------------------- */

static bool look_at(struct turn *turn, uint32_t *stop, const struct tracer *tracer, uint32_t count,
                    struct error *error)
{
    if (!profile_warm(turn, stop, error))
        return false;
    if (tracer)
        tracer->mark(true);
    bool right = true;
    for (uint32_t i = 0; right && i < count; i++)
        right = profile_iterate(turn, stop, error);
    if (tracer && !turn->lost)
        tracer->mark(false);
    return right;
}

static bool run_inside(const struct options *options, const struct device_ops *ops,
                       const struct device_info *info, bool *lost, struct error *error)
{
    struct targets targets;
    struct run run;
    struct plan plan;
    struct turn turn = {0};
    uint32_t stop = 0;
    if (!command_choose(options, ops->backend, &targets, error) ||
        !profile_run_open(&run, targets.variants[0], &options->settings.knobs, info, &plan, error))
        return false;
    run.verification.verdict = VERDICT_RIGHT; /* these iterations were verified when measured */
    bool right = turn_begin(&turn, &run, &plan, info, &stop, error) &&
                 look_at(&turn, &stop, ops->tracer, (uint32_t)run.used.iterations, error);
    *lost = turn.lost;
    if (!*lost)
        turn_end(&turn);
    run_close(&run);
    return right;
}

int nsight_inside(const struct options *options)
{
    struct error error = {0};
    struct device_info info;
    enum backend backend;
    int index;
    bool lost = false;
    if (!device_parse(options->device, &backend, &index, &error) ||
        !backends[backend]->open(index, &info, &error))
        return command_fail(&error);
    bool right = run_inside(options, backends[backend], &info, &lost, &error);
    const int status = right ? 0 : command_fail(&error);
    if (lost) {
        fflush(NULL);
        _exit(status); /* after the driver is lost, its exit handlers may never return */
    }
    backends[backend]->close(index);
    return status;
}
