#include "isolate.h"

#include "../../kernels/clock.h"
#include "../../kernels/cpu/usable.h"
#include "../base/interrupt.h"
#include "../document/document.h"
#include "../engine/ceilings.h"
#include "../engine/plans.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define LOOK_MS 100 /* how often to check whether the parent was interrupted */

/* How long to wait for the exit of a child that has sent everything: it may still be releasing the
 * device, or hang in the driver. Then it is killed, and has KILL_MS to exit. */
#define LEAVE_MS 10000
#define KILL_MS  5000
#define END_MS   10000 /* after an interruption, how long an order may take to end */
#define NAP_MS   5     /* how often to check whether a child has exited */

/* The kinds of messages, with the members that each kind sets. Both ends are the same program, so
 * messages are C structs. */
enum message_kind {
    MESSAGE_READY,    /* device, ceilings and unmeasured; if the device could not be opened:
                         error */
    MESSAGE_BEGUN,    /* used, status, error */
    MESSAGE_PROGRESS, /* progress */
    MESSAGE_DONE,     /* a document of `bytes` bytes follows; if `error` is set, the child exits */
};

struct message {
    enum message_kind kind;
    enum run_status status;
    struct error error, unmeasured;
    struct device_info device;
    struct ceilings ceilings;
    struct knobs used;
    struct isolate_progress progress;
    size_t bytes;
};

struct command {
    bool check_only;
    struct isolate_order order;
};

struct isolate_line {
    int channel;
};

static bool send_all(int channel, const void *bytes, size_t length)
{
    const char *at = bytes;
    while (length > 0) {
        ssize_t sent = send(channel, at, length, MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR)
            continue;
        if (sent <= 0)
            return false;
        at += sent;
        length -= (size_t)sent;
    }
    return true;
}

/* Returns false if the other end closes the channel before everything has arrived. */
static bool receive_all(int channel, void *bytes, size_t length)
{
    char *at = bytes;
    while (length > 0) {
        ssize_t got = recv(channel, at, length, 0);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return false;
        at += got;
        length -= (size_t)got;
    }
    return true;
}

/* ---- the child ------------------------------------------------------------------------------ */

volatile sig_atomic_t isolate_interrupted;
uint32_t *volatile isolate_stop;

static void note_interrupt(int signal_number)
{
    (void)signal_number;
    isolate_interrupted = 1;
    if (isolate_stop)
        __atomic_store_n(isolate_stop, 1, __ATOMIC_RELEASE);
}

void isolate_tell(struct isolate_line *line, const struct isolate_progress *progress)
{
    struct message message = {.kind = MESSAGE_PROGRESS, .progress = *progress};
    send_all(line->channel, &message, sizeof message);
}

/* Sets up the child's signals and files. A signal such as Ctrl-C reaches the child too; the child
 * ignores it, and the parent passes it on as SIGUSR1, once. */
static void settle_child(pid_t parent, int channel)
{
    struct sigaction interrupt = {.sa_handler = note_interrupt};
    sigemptyset(&interrupt.sa_mask);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(0); /* the parent ended before the child requested its parent-death signal */
    interrupt_ignore();
    sigaction(SIGUSR1, &interrupt, NULL);
    /* Close inherited files: an inherited descriptor would keep the parent's locks after the parent
     * released them. */
    if (channel > 3)
        close_range(3, (unsigned)channel - 1, 0);
    close_range((unsigned)channel + 1, ~0U, 0);
}

/* Begins a run and sends its status and resolved knobs to the parent. */
static bool begin(int channel, const struct isolate_order *order, const struct planned *planned,
                  struct run *run)
{
    run_begin(run, order->variant, &order->knobs, &planned->plan.used, run->epoch + 1);
    if (!planned->runs)
        run->status = RUN_SKIPPED;
    run->error = planned->error;
    const struct message message = {.kind = MESSAGE_BEGUN,
                                    .status = run->status,
                                    .used = planned->plan.used,
                                    .error = planned->error};
    return send_all(channel, &message, sizeof message);
}

