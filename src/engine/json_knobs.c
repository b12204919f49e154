#include "json_knobs.h"

#include "../base/json_words.h"

#include <stdio.h>

bool json_knob_name(const struct json *at, enum knob_id *id, struct error *error)
{
    char name[64];
    if (!json_string(at, name, sizeof name, error))
        return false;
    *id = knob_find(name);
    return *id != KNOB_COUNT || json_refuse_unknown(at, "knob", knob_nearest(name), error);
}

/* Converts the value to text and parses the text, so that presets accept what the command line
 * accepts. Refuses a number in quotes, as the schemas require. */
bool json_knob(const struct json *at, enum knob_id id, int64_t *value, struct error *error)
{
    char text[64];
    struct error reason;
    if (cJSON_IsString(at->item)) {
        const char first = at->item->valuestring[0];
        if (first >= '0' && first <= '9')
            return json_expected(at, "a number without quotes", error);
        if (!json_string(at, text, sizeof text, error))
            return false;
    } else if (cJSON_IsBool(at->item)) {
        snprintf(text, sizeof text, "%s", cJSON_IsTrue(at->item) ? "on" : "off");
    } else if (cJSON_IsNumber(at->item)) {
        const double number = at->item->valuedouble;
        snprintf(text, sizeof text, "%.17g", number == 0 ? 0 : number); /* writes -0 as 0 */
    } else {
        return json_expected(at, "a number, a word, true or false", error);
    }
    return knob_parse(id, text, value, &reason) || json_refuse(at, error, "%s", reason.text);
}

bool json_knobs(const struct json *object, struct knobs *knobs, uint64_t *set, struct error *error)
{
    if (!json_is_object(object, error))
        return false;
    for (struct json at = json_first(object); at.item; at = json_next(&at)) {
        const enum knob_id id = knob_find_exact(at.key);
        if (id == KNOB_COUNT)
            return json_refuse_unknown_key(&at, "knob", knob_nearest(at.key), error);
        if (!json_knob(&at, id, &knobs->value[id], error))
            return false;
        *set |= UINT64_C(1) << id;
    }
    return true;
}
