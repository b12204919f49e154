#include "keymap.h"

#include "../../src/base/text.h"
#include "../../src/base/words.h"

#include <stdio.h>
#include <string.h>

/* Names by action. The first one (ACTION_NONE) and the one after the last are NULL. */
static const char *const names[ACTION_COUNT + 1] = {
#define KEY(ID, name, ...) [ACTION_##ID] = #name,
#include "keys.def"
#undef KEY
};

/* Keys with a fixed meaning. */
static const int reserved[] = {PRESS_ENTER, PRESS_ESCAPE, PRESS_CTRL('C'), 0};

static struct {
    bool changed;
    int presses[KEY_TWINS + 1]; /* 0-terminated */
} bound[ACTION_COUNT];

const char *action_name(enum action action)
{
    return names[action];
}

const int *key_presses(const struct key *key)
{
    return bound[key->action].changed ? bound[key->action].presses : key->presses;
}

bool keymap_changed(enum action action)
{
    return bound[action].changed;
}

void keymap_reset(void)
{
    memset(bound, 0, sizeof bound);
}

static char key_texts[ACTION_COUNT][16]; /* results of action_key */

const char *action_key(enum action action)
{
    press_name(key_presses(key_of(action))[0], NULL, key_texts[action], sizeof *key_texts);
    return key_texts[action];
}

/* ---- names of keys -------------------------------------------------------------------------- */

int press_parse(const char *name)
{
    char known[16];
    if (name[0] > ' ' && name[0] <= '~' && name[1] == '\0')
        return name[0];
    /* Control characters and the blank, then the keys that are not characters. */
    for (int press = 1; press < PRESS_POINTER; press = press == ' ' ? PRESS_UP : press + 1) {
        press_name(press, NULL, known, sizeof known);
        if (strcmp(name, known) == 0)
            return press;
    }
    return 0;
}

/* ---- checking ------------------------------------------------------------------------------- */

/* Whether the action may have the key. False: *error. */
static bool may_have(enum action action, int press, struct error *error)
{
    if (press <= 0 || press >= PRESS_POINTER || (press > '~' && press < PRESS_UP))
        return error_set(error, ERROR_INPUT,
                         "this key has no name, so the set-up cannot store it: press another key");
    char name[16];
    press_name(press, NULL, name, sizeof name);
    bool own = press_is_in(press, key_of(action)->presses);
    if (!own && press_is_in(press, reserved))
        return error_set(error, ERROR_INPUT, "%s has a fixed meaning: press another key", name);
    enum action other = key_action(press);
    if (other == action || other == ACTION_NONE)
        return true;
    return error_set(error, ERROR_INPUT, "%s is %s already: %s", name, names[other],
                     key_of(other)->help);
}

/* Binds the keys to the action, followed by its reserved keys, which stay. */
static void set_presses(enum action action, const int *presses, unsigned count)
{
    const struct key *key = key_of(action);
    int *to = bound[action].presses;
    unsigned kept = 0;
    for (const int *own = key->presses; *own; own++)
        kept += press_is_in(*own, reserved);
    unsigned at = 0;
    for (unsigned i = 0; i < count && at + kept < KEY_TWINS; i++)
        if (!press_is_in(presses[i], reserved))
            to[at++] = presses[i];
    for (const int *own = key->presses; *own; own++)
        if (press_is_in(*own, reserved))
            to[at++] = *own;
    to[at] = 0;
    bound[action].changed = memcmp(to, key->presses, (at + 1) * sizeof *to) != 0;
}

/* ---- changing ------------------------------------------------------------------------------- */

static bool is_character(int press)
{
    return press >= ' ' && press <= '~';
}

bool keymap_bind(enum action action, int press, struct error *error)
{
    int presses[KEY_TWINS + 2];
    unsigned count = 0;
    if (!may_have(action, press, error))
        return false;
    const int *old = key_presses(key_of(action));
    bool placed = false;
    for (; *old; old++) {
        if (*old == press || press_is_in(*old, reserved))
            continue;
        if (!is_character(*old))
            presses[count++] = *old;
        else if (!placed && is_character(press))
            placed = (presses[count++] = press) != 0;
    }
    if (!placed) { /* there was no character to replace, or the key is not one */
        memmove(presses + 1, presses, count * sizeof *presses);
        presses[0] = press;
        count++;
    }
    set_presses(action, presses, count);
    return true;
}

