/*
 * explorer_setup.h - keys of the set-up dialog.
 */
#pragma once

#include "explorer.h"

/* In the set-up dialog: changes the setting under the cursor; handles the dialog's own keys (false:
 * the key is not one of them); saves. Saving does nothing in any other dialog. */
void explorer_setup_turn(struct explorer *explorer, int direction);
bool explorer_press_setup(struct explorer *explorer, int press);
void explorer_setup_save(struct explorer *explorer);
