/*
 * device_name.c - shortens a device's name to a width. Until the name fits, drops filler such as
 * "(R)" and "CPU", then words from the end, then the vendor. The model's first word goes last. If
 * that word alone is too long, cuts it.
 */
#include "screen.h"

#include "../../src/base/words.h"

#include <stdio.h>
#include <string.h>

#define NAME_ROOM 96

static const char *const noise[] = {"(R)", "(TM)", "(r)", "(tm)", " Processor", " CPU", NULL};
static const char *const vendors[] = {"NVIDIA", "AMD", "Intel", NULL};

static void remove_noise(char *name)
{
    for (size_t i = 0; noise[i]; i++) {
        char *found;
        while ((found = strstr(name, noise[i])))
            memmove(found, found + strlen(noise[i]), strlen(found + strlen(noise[i])) + 1);
    }
}

/* The name without its vendor, if that is the first word: "H200" still names the device. */
static const char *without_vendor(const char *name)
{
    char word[NAME_ROOM];
    const char *blank = strchr(name, ' ');
    snprintf(word, sizeof word, "%.*s", blank ? (int)(blank - name) : 0, name);
    return blank && words_find(vendors, word) >= 0 ? blank + 1 : name;
}

int screen_device_least(const char *name)
{
    char text[NAME_ROOM];
    snprintf(text, sizeof text, "%.90s", name);
    remove_noise(text);
    const char *model = without_vendor(text);
    const char *blank = strchr(model, ' ');
    return blank ? (int)(blank - model) : draw_columns(model);
}

void screen_device(const char *name, int columns, const char *sign, char *text, size_t size)
{
    char shorter[NAME_ROOM];
    snprintf(text, size, "%s", name);
    if (draw_columns(text) <= columns)
        return;
    snprintf(shorter, sizeof shorter, "%.90s", name);
    remove_noise(shorter);
    const char *model = without_vendor(shorter);
    const size_t vendor = (size_t)(model - shorter);
    for (;;) {
        snprintf(text, size, "%s", shorter);
        if (draw_columns(text) <= columns)
            return;
        char *blank = strrchr(shorter, ' ');
        if (!blank || blank < shorter + vendor)
            break;
        *blank = '\0';
    }
    names_shorten_one(text, size, model, columns, sign);
}
