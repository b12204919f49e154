#include "../../src/base/svg_page.h"

#include "unit.h"
#include "well_formed.h"

#include <locale.h>

#define LONG 200

static char *print(const char *title, const char *paragraph)
{
    struct svg_page page;
    size_t length;
    cr_assert(svg_page_open(&page, SVG_PAGE_WIDTH, title, "a remark"));
    svg_page_paragraph(&page, SVG_PAGE_EDGE, SVG_PAGE_INK, true, paragraph);
    char *text = svg_page_close(&page, &length);
    cr_assert_not_null(text);
    cr_assert_eq(strlen(text), length);
    cr_assert(is_well_formed(text), "%s", text);
    return text;
}

/* The widest line of text on the page, with every character at its maximum width. */
static double widest(const char *text)
{
    double most = 0;
    for (const char *at = text; (at = strstr(at, "<text "));) {
        char line[4 * LONG] = "";
        double size = 0;
        const char *begin = strchr(at, '>') + 1, *end = strstr(begin, "</text>");
        cr_assert_eq(sscanf(at, "<text x=\"%*f\" y=\"%*f\" font-size=\"%lf\"", &size), 1);
        snprintf(line, sizeof line, "%.*s", (int)(end - begin), begin);
        const double width = svg_page_text_width(line) * size / SVG_PAGE_TEXT;
        most = width > most ? width : most;
        at = end;
    }
    return most;
}

/* One word of 200 characters is broken if necessary, without loss. */
Test(svg_page, long_names_stay_on_the_page)
{
    static const char *const letters[] = {"M", "i", "_", "\xc3\xa4", "\xe6\xbc\xa2"};
    setlocale(LC_ALL, "C.UTF-8");
    for (size_t i = 0; i < sizeof letters / sizeof *letters; i++) {
        char name[3 * LONG + 1] = "";
        size_t found = 0;
        for (int j = 0; j < LONG; j++)
            strcat(name, letters[i]);
        char *text = print(name, name);
        cr_assert_leq(widest(text), SVG_PAGE_WIDTH - 2 * SVG_PAGE_EDGE, "%s", letters[i]);
        for (const char *at = strstr(text, "<text"); (at = strstr(at, letters[i])); at++)
            found++;
        cr_assert_geq(found, 2u * LONG);
        free(text);
    }
}

Test(svg_page, hostile_input_is_text)
{
    char *text = print("<script>&\"\001", "]]> & <b>");
    cr_assert_null(strstr(text, "<script>"));
    assert_contains(text, "&lt;script&gt;&amp;\"?");
    free(text);
}

/* The page is used on slides of any colour. */
Test(svg_page, a_page_has_its_own_background)
{
    char *text = print("title", "text");
    assert_contains(text, "fill=\"#ffffff\"/>");
    free(text);
}

Test(svg_page, a_number_keeps_its_unit)
{
    char words[4 * LONG] = "";
    for (int i = 0; i < 60; i++)
        strcat(words, i % 2 ? "90 %, " : "1.2 us ");
    char *text = print("title", words);
    cr_assert_null(strstr(text, ">%"));
    cr_assert_null(strstr(text, ">us"));
    free(text);
}
