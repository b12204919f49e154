#include "keys.h"

#include <string.h>

#define PANELS (MODE_MAIN | MODE_RECORDED)
#define ALL    (PANELS | MODE_TIMELINE)
#define LISTS  (PANELS | MODE_LIST)

const struct key key_table[] = {
    {{'1'}, ACTION_VIEW_LIVE, "views", 3, ALL, true, "one variant, as it is measured"},
    {{'2'}, ACTION_VIEW_COMPARE, NULL, 0, 0, true, "what is tagged, side by side"},
    {{'3'},
     ACTION_VIEW_TIMELINE,
     NULL,
     0,
     0,
     true,
     "an iteration in lanes: submissions, steps, gaps"},
    {{'4'}, ACTION_VIEW_LADDER, NULL, 0, 0, true, "what each rung of the target buys"},
    {{'5'}, ACTION_VIEW_SWEEP, NULL, 0, 0, false, "a knob's range, measured; Enter begins"},
    {{PRESS_TAB}, ACTION_FOCUS_NEXT, "focus", 2, ALL, false, "to the next panel"},
    {{PRESS_BACKTAB}, ACTION_FOCUS_PREVIOUS, NULL, 0, 0, false, "to the panel before"},
    {{PRESS_UP, 'k'},
     ACTION_UP,
     "move",
     4,
     LISTS | MODE_PAGES | MODE_TIMELINE | MODE_SETUP,
     true,
     "up; a variant runs as soon as it is selected"},
    {{PRESS_DOWN, 'j'}, ACTION_DOWN, NULL, 0, 0, false, "down"},
    {{PRESS_LEFT, 'h'},
     ACTION_LEFT,
     "change",
     4,
     MODE_SETUP,
     true,
     "turn the selected knob down; timeline: the cursor left"},
    {{PRESS_RIGHT, 'l'},
     ACTION_RIGHT,
     NULL,
     0,
     0,
     false,
     "turn the selected knob up; timeline: the cursor right"},
    {{PRESS_PAGE_UP, PRESS_CTRL('B')}, ACTION_PAGE_UP, NULL, 0, 0, false, "a page up"},
    {{PRESS_PAGE_DOWN, PRESS_CTRL('F')},
     ACTION_PAGE_DOWN,
     "page",
     4,
     MODE_PAGES,
     false,
     "a page down"},
    {{PRESS_HOME, 'g'}, ACTION_FIRST, NULL, 0, 0, false, "to the first row"},
    {{PRESS_END, 'G'}, ACTION_LAST, NULL, 0, 0, false, "to the last row"},
    {{'['},
     ACTION_LESS,
     "turn knob",
     3,
     PANELS,
     true,
     "turn the selected knob down, from any panel"},
    {{']'}, ACTION_MORE, NULL, 0, 0, false, "turn the selected knob up, from any panel"},
    {{PRESS_ENTER},
     ACTION_ENTER,
     "choose",
     5,
     PANELS | MODE_LIST | MODE_TEXT | MODE_SETUP,
     false,
     "type a value for the knob; take what is chosen"},
    {{' '},
     ACTION_TAG,
     "tag",
     3,
     PANELS,
     false,
     "give the variant a letter, A to D, or take it off"},
    {{'c'},
     ACTION_CLONE,
     "clone",
     9,
     PANELS,
     false,
     "keep its samples as they are, to compare with other knobs"},
    {{'u'}, ACTION_UNDO, "undo", 9, PANELS, false, "undo the last turn of a knob"},
    {{'P'}, ACTION_PRESETS, "presets", 6, MODE_MAIN, false, "presets"},
    {{'D'}, ACTION_DEVICES, "devices", 7, PANELS, false, "devices and recordings"},
    {{'b'},
     ACTION_METRIC,
     "busy/gap",
     8,
     PANELS,
     false,
     "show the latency, its busy part, its gap, or the iteration"},
    {{'+', '='},
     ACTION_ZOOM_IN,
     "zoom",
     11,
     ALL,
     true,
     "zoom the time axis in, around the median or the cursor"},
    {{'-'}, ACTION_ZOOM_OUT, NULL, 0, 0, false, "zoom the time axis out"},
    {{'a'},
     ACTION_FIT,
     "fit",
     12,
     ALL,
     false,
     "fit the time axis to the samples; it only widens by itself"},
    {{'s'},
     ACTION_SLOWEST,
     "slowest",
     4,
     MODE_TIMELINE,
     false,
     "timeline: the epoch's slowest iteration, or a typical one"},
    {{'x'}, ACTION_AXIS_TIME, "axes", 16, PANELS, true, "time axis logarithmic or linear"},
    {{'y'}, ACTION_AXIS_COUNT, NULL, 0, 0, false, "counts linear or logarithmic"},
    {{'p'},
     ACTION_PAUSE,
     "pause",
     10,
     PANELS,
     false,
     "replay a recording; pause or resume that, or the worker"},
    {{'<'},
     ACTION_SLOWER,
     "replay",
     8,
     MODE_RECORDED,
     true,
     "replay a recording, or slower; timeline: a half left"},
    {{'>'},
     ACTION_FASTER,
     NULL,
     0,
     0,
     false,
     "replay a recording, or faster; timeline: a half right"},
    {{'Z'},
     ACTION_FREEZE,
     "freeze",
     14,
     PANELS,
     false,
     "freeze or thaw the display: the worker goes on"},
    {{'B'}, ACTION_BIG, "big", 17, PANELS, false, "p50 and p99 in large digits, for a projector"},
    {{'r'},
     ACTION_RESET,
     "reset",
     15,
     MODE_MAIN,
     false,
     "forget the selected variant's samples: a new epoch"},
    {{'m'}, ACTION_MEASURE, NULL, 0, 0, false, "measure the device again, for the floor: 1 s"},
    {{'e'},
     ACTION_EXPORT,
     "export",
     9,
     PANELS,
     false,
     "write runs, table and plot to artifacts/: JSON, CSV, SVG"},
    {{'/'},
     ACTION_FILTER,
     "filter",
     13,
     PANELS,
     false,
     "show only variants whose name has these letters"},
    {{'n'}, ACTION_SCENE_NEXT, NULL, 0, 0, false, "demo: the next scene"},
    {{'N'}, ACTION_SCENE_BEFORE, NULL, 0, 0, false, "demo: the scene before"},
    {{'S', PRESS_F2},
     ACTION_SETUP,
     "set-up",
     18,
     PANELS,
     false,
     "set-up: theme, mouse, device, which keys do what"},
    {{'w'}, ACTION_SAVE, "save", 3, MODE_SETUP, false, "in the set-up: save it"},
    {{'?', PRESS_F1}, ACTION_HELP, "help", 1, ALL, false, "this help"},
    {{PRESS_ESCAPE},
     ACTION_CANCEL,
     "close",
     2,
     MODE_LIST | MODE_TEXT | MODE_PAGES | MODE_SETUP | MODE_CAPTURE,
     false,
     "close what lies on top; end a replay; clear the filter"},
    {{PRESS_CTRL('L')}, ACTION_REDRAW, NULL, 0, 0, false, "draw the whole screen again"},
    {{PRESS_CTRL('Z')}, ACTION_SUSPEND, NULL, 0, 0, false, "suspend; nothing runs meanwhile"},
    {{'q', PRESS_F10, PRESS_CTRL('C')},
     ACTION_QUIT,
     "quit",
     0,
     ALL | MODE_LIST | MODE_PAGES | MODE_SETUP,
     false,
     "quit, and say what was measured"},
    {{'Q'}, ACTION_QUIT_KEEP, NULL, 0, 0, false, "quit, and keep the last frame on the screen"},
    {{0}, ACTION_NONE, NULL, 0, 0, false, NULL},
};

