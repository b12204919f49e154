#include "against.h"

#include "../../kernels/clock.h"
#include "../base/files.h"
#include "../base/interrupt.h"
#include "../base/json.h"
#include "../base/text.h"
#include "../base/words.h"
#include "../engine/knobs.h"
#include "../harness/rounds.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define PATH_ROOM       (AGAINST_FOLDER + 300u) /* room for the path of a file in the folder */
#define ASK_NS          UINT64_C(60000000000)   /* time limit of --version and of list */
#define END_NS          UINT64_C(15000000000)   /* from an interruption to SIGKILL */
#define STOP_NS         UINT64_C(1000000000)    /* from `stop` to SIGKILL */
#define VERSION_BYTES   4096u
#define LIST_BYTES      (UINT64_C(4) << 20)
#define COMPLAINT_BYTES (UINT64_C(1) << 20)
#define QUOTED_ROOM     160u
#define FAILED_TO_START 127

/* ---- a process of the other build ----------------------------------------------------------- */

static const char *path_of(const struct against *against, const char *name, char path[PATH_ROOM])
{
    snprintf(path, PATH_ROOM, "%s/%s", against->folder, name);
    return path;
}

/* In the forked child: redirects its output to files and becomes the other build. It dies with its
 * parent, and takes its own child with it. Unblocks all signals, because the forking thread may
 * block some. */