bool keymap_restore(enum action action, struct error *error)
{
    for (const int *own = key_of(action)->presses; *own; own++)
        if (!may_have(action, *own, error))
            return false;
    bound[action].changed = false;
    return true;
}

/* ---- the set-up ----------------------------------------------------------------------------- */

static enum action find_action(const char *name)
{
    const int found = words_find(names + ACTION_NONE + 1, name);
    return found < 0 ? ACTION_NONE : (enum action)(ACTION_NONE + 1 + found);
}

static bool refuse_action(const char *name, struct error *error)
{
    char quoted[40];
    const char *nearest = text_nearest(name, names + ACTION_NONE + 1);
    return error_set(error, ERROR_INPUT, "keys: there is no action %s%s%s",
                     text_quote(quoted, sizeof quoted, name), nearest ? "; the nearest is " : "",
                     nearest ? nearest : "");
}

/* Parses the key names that the set-up has for an action. False: a name is unknown (*error). */
static bool parse_presses(const struct user_setup_key *key, int *presses, struct error *error)
{
    char quoted[24];
    for (unsigned i = 0; i < key->count; i++) {
        presses[i] = press_parse(key->presses[i]);
        if (presses[i] == 0)
            return error_set(error, ERROR_INPUT, "keys.%s: there is no key %s", key->action,
                             text_quote(quoted, sizeof quoted, key->presses[i]));
    }
    return true;
}

/* Sets all keys before checking any: two actions may have swapped keys. */
static bool load_all(const struct user_setup *setup, struct error *error)
{
    for (unsigned i = 0; i < setup->key_count; i++) {
        const struct user_setup_key *key = &setup->keys[i];
        int presses[USER_SETUP_PRESSES];
        enum action action = find_action(key->action);
        if (action == ACTION_NONE)
            return refuse_action(key->action, error);
        if (!parse_presses(key, presses, error))
            return false;
        set_presses(action, presses, key->count);
    }
    for (unsigned i = 0; i < setup->key_count; i++) {
        const struct user_setup_key *key = &setup->keys[i];
        struct error why;
        for (unsigned press = 0; press < key->count; press++)
            if (!may_have(find_action(key->action), press_parse(key->presses[press]), &why))
                return error_set(error, ERROR_INPUT, "keys.%s: %s", key->action, why.text);
    }
    return true;
}

/* Fails if a key has two actions, even if the set-up changed both of them. */
static bool check_all(struct error *error)
{
    for (const struct key *key = key_table; key->action != ACTION_NONE; key++) {
        for (const int *press = key_presses(key); *press; press++) {
            char name[16];
            enum action first = key_action(*press);
            press_name(*press, NULL, name, sizeof name);
            if (first != key->action)
                return error_set(error, ERROR_INPUT, "keys: %s is bound to both %s and %s", name,
                                 names[first], names[key->action]);
        }
    }
    return true;
}

bool keymap_load(const struct user_setup *setup, struct error *error)
{
    keymap_reset();
    bool loaded = load_all(setup, error) && check_all(error);
    if (!loaded)
        keymap_reset();
    return loaded;
}

void keymap_store(struct user_setup *setup)
{
    setup->key_count = 0;
    for (int action = ACTION_NONE + 1; action < ACTION_COUNT; action++) {
        if (!bound[action].changed || setup->key_count == USER_SETUP_ACTIONS)
            continue;
        struct user_setup_key *key = &setup->keys[setup->key_count++];
        *key = (struct user_setup_key){0};
        snprintf(key->action, sizeof key->action, "%s", names[action]);
        for (const int *press = bound[action].presses; *press; press++)
            press_name(*press, NULL, key->presses[key->count++], sizeof *key->presses);
    }
}