/* Sends the run as a document. `error` is set if this process cannot continue. */
static bool hand_over(int channel, const struct device_info *device, struct run *run,
                      const struct error *error)
{
    struct message message = {.kind = MESSAGE_DONE, .status = run->status, .error = *error};
    struct document document;
    document_describe(&document, device, run, 1);
    char *text = document_print(&document, &message.bytes);
    if (!text) {
        message.bytes = 0;
        if (message.error.kind == ERROR_NONE)
            error_set(&message.error, ERROR_RUN, "no memory for the document of %s", run->variant);
    }
    bool sent = send_all(channel, &message, sizeof message) &&
                (!text || send_all(channel, text, message.bytes));
    free(text);
    return sent;
}

/* Performs orders until the parent closes the channel. Returns false if this process cannot
 * continue. */
static bool serve(int channel, const struct isolate_task *task, void *context,
                  const struct device_info *device, struct run *run)
{
    struct command command;
    static struct plans plans; /* static because it is too large for a small stack; a process calls
                                  this function only once */
    while (receive_all(channel, &command, sizeof command)) {
        struct isolate_line line = {.channel = channel};
        struct error error = {0};
        const struct planned *planned =
            plans_find(&plans, command.order.variant, &command.order.knobs, device);
        if (!begin(channel, &command.order, planned, run))
            return true;
        if (command.check_only || run->status == RUN_SKIPPED)
            continue;
        bool goes_on = task->perform(context, &command.order, &planned->plan, &line, run, &error);
        if (!goes_on)
            run->status = RUN_FAILED;
        if (!goes_on && run->error.kind == ERROR_NONE)
            run->error = error;
        if (!hand_over(channel, device, run, &error) || !goes_on)
            return goes_on;
    }
    return true;
}

static void run_child(int channel, const struct isolate *isolate)
{
    struct message ready = {
        .kind = MESSAGE_READY, .ceilings = isolate->ceilings, .unmeasured = isolate->unmeasured};
    struct run run = {0};
    const struct isolate_task *task = isolate->task;
    void *context = task->open(isolate->backend, isolate->index, &ready.device, &ready.error);
    if (context && !run_open(&run)) {
        error_set(&ready.error, ERROR_RUN, "no memory for the histograms");
        task->close(context);
        context = NULL;
    }
    if (context && task->measure &&
        (ceilings_known(&ready.ceilings) || ready.unmeasured.kind == ERROR_NONE))
        task->measure(context, &ready.ceilings, &ready.unmeasured);
    if (!send_all(channel, &ready, sizeof ready) || !context)
        return;
    if (serve(channel, task, context, &ready.device, &run))
        task->close(context);
}

/* ---- the parent ----------------------------------------------------------------------------- */

/* Waits at most most_ms for the child to exit. Returns whether it has. */
static bool has_left(pid_t child, int most_ms, int *status)
{
    struct timespec nap = {.tv_nsec = NAP_MS * 1000000L};
    for (int waited_ms = 0; waited_ms <= most_ms; waited_ms += NAP_MS) {
        pid_t left = waitpid(child, status, WNOHANG);
        if (left == child || (left < 0 && errno != EINTR))
            return true;
        nanosleep(&nap, NULL);
    }
    return false;
}

/* Closes the channel, waits for the child and returns its exit status. Kills a child that does not
 * exit, and gives up if even that fails. */
static int end_child(struct isolate *isolate)
{
    int status = 0;
    close(isolate->channel);
    if (!has_left(isolate->child, interrupt_level > 1 ? 0 : LEAVE_MS, &status)) {
        kill(isolate->child, SIGKILL);
        has_left(isolate->child, KILL_MS, &status);
    }
    isolate->child = 0;
    return status;
}

/* Ends a child that closed the channel too early, and reports how it ended. */
static void explain_end(struct isolate *isolate, const char *what, struct error *error)
{
    int status = end_child(isolate);
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL &&
        usable_read_oom_kills(isolate->root) > isolate->oom_kills)
        error_set(error, ERROR_LOST,
                  "%s: its process was killed for memory: the cgroup or the system ran out of "
                  "memory (SIGKILL by the kernel)",
                  what);
    else if (WIFSIGNALED(status))
        error_set(error, ERROR_LOST, "%s: its process was ended by the signal SIG%s (%s)", what,
                  sigabbrev_np(WTERMSIG(status)) ? sigabbrev_np(WTERMSIG(status)) : "?",
                  strsignal(WTERMSIG(status)));
    else
        error_set(error, ERROR_LOST, "%s: its process ended with status %d before it was done",
                  what, WIFEXITED(status) ? WEXITSTATUS(status) : 0);
}

