#include "user_setup.h"

#include "../base/files.h"
#include "../base/json_words.h"
#include "../base/json_writer.h"
#include "../base/text.h"
#include "../base/user_folder.h"
#include "../engine/targets.h"
#include "option_table.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MOST_BYTES (64u << 10)
#define MOST_ASIDE 99 /* most unreadable files that are kept */

void user_setup_reset(struct user_setup *setup)
{
    *setup = (struct user_setup){.theme = THEME_DEFAULT, .fps = USER_SETUP_FPS, .mouse = true};
}

void user_setup_override(struct user_setup *setup, const struct options *options)
{
    if (options->has_theme)
        setup->theme = options->theme;
    if (options->fps > 0)
        setup->fps = (int)options->fps;
    setup->ascii |= options->ascii;
    setup->plain |= options->plain;
    setup->mouse &= !options->no_mouse;
}

/* ---- writing -------------------------------------------------------------------------------- */

char *user_setup_print(const struct user_setup *setup, size_t *length)
{
    struct json_writer writer = {0};
    json_open(&writer, NULL, '{');
    json_write_string(&writer, "schema", USER_SETUP_SCHEMA);
    json_line(&writer, 1);
    json_write_string(&writer, "theme", theme_words[setup->theme]);
    json_write_integer(&writer, "fps", setup->fps);
    json_write_boolean(&writer, "mouse", setup->mouse);
    json_write_boolean(&writer, "ascii", setup->ascii);
    json_write_boolean(&writer, "plain", setup->plain);
    json_write_string_or_null(&writer, "device", setup->device);
    json_open_line(&writer, 1, "keys", '{');
    for (unsigned i = 0; i < setup->key_count; i++) {
        json_open_line(&writer, 2, setup->keys[i].action, '[');
        for (unsigned press = 0; press < setup->keys[i].count; press++)
            json_write_string(&writer, NULL, setup->keys[i].presses[press]);
        json_close(&writer, ']');
    }
    json_close(&writer, '}');
    json_close(&writer, '}');
    return json_writer_finish(&writer, length);
}

/* ---- reading -------------------------------------------------------------------------------- */

static bool read_fps(const struct json *at, int *fps, struct error *error)
{
    int64_t value;
    if (!json_integer(at, 1, OPTION_FPS_MOST, &value, error))
        return false;
    *fps = (int)value;
    return true;
}

/* Reads a device. Accepts a device whose backend this build lacks, because another build may have
 * it. */
static bool read_device(const struct json *at, char *device, size_t size, struct error *error)
{
    enum backend backend;
    int index;
    struct error why = {0};
    if (!json_string(at, device, size, error))
        return false;
    return device_parse(device, &backend, &index, &why) || why.kind == ERROR_UNSUPPORTED ||
           json_refuse(at, error, "%s", why.text);
}

static bool read_key(const struct json *at, struct user_setup_key *key, struct error *error)
{
    if (strlen(at->key) >= sizeof key->action)
        return json_refuse(at, error, "unknown action: the name is too long");
    snprintf(key->action, sizeof key->action, "%s", at->key);
    if (!json_is_list_of(at, "keys", 1, USER_SETUP_PRESSES, error))
        return false;
    for (struct json press = json_first(at); press.item; press = json_next(&press))
        if (!json_string(&press, key->presses[key->count++], sizeof *key->presses, error))
            return false;
    return true;
}

static bool read_keys(const struct json *keys, struct user_setup *setup, struct error *error)
{
    if (!json_is_object(keys, error))
        return false;
    for (struct json at = json_first(keys); at.item; at = json_next(&at)) {
        if (setup->key_count == USER_SETUP_ACTIONS)
            return json_refuse(keys, error, "more than %u actions", USER_SETUP_ACTIONS);
        if (!read_key(&at, &setup->keys[setup->key_count++], error))
            return false;
    }
    return true;
}

