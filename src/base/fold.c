#include "fold.h"

#include "text.h"

#include <stdbool.h>
#include <string.h>

/* Prints `length` bytes made safe for a terminal. Returns how many it printed. */
static int print_word(FILE *out, const char *word, size_t length)
{
    const char *end = word + length;
    int printed = 0;
    while (word < end) {
        size_t visible = text_visible_length(word);
        printed += visible > 0 ? (int)fwrite(word, 1, visible, out) : fputc('?', out) == '?';
        word += text_length(word);
    }
    return printed;
}

void fold_print(FILE *out, int at, int indent, const char *text)
{
    if (at > 0 && at >= indent) {
        fputc('\n', out);
        at = 0;
    }
    int column = fprintf(out, "%*s", indent - at, "") + at;
    bool first = true;
    while (*text) {
        size_t word = strcspn(text, " ");
        if (!first && column + 1 + (int)word > FOLD_LINE_END) {
            column = fprintf(out, "\n%*s", indent, "") - 1;
            first = true;
        }
        column += fprintf(out, "%s", first ? "" : " ") + print_word(out, text, word);
        first = false;
        text += word;
        text += strspn(text, " ");
    }
    fputc('\n', out);
}
