/*
 * command_list.c - pdlab list: devices, targets, variants, knobs, presets and demos, as text,
 * Markdown or JSON, generated from the tables that pdlab itself uses.
 */
#include "../base/fold.h"
#include "../base/json_writer.h"
#include "../engine/backend_name.h"
#include "commands.h"
#include "option_table.h"

#include <stdio.h>
#include <string.h>

#define REASON_INDENT 20
#define KNOB_INDENT   18

/* A backend's device, or why it is missing. */
struct listed_device {
    char id[16];
    bool here;
    struct device_info info;
    struct error why_not;
};

struct list {
    struct listed_device devices[BACKEND_COUNT];
    struct knobs knobs; /* all defaults: whether a variant can run is checked with these */
    bool hidden;        /* list hidden variants too */
    char **presets;
    size_t preset_count;
};

/* ---- gathering ------------------------------------------------------------------------------ */

/* Opens device `index` of a backend, describes it, and closes it. */
static void look_at_device(struct listed_device *device, enum backend backend, int index)
{
    if (backend == BACKEND_CPU)
        snprintf(device->id, sizeof device->id, "%s", backend_name(backend));
    else
        snprintf(device->id, sizeof device->id, "%s:%d", backend_name(backend), index);
    device->here = backends[backend]
                       ? backends[backend]->open(index, &device->info, &device->why_not)
                       : error_set(&device->why_not, ERROR_UNSUPPORTED,
                                   "this build has no %s backend", backend_name(backend));
    if (device->here)
        backends[backend]->close(index);
}

/* Returns why the variant cannot run here; NULL if it can. */
static const char *reason_against(const struct list *list, const struct variant *variant,
                                  struct error *why_not)
{
    const struct listed_device *device = &list->devices[variant->backend];
    if (!device->here)
        return device->why_not.text;
    struct plan plan;
    return variant_plan(variant, &list->knobs, &device->info, &plan, why_not) ? NULL
                                                                              : why_not->text;
}

static bool is_listed(const struct list *list, const struct variant *variant)
{
    return list->hidden || !variant->hidden;
}

/* Whether this row is the first listed variant of its target. */
static bool begins_target(const struct list *list, size_t row)
{
    if (!is_listed(list, variants[row]))
        return false;
    for (size_t i = 0; i < row; i++)
        if (is_listed(list, variants[i]) && strcmp(variants[i]->target, variants[row]->target) == 0)
            return false;
    return true;
}

/* Writes the name and title of demo `index`. False: there is no such demo. */
static bool find_demo(size_t index, char *name, size_t size, char *title)
{
    static struct demo demo;
    struct error error;
    if (!demo_name(index, name, size))
        return false;
    snprintf(title, sizeof demo.title, "%s",
             demo_load(name, NULL, &demo, &error) ? demo.title : "not readable");
    return true;
}

static bool is_default(const char *preset)
{
    return strcmp(preset, PRESET_DEFAULT) == 0;
}

/* ---- as text -------------------------------------------------------------------------------- */

static void print_device(const struct listed_device *device)
{
    const struct device_info *info = &device->info;
    int at = printf("  %s", device->id);
    char line[256], units[32];
    if (device->here)
        snprintf(line, sizeof line, "%s%s%s, %s", info->name, *info->isa ? ", " : "", info->isa,
                 backend_units(units, sizeof units, info));
    else
        snprintf(line, sizeof line, "not available: %s", device->why_not.text);
    fold_print(stdout, at, REASON_INDENT, line);
}

static void print_target(const struct list *list, const char *target)
{
    printf("\n%s\n", target);
    for (size_t i = 0; variants[i]; i++) {
        struct error why_not;
        const struct variant *variant = variants[i];
        if (strcmp(variant->target, target) != 0 || !is_listed(list, variant))
            continue;
        const char *reason = reason_against(list, variant, &why_not);
        fold_print(stdout, printf("  %s", variant->name), REASON_INDENT, variant->title);
        fold_print(stdout, 0, REASON_INDENT, variant->why);
        char line[sizeof why_not.text + 64], rung[24] = "";
        if (variant->rung > 0)
            snprintf(rung, sizeof rung, "rung %d ", variant->rung);
        snprintf(line, sizeof line, "%son %s; %s%s", rung, backend_name(variant->backend),
                 reason ? "can't run here: " : "runs here", reason ? reason : "");
        fold_print(stdout, 0, REASON_INDENT, line);
    }
}

