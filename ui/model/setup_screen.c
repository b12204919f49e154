#include "setup_screen.h"

#include "../../src/base/words.h"
#include "../terminal/keymap.h"

#include <stdio.h>
#include <string.h>

/* Command-line settings apply now but are saved only if the user changes them in the set-up. */
bool setup_screen_take(struct setup_screen *setup, const struct user_setup *saved, bool broken,
                       const struct options *options, struct error *error)
{
    *setup = (struct setup_screen){.now = *saved, .saved = *saved, .aside = broken};
    user_setup_override(&setup->now, options);
    struct error why;
    if (keymap_load(saved, &why))
        return true;
    setup->aside = true;
    return error_set(error, ERROR_INPUT, "setup.json: %s", why.text);
}

/* ---- the rows ------------------------------------------------------------------------------- */

enum setting {
    SETTING_THEME,
    SETTING_FPS,
    SETTING_MOUSE,
    SETTING_ASCII,
    SETTING_PLAIN,
    SETTING_DEVICE,
    SETTING_COUNT
};

static const struct {
    const char *name, *help;
} settings[SETTING_COUNT] = {
    [SETTING_THEME] = {"theme", "How it looks. All are safe for colour-blind eyes."},
    [SETTING_FPS] = {"frames a second", "The maximum: pdlab draws only when something changes."},
    [SETTING_MOUSE] = {"mouse",
                       "On: it selects and changes; the terminal selects text with Shift."},
    [SETTING_ASCII] = {"ascii", "Draw with ASCII characters only."},
    [SETTING_PLAIN] = {"plain", "From the next start: plain lines, for a screen reader or a pipe."},
    [SETTING_DEVICE] = {"device", "From the next start: the device to use if none is named."},
};

int setup_screen_rows(void)
{
    return SETTING_COUNT + KEY_ROWS;
}

static void write_value(const struct user_setup *setup, int setting, char *text, size_t size)
{
    const bool on = setting == SETTING_MOUSE   ? setup->mouse
                    : setting == SETTING_ASCII ? setup->ascii
                                               : setup->plain;
    if (setting == SETTING_FPS)
        snprintf(text, size, "%d", setup->fps);
    else if (setting == SETTING_THEME)
        snprintf(text, size, "%s", theme_words[setup->theme]);
    else if (setting == SETTING_DEVICE)
        snprintf(text, size, "%s", setup->device[0] ? setup->device : "the best");
    else
        snprintf(text, size, "%s", on ? "on" : "off");
}

void setup_screen_row(const struct setup_screen *setup, int index, struct setup_row *row)
{
    *row = (struct setup_row){0};
    if (index >= SETTING_COUNT) {
        const struct key *key = &key_table[index - SETTING_COUNT];
        row->is_key = true;
        key_names(key, row->value, sizeof row->value);
        row->name = row->help = key->help;
        row->source = keymap_changed(key->action) ? "yours" : "";
        return;
    }
    struct user_setup initial;
    char saved[40], usual[40];
    user_setup_reset(&initial);
    row->name = settings[index].name;
    row->help = settings[index].help;
    write_value(&setup->now, index, row->value, sizeof row->value);
    write_value(&setup->saved, index, saved, sizeof saved);
    write_value(&initial, index, usual, sizeof usual);
    row->source = strcmp(row->value, saved) != 0   ? "flag"
                  : strcmp(row->value, usual) != 0 ? "set-up"
                                                   : "default";
}

/* ---- changes -------------------------------------------------------------------------------- */

static int next_fps(int fps, int direction)
{
    static const int steps[] = {1, 2, 5, 10, 15, 20, 30, 60};
    const int count = sizeof steps / sizeof *steps;
    int at = direction > 0 ? 0 : count - 1;
    while (at >= 0 && at < count && (direction > 0 ? steps[at] <= fps : steps[at] >= fps))
        at += direction > 0 ? 1 : -1;
    return at >= 0 && at < count ? steps[at] : fps;
}

/* Goes to the next device that this build supports. The next start finds out whether it exists. */
static void next_device(char *device, size_t size, int direction)
{
    static const char *const devices[] = {"", "cpu", "cuda:0", "cuda:1", NULL};
    const int count = backends[BACKEND_CUDA] ? 4 : 2;
    const int found = words_find(devices, device);
    const int at = found < 0 || found >= count ? 0 : (found + direction + count) % count;
    snprintf(device, size, "%s", devices[at]);
}

static void turn(struct user_setup *setup, int setting, int direction)
{
    const int theme = ((int)setup->theme + direction + THEME_COUNT) % THEME_COUNT;
    if (setting == SETTING_THEME)
        setup->theme = (enum theme_name)theme;
    else if (setting == SETTING_FPS)
        setup->fps = next_fps(setup->fps, direction);
    else if (setting == SETTING_MOUSE)
        setup->mouse = !setup->mouse;
    else if (setting == SETTING_ASCII)
        setup->ascii = !setup->ascii;
    else if (setting == SETTING_PLAIN)
        setup->plain = !setup->plain;
    else
        next_device(setup->device, sizeof setup->device, direction);
}

static void copy_setting(struct user_setup *to, const struct user_setup *from, int setting)
{
    if (setting == SETTING_THEME)
        to->theme = from->theme;
    else if (setting == SETTING_FPS)
        to->fps = from->fps;
    else if (setting == SETTING_MOUSE)
        to->mouse = from->mouse;
    else if (setting == SETTING_ASCII)
        to->ascii = from->ascii;
    else if (setting == SETTING_PLAIN)
        to->plain = from->plain;
    else
        memcpy(to->device, from->device, sizeof to->device);
}

bool setup_screen_turn(struct setup_screen *setup, int index, int direction)
{
    if (index >= SETTING_COUNT)
        return false;
    turn(&setup->now, index, direction);
    copy_setting(&setup->saved, &setup->now, index);
    setup->changed = true;
    return true;
}

void setup_screen_enter(struct setup_screen *setup, int index)
{
    setup->captures = !setup_screen_turn(setup, index, 1);
}

bool setup_screen_capture(struct setup_screen *setup, int index, int press, struct error *error)
{
    const struct key *key = &key_table[index - SETTING_COUNT];
    setup->captures = false;
    if (press == PRESS_ESCAPE)
        return true;
    const bool bound = keymap_bind(key->action, press, error);
    setup->changed |= bound;
    return bound;
}

bool setup_screen_restore(struct setup_screen *setup, int index, struct error *error)
{
    if (index < SETTING_COUNT)
        return true;
    const enum action action = key_table[index - SETTING_COUNT].action;
    setup->changed |= keymap_changed(action);
    return keymap_restore(action, error);
}

bool setup_screen_save(struct setup_screen *setup, char path[PATH_MAX], char kept[PATH_MAX],
                       struct error *error)
{
    keymap_store(&setup->saved);
    if (!user_setup_path(path, error) ||
        !user_setup_write(&setup->saved, setup->aside, kept, error))
        return false;
    setup->changed = setup->aside = false;
    return true;
}
