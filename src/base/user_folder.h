/*
 * user_folder.h - where what belongs to the user is kept, by the XDG Base Directory Specification:
 * $XDG_CONFIG_HOME/pdlab, $XDG_STATE_HOME/pdlab and $XDG_CACHE_HOME/pdlab; ~/.config/pdlab,
 * ~/.local/state/pdlab and ~/.cache/pdlab without these variables.
 *
 * An empty variable is unset, and a relative path in one is ignored. ~ is $HOME, or without it the
 * home in the user database. A home that does not exist is not made, and nothing is kept right
 * below the root folder: pdlab then works without, and says so once.
 */
#ifndef SRC_USER_FOLDER_H
#define SRC_USER_FOLDER_H

#include "../../kernels/error.h"

#include <stddef.h>

enum user_folder { USER_CONFIG, USER_STATE, USER_CACHE, USER_FOLDERS };

/* Writes the path of `name` in the user's folder. False: *error, in a sentence about what is kept
 * there, and there is no such folder. */
bool user_path(enum user_folder folder, const char *name, char *path, size_t size,
               struct error *error);

/* Whether something can be kept in each of the first `count` folders. False: *error is one sentence
 * about all in which nothing can. */
bool user_folders_usable(unsigned count, struct error *error);

#endif
