/*
 * error.c - error_set, declared in kernels/error.h. An error's text contains paths, arguments
 * and document strings, and is shown on terminals and written to files, so it must be printable.
 */
#include "../../kernels/error.h"
#include "text.h"

#include <stdarg.h>
#include <stdio.h>

bool error_set(struct error *error, enum error_kind kind, const char *format, ...)
{
    error->kind = kind;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(error->text, sizeof error->text, format, arguments);
    va_end(arguments);
    text_make_visible(error->text);
    return false;
}