static bool read_setting(const struct json *at, struct user_setup *setup, struct error *error)
{
    static const char *const names[] = {"theme", "fps",    "mouse", "ascii",
                                        "plain", "device", "keys",  NULL};
    if (strcmp(at->key, "schema") == 0)
        return true;
    if (strcmp(at->key, "theme") == 0)
        return json_word(at, theme_words, &setup->theme, error);
    if (strcmp(at->key, "fps") == 0)
        return read_fps(at, &setup->fps, error);
    if (strcmp(at->key, "mouse") == 0)
        return json_boolean(at, &setup->mouse, error);
    if (strcmp(at->key, "ascii") == 0)
        return json_boolean(at, &setup->ascii, error);
    if (strcmp(at->key, "plain") == 0)
        return json_boolean(at, &setup->plain, error);
    if (strcmp(at->key, "device") == 0)
        return cJSON_IsNull(at->item) ||
               read_device(at, setup->device, sizeof setup->device, error);
    if (strcmp(at->key, "keys") == 0)
        return read_keys(at, setup, error);
    return json_refuse_unknown_key(at, "setting", text_nearest(at->key, names), error);
}

static bool read_setup(const struct json *root, struct user_setup *setup, struct error *error)
{
    if (json_schema(root, (const char *const[]){USER_SETUP_SCHEMA, NULL}, error) < 0)
        return false;
    for (struct json at = json_first(root); at.item; at = json_next(&at))
        if (!read_setting(&at, setup, error))
            return false;
    return true;
}

bool user_setup_parse(const char *text, size_t length, const char *name, struct user_setup *setup,
                      struct error *error)
{
    user_setup_reset(setup);
    struct json root;
    bool read = json_parse(text, length, name, &root, error) && read_setup(&root, setup, error);
    json_free(&root);
    if (!read)
        user_setup_reset(setup);
    return read;
}

/* ---- the file ------------------------------------------------------------------------------- */

bool user_setup_path(char path[PATH_MAX], struct error *error)
{
    return user_path(USER_CONFIG, "setup.json", path, PATH_MAX, error);
}

/* Reads the file. Returns true also if there is none; *setup is then all defaults. */
static bool read_file(const char *path, struct user_setup *setup, struct error *error)
{
    char *text = NULL;
    size_t length;
    user_setup_reset(setup);
    if (access(path, F_OK) != 0 && errno == ENOENT)
        return true;
    bool read = file_read(path, MOST_BYTES, &text, &length, error) &&
                user_setup_parse(text, length, path, setup, error);
    free(text);
    return read;
}

bool user_setup_read(struct user_setup *setup, struct error *error)
{
    char path[PATH_MAX];
    struct error nowhere;
    user_setup_reset(setup);
    return !user_setup_path(path, &nowhere) || read_file(path, setup, error);
}

/* Renames the file to an unused name, which `kept` gets. */
static bool move_aside(const char *path, char kept[PATH_MAX], struct error *error)
{
    for (int i = 1; i <= MOST_ASIDE; i++) {
        if (snprintf(kept, PATH_MAX, "%s.broken-%d", path, i) >= PATH_MAX)
            break;
        if (access(kept, F_OK) == 0)
            continue;
        if (rename(path, kept) == 0)
            return true;
        return error_set(error, ERROR_RUN, "cannot save the old set-up as %s: %s", kept,
                         strerror(errno));
    }
    return error_set(error, ERROR_RUN, "there are too many old set-ups beside %s", path);
}

bool user_setup_write(const struct user_setup *setup, bool aside, char kept[PATH_MAX],
                      struct error *error)
{
    char path[PATH_MAX];
    size_t length;
    kept[0] = '\0';
    if (!user_setup_path(path, error))
        return false;
    struct user_setup *old = malloc(sizeof *old);
    char *text = user_setup_print(setup, &length);
    bool written = old && text;
    if (!written)
        error_set(error, ERROR_RUN, "no memory for the set-up");
    else if ((aside && access(path, F_OK) == 0) || !read_file(path, old, error))
        written = move_aside(path, kept, error);
    written = written && file_write(path, text, length, error);
    free(text);
    free(old);
    return written;
}
