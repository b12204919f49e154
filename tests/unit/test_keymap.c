#include "../../ui/terminal/keymap.h"
#include "unit.h"

static struct error error;
static struct user_setup setup;

TestSuite(keymap, .init = keymap_reset, .fini = keymap_reset);

/* Makes a set-up that binds keys to an action. `presses`: names of keys, separated by blanks. */
static void give(const char *action, const char *presses)
{
    struct user_setup_key *key = &setup.keys[setup.key_count++];
    char text[64];
    *key = (struct user_setup_key){0};
    strcpy(key->action, action);
    strcpy(text, presses);
    for (char *name = strtok(text, " "); name; name = strtok(NULL, " "))
        strcpy(key->presses[key->count++], name);
}

Test(keymap, every_action_has_a_name_of_its_own_and_one_row)
{
    int rows[ACTION_COUNT] = {0};
    for (const struct key *key = key_table; key->action != ACTION_NONE; key++)
        rows[key->action]++;
    for (int action = ACTION_NONE + 1; action < ACTION_COUNT; action++) {
        cr_assert_not_null(action_name((enum action)action), "action %d has no name", action);
        cr_assert_lt(strlen(action_name((enum action)action)), sizeof setup.keys[0].action);
        cr_assert_eq(rows[action], 1, "%s", action_name((enum action)action));
        for (int other = ACTION_NONE + 1; other < action; other++)
            cr_assert_str_neq(action_name((enum action)action), action_name((enum action)other));
    }
}

Test(keymap, every_keys_name_reads_back)
{
    char name[16];
    for (const struct key *key = key_table; key->action != ACTION_NONE; key++) {
        for (const int *press = key->presses; *press; press++) {
            press_name(*press, NULL, name, sizeof name);
            cr_assert_eq(press_parse(name), *press, "%s", name);
        }
    }
    for (int press = PRESS_UP; press < PRESS_POINTER; press++) {
        press_name(press, NULL, name, sizeof name);
        cr_assert_eq(press_parse(name), press, "%s", name);
    }
    cr_assert_eq(press_parse("Space"), ' ');
    cr_assert_eq(press_parse("F5"), PRESS_F1 + 4);
    cr_assert_eq(press_parse(""), 0);
    cr_assert_eq(press_parse("nonsense"), 0);
    cr_assert_eq(press_parse("F13"), 0);
}

Test(keymap, a_key_replaces_the_default)
{
    assert_success(keymap_bind(ACTION_UP, 't', &error));
    cr_assert_eq(key_action('t'), ACTION_UP);
    cr_assert_eq(key_action(PRESS_UP), ACTION_UP);
    cr_assert_eq(key_action('k'), ACTION_NONE);
    assert_success(keymap_bind(ACTION_FREEZE, PRESS_F1 + 4, &error));
    cr_assert_eq(key_action(PRESS_F1 + 4), ACTION_FREEZE);
    cr_assert_str_eq(action_key(ACTION_FREEZE), "F5");
    cr_assert(keymap_restore(ACTION_UP, &error));
    cr_assert_eq(key_action('k'), ACTION_UP);
    cr_assert_not(keymap_changed(ACTION_UP));
}

Test(keymap, conflicts_are_refused_and_change_nothing)
{
    cr_assert_not(keymap_bind(ACTION_UP, 'j', &error));
    assert_contains(error.text, "j is down already");
    cr_assert_eq(key_action('j'), ACTION_DOWN);
    cr_assert_eq(key_action('k'), ACTION_UP);
    cr_assert_not(keymap_bind(ACTION_UP, PRESS_ENTER, &error));
    cr_assert_not(keymap_bind(ACTION_UP, PRESS_CTRL('C'), &error));
    cr_assert_not(keymap_bind(ACTION_UP, PRESS_POINTER, &error));
    cr_assert_not(keymap_bind(ACTION_UP, 0x20ac, &error));
    /* The action's default keys now belong to another action. */
    cr_assert(keymap_bind(ACTION_UP, 't', &error));
    cr_assert(keymap_bind(ACTION_FREEZE, 'k', &error));
    cr_assert_not(keymap_restore(ACTION_UP, &error));
    assert_contains(error.text, "k is freeze already");
}

Test(keymap, quit_stays_reachable)
{
    give("quit", "X");
    give("enter", "t");
    assert_success(keymap_load(&setup, &error));
    cr_assert_eq(key_action('X'), ACTION_QUIT);
    cr_assert_eq(key_action('q'), ACTION_NONE);
    cr_assert_eq(key_action(PRESS_CTRL('C')), ACTION_QUIT);
    cr_assert_eq(key_action(PRESS_ENTER), ACTION_ENTER);
}

Test(keymap, two_actions_may_swap_keys)
{
    give("turn_down", "]");
    give("turn_up", "[");
    assert_success(keymap_load(&setup, &error));
    cr_assert_eq(key_action('['), ACTION_MORE);
    cr_assert_eq(key_action(']'), ACTION_LESS);
}

Test(keymap, loaded_keys_are_stored)
{
    static struct user_setup stored;
    give("up", "Up t");
    give("freeze", "~ F5");
    assert_success(keymap_load(&setup, &error));
    keymap_store(&stored);
    cr_assert_eq(stored.key_count, 2);
    cr_assert_eq(memcmp(stored.keys, setup.keys, sizeof setup.keys), 0);
}

Test(keymap, a_bad_file_is_refused_and_changes_nothing)
{
    static const struct {
        const char *action, *presses, *says;
    } bad[] = {
        {"up", "j", "j is bound to both up and down"},
        {"quit_keep", "q", "q is quit already"},
        {"upp", "t", "nearest is up"},
        {"up", "Hyper-X", "no key 'Hyper-X'"},
        {"up", "Enter", "fixed meaning"},
        {"freeze", "t", "t is bound to both"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        setup.key_count = 0;
        give("zoom_in", "t");
        if (strcmp(bad[i].action, "freeze") != 0)
            strcpy(setup.keys[0].presses[0], "T");
        give(bad[i].action, bad[i].presses);
        cr_assert_not(keymap_load(&setup, &error), "accepted: %s", bad[i].presses);
        cr_assert(strstr(error.text, bad[i].says) || strstr(error.text, "t is zoom_in already") ||
                      strstr(error.text, "is bound to both"),
                  "%s: %s", bad[i].says, error.text);
        cr_assert_eq(key_action('+'), ACTION_ZOOM_IN);
        cr_assert_eq(key_action('T'), ACTION_NONE);
    }
}
