#include "sweep_shard.h"

#include "../base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define QUOTED_ROOM 96u
#define ARRAY_ROOM  64u
#define COUNT_MOST  9999u /* the most shards: as many as there can be points */

/* Parses a number of one to four digits, and moves *at past the digits. */
static bool parse_part(const char **at, uint32_t *number)
{
    size_t digits = strspn(*at, "0123456789");
    *number = (uint32_t)strtoul(*at, NULL, 10);
    *at += digits;
    return digits >= 1 && digits <= 4;
}

static bool parse_pair(const char *text, struct sweep_shard *shard, struct error *error)
{
    const char *at = text;
    char quoted[QUOTED_ROOM];
    if (parse_part(&at, &shard->index) && *at++ == '/' && parse_part(&at, &shard->count) &&
        *at == '\0' && shard->index >= 1 && shard->index <= shard->count)
        return true;
    return error_set(
        error, ERROR_INPUT,
        "--shard takes I/N, where I is 1 to N (such as 2/8), or slurm; it does not take %s",
        text_quote(quoted, sizeof quoted, text));
}

/* ---- job arrays ----------------------------------------------------------------------------- */

/* Reads one of the environment variables that Slurm sets for a task of a job array. */
static bool read_variable(const char *part, uint32_t *number, struct error *error)
{
    char name[ARRAY_ROOM], quoted[QUOTED_ROOM];
    snprintf(name, sizeof name, "SLURM_ARRAY_TASK_%s", part);
    const char *text = getenv(name);
    size_t digits = text ? strspn(text, "0123456789") : 0;
    if (!text)
        return error_set(error, ERROR_INPUT,
                         "--shard slurm is for a task of a job array (sbatch --array=1-N): %s is "
                         "not set",
                         name);
    if (digits < 1 || digits > 9 || text[digits] != '\0')
        return error_set(error, ERROR_INPUT, "%s takes a whole number, not %s", name,
                         text_quote(quoted, sizeof quoted, text));
    *number = (uint32_t)strtoul(text, NULL, 10);
    return true;
}

/* Reads the job array to which this task belongs. */
static bool read_array(struct sweep_split *split, struct error *error)
{
    uint32_t last;
    if (!read_variable("COUNT", &split->count, error) ||
        !read_variable("MIN", &split->first, error) || !read_variable("MAX", &last, error))
        return false;
    split->step = 1;
    if (split->count == 1 && split->first == last)
        return true;
    if (split->count >= 2 && split->count <= COUNT_MOST && last > split->first &&
        (last - split->first) % (split->count - 1) == 0) {
        split->step = (last - split->first) / (split->count - 1);
        return true;
    }
    return error_set(error, ERROR_INPUT,
                     "a sweep begins as an array of evenly numbered tasks, such as --array=1-8, "
                     "not as %u tasks from %u to %u",
                     split->count, split->first, last);
}

/* Writes a split in the form of sbatch --array: "1-8" or "0-6:2". */
static const char *array_text(const struct sweep_split *split, char text[ARRAY_ROOM])
{
    int at = snprintf(text, ARRAY_ROOM, "%u", split->first);
    if (split->count > 1)
        at += snprintf(text + at, ARRAY_ROOM - (size_t)at, "-%u",
                       split->first + (split->count - 1) * split->step);
    if (split->step > 1)
        snprintf(text + at, ARRAY_ROOM - (size_t)at, ":%u", split->step);
    return text;
}

static bool find_task(const struct sweep_split *split, struct sweep_shard *shard,
                      struct error *error)
{
    struct sweep_split now = *split;
    uint32_t task;
    char array[ARRAY_ROOM];
    if (!read_variable("ID", &task, error) || (split->count == 0 && !read_array(&now, error)))
        return false;
    shard->count = now.count;
    shard->index = (task - now.first) / now.step + 1;
    if (task >= now.first && (task - now.first) % now.step == 0 && shard->index <= now.count)
        return true;
    return error_set(error, ERROR_INPUT,
                     "task %u is not a task that the sweep began with: --array=%s", task,
                     array_text(&now, array));
}

/* ---- both ----------------------------------------------------------------------------------- */

bool sweep_split_parse(const char *text, struct sweep_split *split, struct error *error)
{
    struct sweep_shard shard;
    *split = (struct sweep_split){0};
    if (!text)
        return true;
    if (strcmp(text, SWEEP_SHARD_SLURM) == 0)
        return read_array(split, error) && find_task(split, &shard, error);
    if (!parse_pair(text, &shard, error))
        return false;
    if (shard.count > 1)
        *split = (struct sweep_split){.count = shard.count, .first = 1, .step = 1};
    return true;
}

bool sweep_shard_parse(const char *text, const struct sweep_split *split, struct sweep_shard *shard,
                       struct error *error)
{
    *shard = (struct sweep_shard){.index = 1, .count = 1};
    if (!text)
        return true;
    if (strcmp(text, SWEEP_SHARD_SLURM) == 0)
        return find_task(split, shard, error);
    if (!parse_pair(text, shard, error))
        return false;
    return split->count == 0 || shard->count == split->count ||
           error_set(error, ERROR_INPUT,
                     "the sweep began in %u shard%s, not %u: --shard takes I/%u", split->count,
                     split->count == 1 ? "" : "s", shard->count, split->count);
}
