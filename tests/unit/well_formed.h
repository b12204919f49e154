/*
 * well_formed.h - checks that a picture is well-formed XML.
 */
#pragma once

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* Checks the part of XML that a plot may use: every element closed in its order, attributes in
 * quotes, no bare '<' or '&'. */
static inline bool is_well_formed(const char *text)
{
    char open[32][32];
    size_t depth = 0;
    const char *at = strstr(text, "?>");
    for (at = at ? at + 2 : text; *at; at++) {
        if (*at == '&' && strncmp(at, "&amp;", 5) != 0 && strncmp(at, "&lt;", 4) != 0 &&
            strncmp(at, "&gt;", 4) != 0)
            return false;
        if (*at != '<')
            continue;
        bool closing = at[1] == '/';
        const char *name = at + 1 + closing;
        size_t length = strcspn(name, " />");
        bool quoted = false;
        for (at = name + length; *at && (quoted || *at != '>'); at++) {
            quoted ^= *at == '"';
            if (*at == '<' || *at == '&')
                return false;
        }
        if (!*at || length == 0 || length >= sizeof *open)
            return false;
        if (closing) {
            if (depth == 0 || strlen(open[depth - 1]) != length ||
                strncmp(open[--depth], name, length) != 0)
                return false;
        } else if (at[-1] != '/') {
            if (depth == sizeof open / sizeof *open)
                return false;
            snprintf(open[depth++], sizeof *open, "%.*s", (int)length, name);
        }
    }
    return depth == 0;
}
