/*
 * explorer_setup.c - keys of the set-up dialog.
 */
#include "explorer_setup.h"
#include "explorer_private.h"

void explorer_complain(struct explorer *explorer, const struct error *why)
{
    explorer_say(explorer, true,
                 "%s. Defaults are used; saving in the set-up (%s) keeps the old file", why->text,
                 action_key(ACTION_SETUP));
}

void explorer_setup_turn(struct explorer *explorer, int direction)
{
    if (!setup_screen_turn(&explorer->setup, explorer->cursor, direction))
        explorer_say(explorer, false,
                     "Press Enter, then the new key; Backspace restores the default");
}

/* Handles a key while the set-up is open. False: the explorer's actions handle the key. */
bool explorer_press_setup(struct explorer *explorer, int press)
{
    struct error error;
    const bool captures = explorer->setup.captures && press != PRESS_CTRL('C');
    if (!captures && press != PRESS_BACKSPACE)
        return false;
    if (captures ? !setup_screen_capture(&explorer->setup, explorer->cursor, press, &error)
                 : !setup_screen_restore(&explorer->setup, explorer->cursor, &error))
        explorer_alarm(explorer, &error);
    return true;
}

void explorer_setup_save(struct explorer *explorer)
{
    char path[PATH_MAX], kept[PATH_MAX];
    struct error error;
    if (explorer->overlay != OVERLAY_SETUP)
        return;
    if (!setup_screen_save(&explorer->setup, path, kept, &error))
        explorer_alarm(explorer, &error);
    else if (kept[0])
        explorer_say(explorer, false, "Saved in %s; the old one is kept as %s", path, kept);
    else
        explorer_say(explorer, false, "Saved in %s", path);
}
