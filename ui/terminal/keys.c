#include "keys.h"

#include "../../src/base/text.h"

#define PANELS (MODE_MAIN | MODE_RECORDED)
#define ALL    (PANELS | MODE_TIMELINE | MODE_HISTORY)
#define LISTS  (PANELS | MODE_LIST)

const struct key key_table[] = {
#define KEY(ID, name, footer, rank, modes, joined, help, ...)                                      \
    {{__VA_ARGS__}, ACTION_##ID, footer, rank, modes, joined, help},
#include "keys.def"
#undef KEY
    {{0}, ACTION_NONE, NULL, 0, 0, false, NULL},
};

/* What the mouse does, for the help. */
static const struct {
    const char *name;
    const char *help; /* no full stop */
} pointer_table[] = {
    {"click", "select row, knob, span, tab (again: Enter); key bar: that key"},
    {"wheel", "scroll; time axis: zoom; line above the keys: change the knob"},
    {"wheel left, right", "timeline: pan"},
    {"Shift-drag", "select text in the terminal; with --no-mouse, a drag does"},
};
#define POINTER_ROWS (int)(sizeof pointer_table / sizeof *pointer_table)

const struct key *key_of(enum action action)
{
    return &key_table[action - 1];
}

bool press_is_in(int press, const int *presses)
{
    while (*presses && *presses != press)
        presses++;
    return *presses != 0;
}

enum action key_action(int press)
{
    const struct key *key = key_table;
    while (key->action != ACTION_NONE && !press_is_in(press, key_presses(key)))
        key++;
    return key->action;
}

void press_name(int press, const char *const *arrows, char *text, size_t size)
{
    static const char *const names[] = {"Up",   "Down", "Left",      "Right",     "PgUp", "PgDn",
                                        "Home", "End",  "Shift-Tab", "Backspace", "Ins",  "Delete",
                                        "F1",   "F2",   "F3",        "F4",        "F5",   "F6",
                                        "F7",   "F8",   "F9",        "F10",       "F11",  "F12"};
    static const char *const characters[' ' + 1] = {
        [PRESS_TAB] = "Tab", [PRESS_ENTER] = "Enter", [PRESS_ESCAPE] = "Esc", [' '] = "Space"};
    if (arrows && press >= PRESS_UP && press <= PRESS_RIGHT)
        snprintf(text, size, "%s", arrows[press - PRESS_UP]);
    else if (press >= PRESS_UP)
        snprintf(text, size, "%s", names[press - PRESS_UP]);
    else if (press >= 0 && press <= ' ' && characters[press])
        snprintf(text, size, "%s", characters[press]);
    else if (press < ' ')
        snprintf(text, size, "Ctrl-%c", press + '@');
    else
        snprintf(text, size, "%c", press);
}

void key_names(const struct key *key, char *text, size_t size)
{
    text[0] = '\0';
    for (const int *press = key_presses(key); *press; press++) {
        char name[16];
        press_name(*press, NULL, name, sizeof name);
        text_append(text, size, "%s%s", *text ? " " : "", name);
    }
}

void key_footer(const struct key *key, const char *const *arrows, char *text, size_t size)
{
    char second[16];
    press_name(key_presses(key)[0], arrows, text, size);
    for (; key->joined; key++) {
        press_name(key_presses(key + 1)[0], arrows, second, sizeof second);
        text_append(text, size, "%s", second);
    }
}

const char *key_word(const struct key *key, unsigned place)
{
    static const struct {
        enum action action;
        unsigned places;
        const char *word;
    } words[] = {
        {ACTION_ENTER, MODE_HISTORY, "go back"},   {ACTION_ENTER, PLACE_SWEEP, "sweep"},
        {ACTION_ENTER, PLACE_SWEEPS, "end it"},    {ACTION_ENTER, PLACE_KNOBS, "set"},
        {ACTION_LEFT, PLACE_KNOBS, "change"},      {ACTION_CANCEL, PLACE_LEAVE, "leave"},
        {ACTION_METRIC, PLACE_SWEPT, "time/rate"},
    };
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (words[i].action == key->action && words[i].places & place)
            return words[i].word;
    return key->footer;
}

/* Columns of UTF-8 text in which every character is one column wide. */
static int narrow_columns(const char *text)
{
    int columns = 0;
    for (; *text; text++)
        columns += (*text & 0xc0) != 0x80;
    return columns;
}

static int footer_columns(const struct key *key, unsigned place, const char *const *arrows)
{
    char name[32];
    key_footer(key, arrows, name, sizeof name);
    return narrow_columns(name) + 1 + narrow_columns(key_word(key, place)) + 2;
}

size_t keys_in_footer(unsigned place, int columns, const char *const *arrows,
                      const struct key **chosen, size_t room)
{
    bool kept[ACTION_COUNT] = {false};
    const struct key *next;
    size_t count = 0;
    do {
        next = NULL;
        for (const struct key *key = key_table; key->action != ACTION_NONE; key++)
            if (key->footer && key->modes & place && !kept[key->action] &&
                footer_columns(key, place, arrows) <= columns && (!next || key->rank < next->rank))
                next = key;
        if (next && count < room) {
            kept[next->action] = true;
            columns -= footer_columns(next, place, arrows);
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
    return KEY_ROWS + POINTER_ROWS;
}

int help_list(unsigned place, int *rows)
{
    int count = 0;
    rows[count++] = HELP_HERE;
    for (int pass = 0; pass < 2; pass++) {
        bool here = false, joined = false;
        for (int row = 0; row < help_rows(); row++) {
            const bool is_key = row < KEY_ROWS;
            here = is_key && (joined ? here : (key_table[row].modes & place) != 0);
            joined = is_key && key_table[row].joined;
            if (here == (pass == 0))
                rows[count++] = row;
        }
        if (pass == 0)
            rows[count++] = HELP_ELSEWHERE;
    }
    return count;
}

const char *help_row(int row, char *name, size_t size)
{
    if (row < KEY_ROWS) {
        key_names(&key_table[row], name, size);
        return key_table[row].help;
    }
    snprintf(name, size, "%s", pointer_table[row - KEY_ROWS].name);
    return pointer_table[row - KEY_ROWS].help;
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
