/*
 * error.c - error_set, which kernels/error.h declares: what an error says comes from paths,
 * arguments and documents, and goes to the terminal, the explorer's screen, tables and files.
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
