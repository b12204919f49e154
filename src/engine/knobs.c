#include "knobs.h"

#include "../base/text.h"
#include "../base/words.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WORD_ROOM 32 /* a choice or a number, as text */

const struct knob_info knob_table[KNOB_COUNT] = {
#define KNOB(ID, field, kind, automatic, initial, least, most, multiple, choices, unit, help)      \
    [KNOB_##                                                                                       \
        ID] = {#ID, KNOB_##kind, automatic, initial, least, most, multiple, choices, unit, help},
#include "../../kernels/knobs.def"
#undef KNOB
};

const char *const knob_source_names[SOURCE_COUNT + 1] = {
    [SOURCE_DEFAULT] = "default",         [SOURCE_QUICK] = "QUICK", [SOURCE_PRESET] = "preset",
    [SOURCE_ENVIRONMENT] = "environment", [SOURCE_FLAG] = "flag",   [SOURCE_SCREEN] = "screen",
};

struct knobs knobs_defaults(void)
{
    struct knobs knobs;
    for (int id = 0; id < KNOB_COUNT; id++)
        knobs.value[id] = knob_table[id].initial;
    return knobs;
}

void knobs_reset(struct knob_settings *settings)
{
    *settings = (struct knob_settings){.knobs = knobs_defaults(), .source = {SOURCE_DEFAULT}};
}

bool knobs_equal(const struct knobs *a, const struct knobs *b, uint64_t bits)
{
    for (int id = 0; id < KNOB_COUNT; id++)
        if ((bits >> id & 1) && a->value[id] != b->value[id])
            return false;
    return true;
}

/* ---- names ---------------------------------------------------------------------------------- */

/* Writes `name` as the table spells names. False if it is longer than any name. */
static bool spell_name(const char *name, char *spelled, size_t size)
{
    size_t length = strlen(name);
    if (length >= size)
        return false;
    for (size_t i = 0; i <= length; i++)
        spelled[i] = (char)(name[i] == '-' ? '_' : text_upper(name[i]));
    return true;
}

static const char *const names[KNOB_COUNT + 1] = {
#define KNOB(ID, ...) #ID,
#include "../../kernels/knobs.def"
#undef KNOB
};

enum knob_id knob_find_exact(const char *name)
{
    const int id = words_find(names, name);
    return id < 0 ? KNOB_COUNT : (enum knob_id)id;
}

enum knob_id knob_find(const char *name)
{
    char spelled[WORD_ROOM];
    return spell_name(name, spelled, sizeof spelled) ? knob_find_exact(spelled) : KNOB_COUNT;
}

const char *knob_nearest(const char *name)
{
    char spelled[WORD_ROOM];
    return spell_name(name, spelled, sizeof spelled) ? text_nearest(spelled, names) : NULL;
}

/* ---- values as text ------------------------------------------------------------------------- */

const char *const *knob_split_choices(const struct knob_info *knob, struct knob_choices *choices)
{
    size_t count = 0;
    char *rest = NULL;
    *choices = (struct knob_choices){.words = {NULL}};
    snprintf(choices->room, sizeof choices->room, "%s", knob->choices);
    for (char *word = strtok_r(choices->room, " ", &rest); word && count < KNOB_CHOICES_MOST;
         word = strtok_r(NULL, " ", &rest))
        choices->words[count++] = word;
    return choices->words;
}

void knob_accepts(enum knob_id id, char *text, size_t size)
{
    const struct knob_info *knob = &knob_table[id];
    char least[WORD_ROOM], most[WORD_ROOM], steps[2 * WORD_ROOM] = "", range[256];
    struct knob_choices choices;

    if (knob->kind == KNOB_INT) {
        if (knob->multiple > 1)
            snprintf(steps, sizeof steps, " in steps of %lld", (long long)knob->multiple);
        snprintf(range, sizeof range, "%s to %s%s", text_integer(least, sizeof least, knob->least),
                 text_integer(most, sizeof most, knob->most), steps);
    } else if (knob->kind == KNOB_SWITCH) {
        snprintf(range, sizeof range, "on or off");
    } else {
        words_list(range, sizeof range, knob_split_choices(knob, &choices), "or");
    }
    snprintf(text, size, "%s%s", knob->automatic ? "auto or " : "", range);
}

void knob_format(enum knob_id id, int64_t value, char *text, size_t size)
{
    const struct knob_info *knob = &knob_table[id];
    struct knob_choices choices;
    if (value == KNOB_UNKNOWN)
        snprintf(text, size, "unknown");
    else if (knob->automatic && value == KNOB_AUTO)
        snprintf(text, size, "auto");
    else if (knob->kind == KNOB_SWITCH)
        snprintf(text, size, "%s", value ? "on" : "off");
    else if (knob->kind == KNOB_CHOICE && value >= knob->least && value <= knob->most)
        snprintf(text, size, "%s", knob_split_choices(knob, &choices)[value]);
    else
        snprintf(text, size, "%lld", (long long)value);
}

void knob_text(enum knob_id id, int64_t value, char *text, size_t size)
{
    const struct knob_info *knob = &knob_table[id];
    const bool word = value == KNOB_UNKNOWN || (knob->automatic && value == KNOB_AUTO);
    if (word || knob->kind == KNOB_SWITCH || knob->kind == KNOB_CHOICE)
        knob_format(id, value, text, size);
    else
        text_integer(text, size, value);
}

bool knob_valid(enum knob_id id, int64_t value)
{
    const struct knob_info *knob = &knob_table[id];
    if (knob->automatic && value == KNOB_AUTO)
        return true;
    if (value < knob->least || value > knob->most)
        return false;
    if (knob->kind != KNOB_SET)
        return value % knob->multiple == 0;
    struct knob_choices choices;
    char text[WORD_ROOM];
    snprintf(text, sizeof text, "%lld", (long long)value);
    return words_find(knob_split_choices(knob, &choices), text) >= 0;
}

/* Reads digits only. */
static bool parse_digits(const char *text, int64_t *value)
{
    int64_t sum = 0;
    if (!*text)
        return false;
    for (; *text; text++) {
        if (*text < '0' || *text > '9' || __builtin_mul_overflow(sum, 10, &sum) ||
            __builtin_add_overflow(sum, *text - '0', &sum))
            return false;
    }
    *value = sum;
    return true;
}

/* knob_parse without an error message. */
static bool parse_value(enum knob_id id, const char *text, int64_t *value)
{
    const struct knob_info *knob = &knob_table[id];
    struct knob_choices choices;
    if (knob->automatic && text_same(text, "auto")) {
        *value = KNOB_AUTO;
        return true;
    }
    if (knob->kind == KNOB_INT || knob->kind == KNOB_SET)
        return parse_digits(text, value) && knob_valid(id, *value);
    if (knob->kind == KNOB_SWITCH)
        *value = words_find_switch(text);
    else
        *value = words_find_any_case(knob_split_choices(knob, &choices), text);
    return *value >= 0;
}

bool knob_parse(enum knob_id id, const char *text, int64_t *value, struct error *error)
{
    int64_t parsed = 0; /* gcc at -O1 does not see that parse_value sets it for every kind */
    if (!parse_value(id, text, &parsed)) {
        char accepted[256], found[48];
        knob_accepts(id, accepted, sizeof accepted);
        return error_set(error, ERROR_INPUT, "%s takes %s, not %s", knob_table[id].name, accepted,
                         text_quote(found, sizeof found, text));
    }
    *value = parsed;
    return true;
}

/* ---- changing a value by a key --------------------------------------------------------------- */

#define TURN_SINGLY 16 /* ranges with at most this many values change one by one */

/* How a key steps through a range of integers. */
enum ladder { LADDER_SINGLY, LADDER_DOUBLING, LADDER_DECIMAL };

static enum ladder knob_ladder(const struct knob_info *knob)
{
    /* A knob without a unit is an arbitrary label, such as SEED: doubling it makes no sense. */
    if (!*knob->unit || (knob->most - knob->least) / knob->multiple < TURN_SINGLY)
        return LADDER_SINGLY;
    return knob->least > 0 ? LADDER_DOUBLING : LADDER_DECIMAL;
}

/* The next rung after `rung`: 1, 2, 4, 8 … or 1, 2, 5, 10 …, times the first rung. */
static int64_t next_rung(enum ladder ladder, int64_t rung)
{
    if (ladder == LADDER_DOUBLING)
        return rung * 2;
    int64_t leading = rung;
    while (leading >= 10)
        leading /= 10;
    return leading == 2 ? rung / 2 * 5 : rung * 2;
}

static int64_t turn_integer(const struct knob_info *knob, int64_t value, int direction)
{
    enum ladder ladder = knob_ladder(knob);
    if (ladder == LADDER_SINGLY)
        return value + direction * knob->multiple;

    /* In ns, the first rung is 1 us: spinning for less is indistinguishable from not spinning. */
    int64_t rung = strcmp(knob->unit, "ns") == 0 ? 1000 : knob->multiple;
    int64_t below = knob->least;
    while (rung <= value && direction > 0)
        rung = next_rung(ladder, rung);
    while (rung < value && direction < 0) {
        below = rung;
        rung = next_rung(ladder, rung);
    }
    return direction > 0 ? rung : below;
}

static int64_t turn_choice(const struct knob_info *knob, int64_t value, int direction)
{
    struct knob_choices choices;
    const char *const *words = knob_split_choices(knob, &choices);
    int64_t turned = value;
    for (int i = 0; words[i]; i++) {
        /* The value of a SET is the number itself, that of a CHOICE its index. */
        const int64_t choice = knob->kind == KNOB_SET ? strtoll(words[i], NULL, 10) : i;
        if (direction > 0 && choice > value)
            return choice;
        if (direction < 0 && choice < value)
            turned = choice;
    }
    return turned;
}

int64_t knob_turn(enum knob_id id, int64_t value, int direction)
{
    const struct knob_info *knob = &knob_table[id];
    if (knob->automatic && value == KNOB_AUTO)
        return direction > 0 ? knob->least : value;
    if (knob->automatic && direction < 0 && value <= knob->least)
        return KNOB_AUTO;

    int64_t turned;
    if (knob->kind == KNOB_SET || knob->kind == KNOB_CHOICE)
        turned = turn_choice(knob, value, direction);
    else
        turned = turn_integer(knob, value, direction);
    if (turned < knob->least)
        return knob->least;
    return turned > knob->most ? knob->most : turned;
}

/* ---- settings ------------------------------------------------------------------------------- */

void knob_set(struct knob_settings *settings, enum knob_id id, int64_t value,
              enum knob_source source)
{
    if (source < settings->source[id])
        return;
    settings->knobs.value[id] = value;
    settings->source[id] = source;
}

void knobs_apply_quick(struct knob_settings *settings)
{
    knob_set(settings, KNOB_BATCH, 2, SOURCE_QUICK);
    knob_set(settings, KNOB_SEQ_LEN, 8, SOURCE_QUICK);
    knob_set(settings, KNOB_HEAD_DIM, 64, SOURCE_QUICK);
    knob_set(settings, KNOB_CONTEXT, 128, SOURCE_QUICK);
    knob_set(settings, KNOB_ITERATIONS, 20, SOURCE_QUICK);
}
