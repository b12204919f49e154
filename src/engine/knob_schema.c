#include "knob_schema.h"

#include "../base/json_writer.h"
#include "knobs.h"

#include <stdio.h>
#include <stdlib.h>

#define TEXT_ROOM 320u

static void write_range(struct json_writer *json, const struct knob_info *knob)
{
    json_write_string(json, "type", "integer");
    json_write_integer(json, "minimum", knob->least);
    json_write_integer(json, "maximum", knob->most);
    if (knob->multiple > 1)
        json_write_integer(json, "multipleOf", knob->multiple);
}

/* Writes the schema of a range or the word `auto`. */
static void write_automatic_range(struct json_writer *json, const struct knob_info *knob)
{
    json_open(json, "oneOf", '[');
    json_open(json, NULL, '{');
    write_range(json, knob);
    json_close(json, '}');
    json_open(json, NULL, '{');
    json_write_string(json, "const", "auto");
    json_close(json, '}');
    json_close(json, ']');
}

static void write_choices(struct json_writer *json, const struct knob_info *knob)
{
    struct knob_choices choices;
    const char *const *words = knob_split_choices(knob, &choices);
    json_open(json, "enum", '[');
    for (size_t i = 0; words[i]; i++) {
        if (knob->kind == KNOB_SET)
            json_write_integer(json, NULL, strtoll(words[i], NULL, 10));
        else
            json_write_string(json, NULL, words[i]);
    }
    if (knob->automatic)
        json_write_string(json, NULL, "auto");
    json_close(json, ']');
}

static void write_switch(struct json_writer *json)
{
    json_open(json, "enum", '[');
    json_write_boolean(json, NULL, true);
    json_write_boolean(json, NULL, false);
    json_write_string(json, NULL, "on");
    json_write_string(json, NULL, "off");
    json_close(json, ']');
}

static void write_knob(struct json_writer *json, const struct knob_info *knob)
{
    char description[TEXT_ROOM];
    snprintf(description, sizeof description, *knob->unit ? "%s In %s." : "%s", knob->help,
             knob->unit);
    json_open(json, knob->name, '{');
    json_write_string(json, "description", description);
    if (knob->kind == KNOB_SWITCH)
        write_switch(json);
    else if (knob->kind != KNOB_INT)
        write_choices(json, knob);
    else if (knob->automatic)
        write_automatic_range(json, knob);
    else
        write_range(json, knob);
    json_close(json, '}');
}

char *knob_schema_print(size_t *length)
{
    struct json_writer json = {0};
    json_open(&json, NULL, '{');
    json_write_string(&json, "type", "object");
    json_write_boolean(&json, "additionalProperties", false);
    json_open(&json, "properties", '{');
    for (int id = 0; id < KNOB_COUNT; id++) {
        json_line(&json, 3);
        write_knob(&json, &knob_table[id]);
    }
    json_close(&json, '}');
    json_close(&json, '}');
    return json_writer_finish(&json, length);
}