static void become(const struct against *against, const char *const *words, pid_t parent)
{
    char path[PATH_ROOM];
    sigset_t none;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    const int in = open("/dev/null", O_RDONLY | O_CLOEXEC);
    const int out =
        open(path_of(against, "stdout", path), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    const int err =
        open(path_of(against, "stderr", path), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (getppid() != parent || in < 0 || out < 0 || err < 0 || dup2(in, STDIN_FILENO) < 0 ||
        dup2(out, STDOUT_FILENO) < 0 || dup2(err, STDERR_FILENO) < 0)
        _exit(FAILED_TO_START);
    close_range(3, ~0U, 0);
    signal(SIGPIPE, SIG_DFL);
    signal(SIGXFSZ, SIG_DFL);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    execv(against->binary, (char *const *)(uintptr_t)words);
    dprintf(STDERR_FILENO, "%s\n", strerror(errno));
    _exit(FAILED_TO_START);
}

static bool is_stopped(const struct against *against)
{
    return against->stop && stop_requested(against->stop);
}

/* Whether the current process must end early. Its result is then discarded. */
static bool is_cut(const struct against *against)
{
    return interrupt_level > 0 || is_stopped(against);
}

/* Waits for the process to end, and returns its wait status. Sends SIGTERM once, after an
 * interruption or `stop`. Kills a process that ignores it or exceeds its time limit. */
static int wait_for(const struct against *against, pid_t child, uint64_t limit_ns)
{
    const uint64_t began_ns = clock_now();
    uint64_t asked_ns = 0;
    int status = 0;
    while (!child_wait(child, &status)) {
        const uint64_t now_ns = clock_now();
        if (is_cut(against) && asked_ns == 0) {
            kill(child, SIGTERM);
            asked_ns = now_ns;
        }
        const uint64_t patience_ns = is_stopped(against) ? STOP_NS : END_NS;
        if (interrupt_level > 1 || (asked_ns > 0 && now_ns - asked_ns >= patience_ns) ||
            now_ns - began_ns >= limit_ns)
            kill(child, SIGKILL);
    }
    return status;
}

/* Runs the other build, with its output in the folder. Returns its wait status; -1: it could not
 * be started. */
static int run_other(const struct against *against, const char *const *words, uint64_t limit_ns)
{
    const pid_t parent = getpid();
    const pid_t child = fork();
    if (child == 0)
        become(against, words, parent);
    return child < 0 ? -1 : wait_for(against, child, limit_ns);
}

/* Copies the last line of the other build's standard error, without "pdlab: "; "" if there is
 * none. */
static void quote_complaint(const struct against *against, char quote[QUOTED_ROOM])
{
    char path[PATH_ROOM], *text, *rest, *line;
    size_t length;
    struct error ignored;
    quote[0] = '\0';
    if (!file_read(path_of(against, "stderr", path), COMPLAINT_BYTES, &text, &length, &ignored))
        return;
    rest = text;
    while ((line = strsep(&rest, "\n")) != NULL)
        if (*line)
            snprintf(quote, QUOTED_ROOM, "%s", strncmp(line, "pdlab: ", 7) == 0 ? line + 7 : line);
    free(text);
    text_make_visible(quote);
}

/* Sets *error to how the process ended, and its last line: "<what> ended with status 2: unknown
 * option …". Always returns false. */
static bool explain_end(const struct against *against, int status, const char *what,
                        struct error *error)
{
    char quote[QUOTED_ROOM];
    quote_complaint(against, quote);
    if (status < 0)
        return error_set(error, ERROR_RUN, "%s could not be started: %s", what, strerror(errno));
    return child_explain_end(status, what, quote, error);
}

/* ---- questions to the other build ----------------------------------------------------------- */

bool against_check(const char *binary, struct error *error)
{
    struct stat status;
    if (stat(binary, &status) != 0)
        return error_set(error, ERROR_INPUT, "--against %s: %s", binary, strerror(errno));
    if (!S_ISREG(status.st_mode) || access(binary, X_OK) != 0)
        return error_set(error, ERROR_INPUT, "--against %s is not an executable file", binary);
    return true;
}

/* Runs the other build with `words` and reads what it prints: *answer (malloc). */
static bool ask(const struct against *against, const char *const *words, uint64_t most,
                char **answer, size_t *length, struct error *error)
{
    char path[PATH_ROOM];
    const int status = run_other(against, words, ASK_NS);
    if (is_cut(against))
        return error_set(error, ERROR_RUN,
                         "interrupted while asking %s for its version and variants",
                         against->binary);
    if (status != 0) {
        struct error why;
        explain_end(against, status, words[1], &why);
        return error_set(error, ERROR_INPUT, "--against %s: its %s", against->binary, why.text);
    }
    return file_read(path_of(against, "stdout", path), most, answer, length, error);
}

static bool check_version(const struct against *against, struct error *error)
{
    const char *const words[] = {against->binary, "--version", NULL};
    char *answer, quoted[QUOTED_ROOM];
    size_t length;
    if (!ask(against, words, VERSION_BYTES, &answer, &length, error))
        return false;
    answer[strcspn(answer, "\n")] = '\0';
    bool right = strncmp(answer, "pdlab ", 6) == 0;
    if (!right)
        error_set(error, ERROR_INPUT, "--against %s is not pdlab: its --version prints %s",
                  against->binary, text_quote(quoted, sizeof quoted, answer));
    free(answer);
    return right;
}

/* Whether a list of objects contains one with that name. */
static bool is_listed(const struct json *list, const char *name)
{
    for (struct json at = json_first(list); at.item; at = json_next(&at)) {
        struct json named = json_member(&at, "name");
        if (cJSON_IsString(named.item) && strcmp(named.item->valuestring, name) == 0)
            return true;
    }
    return false;
}

static bool read_list(struct against *against, const struct json *root, struct error *error)
{
    struct json knobs = json_member(root, "knobs"), known = json_member(root, "variants");
    if (!json_is_array(&knobs, error) || !json_is_array(&known, error))
        return false;
    for (int id = 0; id < KNOB_COUNT; id++)
        if (is_listed(&knobs, knob_table[id].name))
            against->knobs |= UINT64_C(1) << id;
    for (uint32_t i = 0; i < against->count; i++)
        against->has[i] = is_listed(&known, against->runs[i].variant);
    return true;
}

/* Asks the other build for its knobs and variants, with --all because the user may name hidden
 * variants. */
static bool ask_list(struct against *against, struct error *error)
{
    const char *const words[] = {against->binary, "list", "--json", "--all", NULL};
    char *answer, name[PATH_ROOM];
    size_t length;
    if (!ask(against, words, LIST_BYTES, &answer, &length, error))
        return false;
    snprintf(name, sizeof name, "%s list --json", against->binary);
    struct json root;
    bool read = json_parse(answer, length, name, &root, error) && read_list(against, &root, error);
    json_free(&root);
    free(answer);
    return read;
}

/* Records the variants, and the knobs in use, that the other build lacks. False: it has none of the
 * variants. */
static bool note_lacking(struct against *against, struct error *error)
{
    uint64_t read = 0;
    uint32_t has = 0;
    for (uint32_t i = 0; i < against->count; i++) {
        if (against->has[i])
            read |= run_read_knobs(&against->runs[i]);
        else
            words_add(against->without, AGAINST_NAMES, "%s", against->runs[i].variant);
        has += against->has[i];
    }
    if (has == 0)
        return error_set(error, ERROR_INPUT, "--against %s has none of the variants: %s",
                         against->binary, against->without);
    for (int id = 0; id < KNOB_COUNT; id++)
        if ((read & ~against->knobs) >> id & 1)
            words_add(against->unknown, AGAINST_NAMES, "%s", knob_table[id].name);
    return true;
}

/* ---- opening -------------------------------------------------------------------------------- */

static bool make_folder(struct against *against, struct error *error)
{
    const char *given = getenv("TMPDIR"), *above = given && *given ? given : "/tmp";
    const int length = snprintf(against->folder, sizeof against->folder, "%s/pdlab-XXXXXX", above);
    if (length > 0 && (size_t)length < sizeof against->folder && mkdtemp(against->folder))
        return true;
    error_set(error, ERROR_RUN, "cannot make a temporary folder in %s: %s", above, strerror(errno));
    against->folder[0] = '\0';
    return false;
}

/* Removes the folder and its files, also those that a killed process left half-written. */
static void remove_folder(const char *folder)
{
    char path[PATH_ROOM];
    DIR *stream = *folder ? opendir(folder) : NULL;
    if (!stream)
        return;
    for (const struct dirent *entry; (entry = readdir(stream));)
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0 &&
            (size_t)snprintf(path, sizeof path, "%s/%s", folder, entry->d_name) < sizeof path)
            unlink(path);
    closedir(stream);
    rmdir(folder);
}

bool against_open(struct against *against, const char *binary, const struct document *document,
                  const uint32_t *stop, struct error *error)
{
    *against = (struct against){.binary = binary, .stop = stop, .document = *document};
    against->asked = document->runs;
    against->device = document->device.id;
    against->count = (uint32_t)document->count;
    against->document.runs = against->runs;
    against->document.process[0] = '\0'; /* its runs name one process each */
    for (uint32_t i = 0; i < against->count; i++) {
        const struct run *run = &document->runs[i];
        run_begin(&against->runs[i], run->known, &run->asked, &run->used, 1);
    }
    if (against_check(binary, error) && make_folder(against, error) &&
        check_version(against, error) && ask_list(against, error) && note_lacking(against, error))
        return true;
    against_close(against);
    return false;
}

void against_close(struct against *against)
{
    remove_folder(against->folder);
    for (uint32_t i = 0; i < against->count; i++)
        run_close(&against->runs[i]);
    *against = (struct against){0};
}

/* ---- measuring ------------------------------------------------------------------------------ */

bool against_due(const struct against *against, uint32_t index)
{
    return against->has[index] && against->runs[index].status < RUN_FAILED;
}

bool against_has_samples(const struct against *against)
{
    bool any = false;
    for (uint32_t i = 0; i < against->count; i++)
        any |= against->runs[i].histograms[METRIC_ITERATION].count > 0;
    return any;
}

void against_command_of(const struct against *against, const struct run *run, uint64_t duration_ns,
                        const char *path, struct command_line *line)
{
    const uint64_t read = run_read_knobs(run) | KNOB_BIT(WARMUP) | KNOB_BIT(ITERATIONS);
    line->count = line->length = 0;
    const char *const words[] = {
        against->binary, "run",  "--targets", run->variant, "--device", against->device,
        "--out",         "none", "--json",    path,         NULL};
    command_line_put_words(line, words);
    for (int id = 0; id < KNOB_COUNT; id++)
        if ((read & against->knobs) >> id & 1)
            command_line_put_knob(line, (enum knob_id)id, run->asked.value[id]);
    if (against->knobs & KNOB_BIT(MODEL))
        command_line_put_model(line, run);
    if (duration_ns == 0)
        return;
    command_line_put(line, "--duration");
    command_line_put(line, "%llu.%09llu", (unsigned long long)(duration_ns / 1000000000),
                     (unsigned long long)(duration_ns % 1000000000));
}

/* Moves the only run of the other build's document to *measured. */
static bool take_document(struct against *against, uint32_t index, const char *path,
                          struct run *measured, struct error *error)
{
    struct document document, *ours = &against->document;
    if (!document_read(path, &document, error))
        return false;
    bool right =
        document.count == 1 && strcmp(document.runs[0].variant, against->runs[index].variant) == 0;
    if (right) {
        *measured = document.runs[0];
        document.runs[0] = (struct run){0};
        ours->device = document.device;
        memcpy(ours->version, document.version, sizeof ours->version);
        memcpy(ours->git_revision, document.git_revision, sizeof ours->git_revision);
    }
    document_free(&document);
    return right ||
           error_set(error, ERROR_RUN, "the document that it wrote describes a different run");
}

void against_measure(struct against *against, uint32_t index, uint32_t round, uint32_t place,
                     uint64_t duration_ns)
{
    struct run measured = {0};
    struct command_line line;
    struct error error = {0};
    char path[PATH_ROOM];
    path_of(against, "run.json", path);
    unlink(path);
    against_command_of(against, &against->asked[index], duration_ns, path, &line);
    const int status = run_other(against, line.words, UINT64_MAX);
    /* A process with status 1 also wrote a document: it has the details of the failed or wrong
     * run. */
    const bool wrote = status >= 0 && WIFEXITED(status) && access(path, F_OK) == 0;
    const bool taken = wrote ? take_document(against, index, path, &measured, &error)
                             : explain_end(against, status, "its process", &error);
    if (is_cut(against))
        run_close(&measured); /* it was cut short */
    else if (taken)
        rounds_pool(&against->runs[index], &measured, round, place);
    else
        rounds_fail(&against->runs[index], &error, round);
}