const struct pointer_help pointer_table[] = {
    {"click", "a row or knob: select it; again: Enter; a key below: press it"},
    {"wheel", "move; over the histogram zoom; over the last line turn"},
    {"Shift-drag", "select text, as without the mouse; --no-mouse: always"},
    {NULL, NULL},
};

static bool key_has(const struct key *key, int press)
{
    for (const int *own = key_presses(key); *own; own++)
        if (*own == press)
            return true;
    return false;
}

enum action key_action(int press)
{
    const struct key *key = key_table;
    while (key->action != ACTION_NONE && !key_has(key, press))
        key++;
    return key->action;
}

void press_name(int press, const char *const *arrows, char *text, size_t size)
{
    static const char *const names[] = {"Up",   "Down", "Left",      "Right",     "PgUp", "PgDn",
                                        "Home", "End",  "Shift-Tab", "Backspace", "Ins",  "Delete",
                                        "F1",   "F2",   "F3",        "F4",        "F5",   "F6",
                                        "F7",   "F8",   "F9",        "F10",       "F11",  "F12"};
    if (arrows && press >= PRESS_UP && press <= PRESS_RIGHT)
        snprintf(text, size, "%s", arrows[press - PRESS_UP]);
    else if (press >= PRESS_UP)
        snprintf(text, size, "%s", names[press - PRESS_UP]);
    else if (press == PRESS_TAB)
        snprintf(text, size, "Tab");
    else if (press == PRESS_ENTER)
        snprintf(text, size, "Enter");
    else if (press == PRESS_ESCAPE)
        snprintf(text, size, "Esc");
    else if (press == ' ')
        snprintf(text, size, "Space");
    else if (press < ' ')
        snprintf(text, size, "Ctrl-%c", press + '@');
    else
        snprintf(text, size, "%c", press);
}