static void print_text(const struct list *list)
{
    puts("Devices");
    for (int i = 0; i < BACKEND_COUNT; i++)
        print_device(&list->devices[i]);
    puts("\nTargets and their variants (with the default knobs)");
    for (size_t i = 0; variants[i]; i++)
        if (begins_target(list, i))
            print_target(list, variants[i]->target);
    puts("\nKnobs (details: pdlab --help knobs)");
    for (int id = 0; id < KNOB_COUNT; id++) {
        char accepts[256], value[48], line[512];
        knob_accepts((enum knob_id)id, accepts, sizeof accepts);
        knob_format((enum knob_id)id, list->knobs.value[id], value, sizeof value);
        snprintf(line, sizeof line, "default %s; %s", value, accepts);
        fold_print(stdout, printf("  %s", knob_table[id].name), KNOB_INDENT, line);
        fold_print(stdout, 0, KNOB_INDENT, knob_table[id].help);
    }
    puts("\nPresets");
    for (size_t i = 0; i < list->preset_count; i++) {
        struct preset preset;
        struct error error = {0};
        int at = printf("  %s%s", list->presets[i], is_default(list->presets[i]) ? " *" : "");
        bool read = preset_load(list->presets[i], &preset, &error);
        fold_print(stdout, at, REASON_INDENT + 4, read ? preset.title : error.text);
    }
    puts("  * the default preset\n\nDemos (pdlab demo NAME)");
    char name[64], title[sizeof(((struct demo *)0)->title)];
    for (size_t i = 0; find_demo(i, name, sizeof name, title); i++)
        fold_print(stdout, printf("  %s", name), REASON_INDENT + 4, title);
}

/* ---- as Markdown ---------------------------------------------------------------------------- */

/* Prints a table cell. Escapes '|', which would begin the next cell. */
static void print_cell(const char *text)
{
    fputs("| ", stdout);
    for (; *text; text++) {
        if (*text == '|')
            putchar('\\');
        putchar(*text);
    }
    putchar(' ');
}

/* Prints the ladder of kernels/README.md, which is the same on every machine. */
static void print_markdown_ladder(void)
{
    puts("| target | rung | file | the lesson |\n|---|---|---|---|");
    for (size_t i = 0; variants[i]; i++) {
        if (variants[i]->hidden)
            continue;
        print_cell(variants[i]->target);
        printf("| %d ", variants[i]->rung);
        print_cell(variants[i]->file);
        print_cell(variants[i]->why);
        puts("|");
    }
}

static void print_markdown_variants(const struct list *list)
{
    puts("| variant | here |\n|---|---|");
    for (size_t i = 0; variants[i]; i++) {
        struct error why_not;
        if (!is_listed(list, variants[i]))
            continue;
        const char *reason = reason_against(list, variants[i], &why_not);
        print_cell(variants[i]->name);
        print_cell(reason ? reason : "yes");
        puts("|");
    }
}

static void print_markdown(const struct list *list)
{
    puts("| device | here |\n|---|---|");
    for (int i = 0; i < BACKEND_COUNT; i++) {
        const struct listed_device *device = &list->devices[i];
        print_cell(device->id);
        print_cell(device->here ? device->info.name : device->why_not.text);
        puts("|");
    }
    putchar('\n');
    print_markdown_ladder();
    putchar('\n');
    print_markdown_variants(list);
    puts("\n| knob | default | takes | |\n|---|---|---|---|");
    for (int id = 0; id < KNOB_COUNT; id++) {
        char accepts[256], value[48];
        knob_accepts((enum knob_id)id, accepts, sizeof accepts);
        knob_format((enum knob_id)id, list->knobs.value[id], value, sizeof value);
        print_cell(knob_table[id].name);
        print_cell(value);
        print_cell(accepts);
        print_cell(knob_table[id].help);
        puts("|");
    }
    puts("\n| preset | |\n|---|---|");
    for (size_t i = 0; i < list->preset_count; i++) {
        struct preset preset;
        struct error error = {0};
        bool read = preset_load(list->presets[i], &preset, &error);
        print_cell(list->presets[i]);
        print_cell(read ? preset.lesson : error.text);
        puts("|");
    }
}

/* ---- as JSON -------------------------------------------------------------------------------- */

static void write_reason(struct json_writer *json, const char *reason)
{
    json_write_boolean(json, "here", !reason);
    json_write_string_or_null(json, "reason", reason);
}

static void write_devices(struct json_writer *json, const struct list *list)
{
    json_open(json, "devices", '[');
    for (int i = 0; i < BACKEND_COUNT; i++) {
        const struct listed_device *device = &list->devices[i];
        json_open_line(json, 2, NULL, '{');
        json_write_string(json, "id", device->id);
        json_write_string(json, "name", device->info.name);
        json_write_string(json, "isa", device->info.isa);
        json_write_integer(json, "units", device->info.units);
        write_reason(json, device->here ? NULL : device->why_not.text);
        json_close(json, '}');
    }
    json_close(json, ']');
}

