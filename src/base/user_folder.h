/*
 * user_folder.h - where pdlab keeps the user's files, by the XDG Base Directory Specification:
 * $XDG_CONFIG_HOME/pdlab, $XDG_STATE_HOME/pdlab and $XDG_CACHE_HOME/pdlab. The defaults are
 * ~/.config/pdlab, ~/.local/state/pdlab and ~/.cache/pdlab.
 *
 * A variable that is empty or a relative path counts as unset. ~ is $HOME, or else the home in the
 * user database. pdlab never creates a missing home, and keeps nothing directly below the root
 * folder. Without a usable folder it works without these files, and says so once.
 */
#pragma once

#include "../../kernels/error.h"

#include <stddef.h>

enum user_folder { USER_CONFIG, USER_STATE, USER_CACHE, USER_FOLDERS };

/* Writes the path of the file `name` in the user's folder. False: there is no usable folder, and
 * *error says what is not kept, and why. */
bool user_path(enum user_folder folder, const char *name, char *path, size_t size,
               struct error *error);

/* Whether each of the first `count` folders is usable. False: *error is one sentence about all
 * unusable ones. */
bool user_folders_usable(unsigned count, struct error *error);
