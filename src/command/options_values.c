#include "../../kernels/model.h"
#include "../base/text.h"
#include "../base/words.h"
#include "options_private.h"

#include <string.h>

#define SECOND_NS         UINT64_C(1000000000)
#define DURATION_LEAST_NS (SECOND_NS / 1000)
#define DURATION_MOST_NS  (86400 * SECOND_NS)

static const char *const color_words[] = {"auto", "always", "never", NULL};
const char *const theme_words[THEME_COUNT + 1] = {[THEME_DEFAULT] = "default",
                                                  [THEME_LIGHT] = "light",
                                                  [THEME_HIGH_CONTRAST] = "high-contrast",
                                                  [THEME_MONO] = "mono"};

/* Stores the index of `value` in the words, as an enum. */
static bool take_word_of(const char *flag, const char *value, const char *const *words,
                         unsigned *index, struct error *error)
{
    char quoted[QUOTED_ROOM], accepted[QUOTED_ROOM];
    const int found = words_find(words, value);
    if (found < 0)
        return error_set(error, ERROR_INPUT, "--%s takes %s, not %s", flag,
                         words_list(accepted, sizeof accepted, words, "or"),
                         text_quote(quoted, sizeof quoted, value));
    *index = (unsigned)found;
    return true;
}

/* Stores a duration in seconds. Accepts only digits and a point: no exponent, sign or "inf". */
static bool take_duration(const char *value, struct parser *parser)
{
    const char *digit = value;
    uint64_t ns = 0, unit_ns = SECOND_NS;
    for (; *digit >= '0' && *digit <= '9' && ns <= DURATION_MOST_NS; digit++)
        ns = ns * 10 + (uint64_t)(*digit - '0') * SECOND_NS;
    if (*digit == '.')
        for (digit++; *digit >= '0' && *digit <= '9'; digit++)
            ns += (uint64_t)(*digit - '0') * (unit_ns /= 10);
    parser->options->duration_ns = ns;
    if (*digit == '\0' && ns >= DURATION_LEAST_NS && ns <= DURATION_MOST_NS)
        return true;
    char quoted[QUOTED_ROOM];
    return error_set(parser->error, ERROR_INPUT, "--duration takes 0.001 to 86,400 seconds, not %s",
                     text_quote(quoted, sizeof quoted, value));
}

/* Stores an integer from `least` to `most`. Accepts only digits. */
static bool take_number(const char *flag, const char *value, uint32_t least, uint32_t most,
                        uint32_t *number, struct error *error)
{
    const char *digit = value;
    uint64_t read = 0;
    for (; *digit >= '0' && *digit <= '9' && read <= most; digit++)
        read = read * 10 + (uint64_t)(*digit - '0');
    *number = (uint32_t)read;
    if (*value && !*digit && read >= least && read <= most)
        return true;
    char quoted[QUOTED_ROOM], from[16], to[16];
    return error_set(error, ERROR_INPUT, "--%s takes %s to %s, not %s", flag,
                     text_integer(from, sizeof from, least), text_integer(to, sizeof to, most),
                     text_quote(quoted, sizeof quoted, value));
}

bool options_take_knob(enum knob_id id, const char *flag, const char *text, struct parser *parser)
{
    struct error why = {0};
    int64_t value;
    if (!knob_parse(id, text, &value, &why))
        return error_set(parser->error, ERROR_INPUT, "--%s: %s", flag, why.text);
    knob_set(&parser->options->settings, id, value, SOURCE_FLAG);
    return true;
}

static bool take_vary(const char *value, struct parser *parser)
{
    const char **vary = parser->options->vary;
    size_t count = 0;
    while (vary[count])
        count++;
    if (count == SWEEP_AXES)
        return error_set(parser->error, ERROR_INPUT, "--vary can be given %u times at most",
                         SWEEP_AXES);
    vary[count] = value;
    return true;
}

void options_take_model(struct parser *parser, const char *value, enum knob_source source)
{
    struct error ignored;
    int64_t model;
    const bool is_word = knob_parse(KNOB_MODEL, value, &model, &ignored);
    parser->options->model = is_word ? NULL : value;
    knob_set(&parser->options->settings, KNOB_MODEL, is_word ? model : MODEL_CHECKPOINT, source);
}

bool options_take_value(const struct option_info *option, const char *value, struct parser *parser)
{
    struct options *options = parser->options;
    const char *name = option->name;
    char *field = (char *)options + option->field;
    switch (option->kind) {
    case OPTION_TEXT:
        memcpy(field, &value, sizeof value);
        return true;
    case OPTION_SWITCH:
        *(bool *)field = true;
        return true;
    case OPTION_MODEL:
        options_take_model(parser, value, SOURCE_FLAG);
        return true;
    case OPTION_COLOR:
        return take_word_of(name, value, color_words, &options->color, parser->error);
    case OPTION_THEME:
        options->has_theme = true;
        return take_word_of(name, value, theme_words, &options->theme, parser->error);
    case OPTION_FPS:
        return take_number(name, value, 1, OPTION_FPS_MOST, &options->fps, parser->error);
    case OPTION_VARY:
        return take_vary(value, parser);
    case OPTION_DURATION:
        return take_duration(value, parser);
    case OPTION_REPEATS:
        return take_number(name, value, 1, OPTION_REPEATS_MOST, &options->repeats, parser->error);
    case OPTION_ORDER_SEED:
        options->has_order_seed = true;
        return take_number(name, value, 0, UINT32_MAX, &options->order_seed, parser->error);
    }
    return false;
}
