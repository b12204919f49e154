#include "environment.h"

#include "../base/text.h"
#include "../base/words.h"
#include "nsight.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PREFIX "PDLAB_"
#define QUICK  "QUICK"

/* Knobs of the original lab, which also work without PDLAB_. */
#define BARE                                                                                       \
    (KNOB_BIT(SEQ_LEN) | KNOB_BIT(BATCH) | KNOB_BIT(HEAD_DIM) | KNOB_BIT(NUM_PROGRAMS) |           \
     KNOB_BIT(BLOCK_K))

/* Finds PDLAB_<name>, or <name> if `bare`. NULL if neither has a value; `variable` gets the name
 * of the one that does. */
static const char *find(const char *name, bool bare, char variable[ENVIRONMENT_NAME_ROOM])
{
    snprintf(variable, ENVIRONMENT_NAME_ROOM, PREFIX "%s", name);
    const char *text = getenv(variable);
    if (text && *text)
        return text;
    snprintf(variable, ENVIRONMENT_NAME_ROOM, "%s", name);
    text = bare ? getenv(variable) : NULL;
    return text && *text ? text : NULL;
}

static const char *find_knob(enum knob_id id, char variable[ENVIRONMENT_NAME_ROOM])
{
    return find(knob_table[id].name, BARE >> id & 1, variable);
}

const char *environment_model(void)
{
    char variable[ENVIRONMENT_NAME_ROOM];
    return find_knob(KNOB_MODEL, variable);
}

static bool refuse(const char *variable, const char *accepted, const char *text,
                   struct error *error)
{
    char found[48];
    return error_set(error, ERROR_INPUT, "%s in the environment takes %s, not %s", variable,
                     accepted, text_quote(found, sizeof found, text));
}

bool environment_apply(struct knob_settings *settings, uint64_t wanted, bool *quick,
                       struct error *error)
{
    char variable[ENVIRONMENT_NAME_ROOM], accepted[256];
    const char *text;
    for (int id = 0; id < KNOB_COUNT; id++) {
        struct error ignored;
        int64_t value;
        if (!(wanted >> id & 1) || settings->source[id] > SOURCE_ENVIRONMENT ||
            !(text = find_knob((enum knob_id)id, variable)))
            continue;
        if (!knob_parse((enum knob_id)id, text, &value, &ignored)) {
            knob_accepts((enum knob_id)id, accepted, sizeof accepted);
            return refuse(variable, accepted, text, error);
        }
        knob_set(settings, (enum knob_id)id, value, SOURCE_ENVIRONMENT);
    }
    text = *quick ? NULL : find(QUICK, true, variable);
    if (text && words_find_switch(text) < 0)
        return refuse(variable, "1 or 0", text, error);
    *quick |= text && words_find_switch(text) > 0;
    return true;
}

const char *environment_variable(const struct knob_settings *settings, enum knob_id id,
                                 char name[ENVIRONMENT_NAME_ROOM])
{
    const char *text = NULL;
    if (settings->source[id] == SOURCE_ENVIRONMENT)
        text = find_knob(id, name);
    else if (settings->source[id] == SOURCE_QUICK)
        text = find(QUICK, true, name);
    /* If the variable is not 1, --quick set the knob. */
    if (!text || (settings->source[id] == SOURCE_QUICK && words_find_switch(text) != 1))
        name[0] = '\0';
    return name;
}

const char *environment_used(const struct knob_settings *settings, char text[ENVIRONMENT_ROOM])
{
    char variable[ENVIRONMENT_NAME_ROOM], value[48];
    bool quick = false;
    text[0] = '\0';
    for (int id = 0; id < KNOB_COUNT; id++) {
        const bool of_quick = settings->source[id] == SOURCE_QUICK;
        environment_variable(settings, (enum knob_id)id, variable);
        if (!*variable || (of_quick && quick))
            continue;
        quick |= of_quick;
        knob_format((enum knob_id)id, settings->knobs.value[id], value, sizeof value);
        words_add(text, ENVIRONMENT_ROOM, "%s=%s", variable, of_quick ? "1" : value);
    }
    return text;
}

/* Whether "PDLAB_<name>" is a known variable. */
static bool is_known(const char *name)
{
    static const char *const others[] = {QUICK, &NSIGHT_VARIABLE[sizeof PREFIX - 1], NULL};
    return knob_find_exact(name) < KNOB_COUNT || words_find(others, name) >= 0;
}

bool environment_unknown(size_t index, struct error *sentence)
{
    for (char **at = environ; *at; at++) {
        char name[ENVIRONMENT_NAME_ROOM], quoted[ENVIRONMENT_NAME_ROOM + 8];
        const char *equals = strchr(*at, '=');
        if (strncmp(*at, PREFIX, strlen(PREFIX)) != 0 || !equals || !equals[1])
            continue;
        snprintf(name, sizeof name, "%.*s", (int)(equals - *at), *at);
        if (is_known(name + strlen(PREFIX)) || index-- > 0)
            continue;
        static const char *const quick[] = {QUICK, NULL};
        const char *nearest = knob_nearest(name + strlen(PREFIX));
        if (!nearest)
            nearest = text_nearest(name + strlen(PREFIX), quick);
        text_quote(quoted, sizeof quoted, name);
        if (nearest)
            error_set(sentence, ERROR_INPUT,
                      "%s in the environment is not used; did you mean " PREFIX "%s?", quoted,
                      nearest);
        else
            error_set(
                sentence, ERROR_INPUT,
                "%s in the environment is not used: there is no such knob; pdlab --help knobs "
                "lists them all",
                quoted);
        return true;
    }
    return false;
}