static void write_variant(struct json_writer *json, const struct list *list,
                          const struct variant *variant)
{
    struct error why_not;
    json_open_line(json, 2, NULL, '{');
    json_write_string(json, "name", variant->name);
    json_write_string(json, "target", variant->target);
    json_write_string(json, "backend", backend_name(variant->backend));
    json_write_boolean(json, "hidden", variant->hidden);
    json_write_integer(json, "rung", variant->rung);
    json_write_string_or_null(json, "after", variant->after);
    json_write_string(json, "title", variant->title);
    json_write_string(json, "why", variant->why);
    json_open(json, "knobs", '[');
    for (int id = 0; id < KNOB_COUNT; id++)
        if (variant->knobs >> id & 1)
            json_write_string(json, NULL, knob_table[id].name);
    json_close(json, ']');
    write_reason(json, reason_against(list, variant, &why_not));
    json_close(json, '}');
}

static void write_knob(struct json_writer *json, enum knob_id id, int64_t value)
{
    char flag[OPTION_FLAG_SIZE], dashed[OPTION_FLAG_SIZE + 2], accepts[256], initial[48];
    option_knob_flag(id, flag, sizeof flag);
    snprintf(dashed, sizeof dashed, "--%s", flag);
    knob_accepts(id, accepts, sizeof accepts);
    knob_format(id, value, initial, sizeof initial);
    json_open_line(json, 2, NULL, '{');
    json_write_string(json, "name", knob_table[id].name);
    json_write_string(json, "flag", dashed);
    json_write_string(json, "default", initial);
    json_write_string(json, "takes", accepts);
    json_write_string(json, "unit", knob_table[id].unit);
    json_write_string(json, "help", knob_table[id].help);
    json_close(json, '}');
}

static void write_preset(struct json_writer *json, const char *name)
{
    struct preset preset;
    struct error error = {0};
    bool read = preset_load(name, &preset, &error);
    json_open_line(json, 2, NULL, '{');
    json_write_string(json, "name", name);
    json_write_boolean(json, "default", is_default(name));
    if (read) {
        json_write_string(json, "title", preset.title);
        json_write_string(json, "lesson", preset.lesson);
        json_write_string(json, "target", preset.target);
    } else {
        json_write_string(json, "error", error.text);
    }
    json_close(json, '}');
}

/* Prints the list as JSON. False: out of memory. */
static bool print_json(const struct list *list)
{
    struct json_writer json = {0};
    json_open(&json, NULL, '{');
    json_write_string(&json, "schema", "pdlab.list/1");
    write_devices(&json, list);
    json_open(&json, "targets", '[');
    for (size_t i = 0; variants[i]; i++)
        if (begins_target(list, i))
            json_write_string(&json, NULL, variants[i]->target);
    json_close(&json, ']');
    json_open(&json, "variants", '[');
    for (size_t i = 0; variants[i]; i++)
        if (is_listed(list, variants[i]))
            write_variant(&json, list, variants[i]);
    json_close(&json, ']');
    json_open(&json, "knobs", '[');
    for (int id = 0; id < KNOB_COUNT; id++)
        write_knob(&json, (enum knob_id)id, list->knobs.value[id]);
    json_close(&json, ']');
    json_open(&json, "presets", '[');
    for (size_t i = 0; i < list->preset_count; i++)
        write_preset(&json, list->presets[i]);
    json_close(&json, ']');
    json_open(&json, "demos", '[');
    char name[64], title[sizeof(((struct demo *)0)->title)];
    for (size_t i = 0; find_demo(i, name, sizeof name, title); i++) {
        json_open_line(&json, 2, NULL, '{');
        json_write_string(&json, "name", name);
        json_write_string(&json, "title", title);
        json_close(&json, '}');
    }
    json_close(&json, ']');
    json_close(&json, '}');
    return json_writer_print(&json, stdout);
}

/* ---- the command ---------------------------------------------------------------------------- */

int command_list(const struct options *options)
{
    struct list list = {0};
    struct error error = {0};
    enum backend chosen;
    int index, status = 0;
    if (!device_parse(options->device, &chosen, &index, &error))
        return command_fail(&error);
    list.knobs = knobs_defaults();
    list.hidden = options->all;
    for (int i = 0; i < BACKEND_COUNT; i++)
        look_at_device(&list.devices[i], (enum backend)i, i == (int)chosen ? index : 0);
    if (options->device && !list.devices[chosen].here)
        return command_fail(&list.devices[chosen].why_not);
    list.preset_count = preset_names(&list.presets);
    if (options->markdown) {
        print_markdown(&list);
    } else if (!options->json_flag) {
        print_text(&list);
    } else if (!print_json(&list)) {
        status = command_no_memory("the list");
    }
    preset_names_free(list.presets, list.preset_count);
    return command_end(status);
}