/* When an interruption was passed on to the child. */
struct asked {
    uint64_t looked_ns; /* time of the last call of pass_on; 0: the interruption has not been
                           passed on */
    uint64_t waited_ns; /* how long the parent has waited since it passed the interruption on */
};

/* Passes an interruption on to the child once, and kills a child that ignores it. The time between
 * two calls counts as at most LOOK_MS, so that time in which both processes were stopped (SIGSTOP)
 * does not use up the child's END_MS. */
static void pass_on(const struct isolate *isolate, struct asked *asked)
{
    const uint64_t look_ns = LOOK_MS * UINT64_C(1000000), now_ns = clock_now();
    if (interrupt_level == 0)
        return;
    if (asked->looked_ns == 0)
        kill(isolate->child, SIGUSR1);
    else
        asked->waited_ns +=
            now_ns - asked->looked_ns < look_ns ? now_ns - asked->looked_ns : look_ns;
    asked->looked_ns = now_ns;
    if (interrupt_level > 1 || asked->waited_ns >= END_MS * UINT64_C(1000000))
        kill(isolate->child, SIGKILL);
}

/* Waits for the next message. The caller zeroes *asked at the beginning of an order. Returns false
 * if the child closed the channel. */
static bool receive(struct isolate *isolate, struct asked *asked, struct message *message)
{
    struct pollfd news = {.fd = isolate->channel, .events = POLLIN};
    do
        pass_on(isolate, asked);
    while (poll(&news, 1, LOOK_MS) <= 0);
    return receive_all(isolate->channel, message, sizeof *message);
}

/* Starts a child and waits until it has opened the device. If the child loses the device while it
 * measures ceilings, starts another child that does not measure them. */
static bool start_child(struct isolate *isolate, struct error *error)
{
    const bool first = isolate->unmeasured.kind == ERROR_NONE;
    int ends[2];
    struct asked asked = {0};
    struct message ready;
    pid_t parent = getpid();
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
        return error_set(error, ERROR_RUN, "cannot create a channel to the measuring process: %s",
                         strerror(errno));
    isolate->oom_kills = usable_read_oom_kills(isolate->root);
    fflush(stdout); /* otherwise, if a driver calls exit in the child, buffered output is printed
                       twice */
    isolate->child = fork();
    if (isolate->child == 0) {
        settle_child(parent, ends[1]);
        run_child(ends[1], isolate);
        _exit(0);
    }
    close(ends[1]);
    isolate->channel = ends[0];
    if (isolate->child < 0) {
        isolate->child = 0;
        close(ends[0]);
        return error_set(error, ERROR_RUN, "cannot start the measuring process: %s",
                         strerror(errno));
    }
    if (!receive(isolate, &asked, &ready)) {
        explain_end(isolate, "opening the device", error);
        return false;
    }
    if (ready.error.kind != ERROR_NONE) {
        *error = ready.error;
        end_child(isolate);
        return false;
    }
    isolate->device = ready.device;
    isolate->ceilings = ready.ceilings;
    if (first)
        isolate->unmeasured = ready.unmeasured;
    if (first && ready.unmeasured.kind == ERROR_LOST) {
        end_child(isolate);
        return start_child(isolate, error);
    }
    return true;
}

/* Makes the run empty. The run allocates memory only when a document is received. */
static void begin_run(struct isolate *isolate, uint32_t index, const struct knobs *asked,
                      const struct knobs *used)
{
    struct run *run = &isolate->runs[index];
    run_close(run);
    run_begin(run, isolate->variants[index], asked, used, 1);
    isolate->progress[index] = (struct isolate_progress){0};
}

static void fail_run(struct run *run, const struct error *error)
{
    run->status = RUN_FAILED;
    run->error = *error;
}

/* Replaces the begun run with the document's run. Keeps the begun run's knobs, because a document
 * omits those that the variant does not read. */
static bool take_document(struct run *run, const char *text, size_t length, struct error *error)
{
    struct document document;
    if (!document_parse(text, length, run->variant, &document, error))
        return false;
    if (document.count == 1) { /* otherwise the run was interrupted before it had samples */
        struct run *told = &document.runs[0];
        told->known = run->known;
        told->epoch = run->epoch;
        told->asked = run->asked;
        told->used = run->used;
        run_close(run);
        *run = *told;
        *told = (struct run){0};
    }
    document_free(&document);
    return true;
}

