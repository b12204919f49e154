#include "child.h"

#include "../engine/knobs.h"
#include "option_table.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

#define NAP_NS 20000000

void command_line_put(struct command_line *line, const char *format, ...)
{
    char *text = line->text + line->length;
    const size_t room = COMMAND_LINE_TEXT - line->length;
    va_list values;
    va_start(values, format);
    const int length = vsnprintf(text, room, format, values);
    va_end(values);
    if (length < 0 || (size_t)length >= room || line->count + 2 > COMMAND_LINE_WORDS) {
        line->count = COMMAND_LINE_WORDS;
        return;
    }
    line->words[line->count++] = text;
    line->words[line->count] = NULL;
    line->length += (size_t)length + 1;
}

void command_line_put_words(struct command_line *line, const char *const *words)
{
    for (size_t i = 0; words[i]; i++)
        command_line_put(line, "%s", words[i]);
}

void command_line_put_knob(struct command_line *line, enum knob_id id, int64_t value)
{
    char flag[OPTION_FLAG_SIZE], text[64];
    option_knob_flag(id, flag, sizeof flag);
    knob_format(id, value, text, sizeof text);
    command_line_put(line, "--%s", flag);
    command_line_put(line, "%s", text);
}

void command_line_put_model(struct command_line *line, const struct run *run)
{
    const struct model_checkpoint *checkpoint = model_checkpoint_current();
    const int64_t asked = run->asked.model;
    if (!checkpoint || !(run_read_knobs(run) & KNOB_BIT(MODEL)) ||
        (asked != MODEL_CHECKPOINT && asked != KNOB_AUTO))
        return;
    command_line_put(line, "--model");
    command_line_put(line, "%s", checkpoint->folder);
}

bool child_wait(pid_t child, int *status)
{
    const struct timespec nap = {.tv_nsec = NAP_NS};
    const pid_t ended = waitpid(child, status, WNOHANG);
    if (ended == child || (ended < 0 && errno != EINTR))
        return true;
    nanosleep(&nap, NULL);
    return false;
}

bool child_explain_end(int status, const char *name, const char *quote, struct error *error)
{
    const char *joint = *quote ? ": " : "";
    if (WIFSIGNALED(status))
        return error_set(error, ERROR_RUN, "%s was ended by SIG%s%s%s", name,
                         sigabbrev_np(WTERMSIG(status)), joint, quote);
    return error_set(error, ERROR_RUN, "%s ended with status %d%s%s", name, WEXITSTATUS(status),
                     joint, quote);
}
