/*
 * explorer_setup.h - the set-up on the screen, as keys have it.
 */
#ifndef UI_EXPLORER_SETUP_H
#define UI_EXPLORER_SETUP_H

#include "explorer.h"

/* In the set-up: changes the setting under the cursor; takes the keys that it alone has (false: it
 * has no use for this one); saves. */
void explorer_setup_turn(struct explorer *explorer, int direction);
bool explorer_press_setup(struct explorer *explorer, int press);
void explorer_setup_save(struct explorer *explorer);

#endif