static bool receive_document(struct isolate *isolate, struct run *run, size_t bytes,
                             struct error *error)
{
    if (bytes == 0)
        return true;
    char *text = malloc(bytes);
    if (!text)
        return error_set(error, ERROR_RUN, "no memory for the document of %s", run->variant);
    bool taken = receive_all(isolate->channel, text, bytes)
                     ? take_document(run, text, bytes, error)
                     : error_set(error, ERROR_LOST, "%s: its process ended before it was done",
                                 run->variant);
    free(text);
    return taken;
}

/* Handles the last message of an order. Returns false if the child is unusable. */
static bool take_outcome(struct isolate *isolate, uint32_t index, const struct message *message)
{
    struct run *run = &isolate->runs[index];
    struct error error = message->error;
    bool taken = receive_document(isolate, run, message->bytes, &error);
    run->status = message->status;
    if (error.kind != ERROR_NONE && run->error.kind == ERROR_NONE)
        fail_run(run, &error);
    return taken && message->error.kind == ERROR_NONE;
}

/* Handles the child's messages until the order ends. Returns false if the child closed the
 * channel. */
static bool follow(struct isolate *isolate, uint32_t index, const struct command *command)
{
    struct run *run = &isolate->runs[index];
    struct message message;
    struct asked asked = {0};
    while (receive(isolate, &asked, &message)) {
        switch (message.kind) {
        case MESSAGE_BEGUN:
            begin_run(isolate, index, &command->order.knobs, &message.used);
            run->status = message.status;
            run->error = message.error;
            if (command->check_only || run->status == RUN_SKIPPED)
                return true;
            break;
        case MESSAGE_PROGRESS:
            isolate->progress[index] = message.progress;
            if (isolate->show)
                isolate->show(isolate, index);
            break;
        case MESSAGE_DONE:
            if (!take_outcome(isolate, index, &message))
                end_child(isolate);
            return true;
        case MESSAGE_READY:
            break;
        }
    }
    return false;
}

/* Sends an order to the child, starting one if necessary, and follows it. Returns false if no child
 * could be started. */
static bool order(struct isolate *isolate, uint32_t index, const struct command *command)
{
    struct run *run = &isolate->runs[index];
    struct error error = {0};
    begin_run(isolate, index, &command->order.knobs, &command->order.knobs);
    if (isolate->child == 0 && !start_child(isolate, &error)) {
        fail_run(run, &error);
        return false;
    }
    send_all(isolate->channel, command,
             sizeof *command); /* if the child has died, the next receive fails */
    if (!follow(isolate, index, command)) {
        explain_end(isolate, run->variant, &error);
        fail_run(run, &error);
    }
    return true;
}

bool isolate_open(struct isolate *isolate, const struct isolate_task *task, enum backend backend,
                  int index, const struct variant *const *asked, uint32_t count,
                  const struct knobs *knobs, struct error *error)
{
    *isolate = (struct isolate){
        .task = task, .backend = backend, .index = index, .count = count, .root = ""};
    if (!start_child(isolate, error))
        return false;
    for (uint32_t i = 0; i < count; i++) {
        isolate->variants[i] = asked[i];
        isolate_check(isolate, i, knobs);
    }
    return true;
}

void isolate_check(struct isolate *isolate, uint32_t index, const struct knobs *knobs)
{
    const struct command command = {
        .check_only = true,
        .order = {.variant = isolate->variants[index], .knobs = *knobs},
    };
    order(isolate, index, &command);
}

bool isolate_perform(struct isolate *isolate, uint32_t index, struct isolate_order *wanted)
{
    wanted->variant = isolate->variants[index];
    const struct command command = {.order = *wanted};
    return order(isolate, index, &command);
}

void isolate_rest(struct isolate *isolate)
{
    if (isolate->child > 0)
        end_child(isolate);
}

void isolate_close(struct isolate *isolate)
{
    isolate_rest(isolate);
    for (uint32_t i = 0; i < isolate->count; i++)
        run_close(&isolate->runs[i]);
    *isolate = (struct isolate){0};
}
