#include "fold.h"

#include <stdbool.h>
#include <string.h>

void fold_print(FILE *out, int at, int indent, const char *text)
{
    if (at > 0 && at >= indent) {
        fputc('\n', out);
        at = 0;
    }
    int column = fprintf(out, "%*s", indent - at, "") + at;
    bool first = true;
    while (*text) {
        int word = (int)strcspn(text, " ");
        if (!first && column + 1 + word > FOLD_LINE_END) {
            column = fprintf(out, "\n%*s", indent, "") - 1;
            first = true;
        }
        column += fprintf(out, "%s%.*s", first ? "" : " ", word, text);
        first = false;
        text += word;
        text += strspn(text, " ");
    }
    fputc('\n', out);
}