void key_names(const struct key *key, char *text, size_t size)
{
    size_t at = 0;
    text[0] = '\0';
    for (const int *press = key_presses(key); *press && at < size; press++) {
        char name[16];
        press_name(*press, NULL, name, sizeof name);
        at += (size_t)snprintf(text + at, size - at, "%s%s", at ? " " : "", name);
    }
}

void key_footer(const struct key *key, const char *const *arrows, char *text, size_t size)
{
    char first[16], second[16];
    size_t at;
    press_name(key_presses(key)[0], arrows, first, sizeof first);
    snprintf(text, size, "%s", first);
    for (; key->joined; key++) {
        press_name(key_presses(key + 1)[0], arrows, second, sizeof second);
        at = strlen(text);
        snprintf(text + at, size - at, "%s", second);
    }
}

/* Columns of UTF-8 text all of whose characters are one column wide. */
static int narrow_columns(const char *text)
{
    int columns = 0;
    for (; *text; text++)
        columns += (*text & 0xc0) != 0x80;
    return columns;
}

static int footer_columns(const struct key *key, const char *const *arrows)
{
    char name[32];
    key_footer(key, arrows, name, sizeof name);
    return narrow_columns(name) + 1 + narrow_columns(key->footer) + 2;
}

size_t keys_in_footer(enum key_mode mode, int columns, const char *const *arrows,
                      const struct key **chosen, size_t room)
{
    bool kept[ACTION_COUNT] = {false};
    const struct key *next;
    size_t count = 0;
    do {
        next = NULL;
        for (const struct key *key = key_table; key->action != ACTION_NONE; key++)
            if (key->footer && key->modes & mode && !kept[key->action] &&
                footer_columns(key, arrows) <= columns && (!next || key->rank < next->rank))
                next = key;
        if (next && count < room) {
            kept[next->action] = true;
            columns -= footer_columns(next, arrows);
            count++;
        }
    } while (next && count < room);
    count = 0;
    for (const struct key *key = key_table; key->action != ACTION_NONE; key++)
        if (kept[key->action])
            chosen[count++] = key;
    return count;
}

int help_rows(void)
{
    int rows = 0;
    while (key_table[rows].action != ACTION_NONE)
        rows++;
    for (const struct pointer_help *row = pointer_table; row->name; row++)
        rows++;
    return rows;
}

const char *help_row(int row, char *name, size_t size)
{
    int keys = 0;
    while (key_table[keys].action != ACTION_NONE)
        keys++;
    if (row < keys) {
        key_names(&key_table[row], name, size);
        return key_table[row].help;
    }
    snprintf(name, size, "%s", pointer_table[row - keys].name);
    return pointer_table[row - keys].help;
}

void keys_print(FILE *out)
{
    fprintf(out, "Keys of the explorer, and what the mouse does there:\n\n");
    for (int row = 0; row < help_rows(); row++) {
        char name[48];
        const char *help = help_row(row, name, sizeof name);
        fprintf(out, "  %-14s %s\n", name, help);
    }
}
