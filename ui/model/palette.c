#include "palette.h"

#include "../../src/base/text.h"
#include "../terminal/layout.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The score of a typed word, by where in an entry it occurs; SCORE_SAME and SCORE_BEGINS are for
 * the whole text. */
enum {
    SCORE_SAME = 4000,
    SCORE_BEGINS = 1000,
    SCORE_WORD = 100, /* begins a word of the name */
    SCORE_PART = 40,
    SCORE_KIND = 30,
    SCORE_TITLE_WORD = 12,
    SCORE_TITLE = 6,
    SCORE_ORDERED = 11, /* only its letters occur, in order: from SCORE_LETTERS to this */
    SCORE_LETTERS = 1,
};

const char *palette_kind_name(enum palette_kind kind)
{
    static const char *const names[PALETTE_KINDS] = {
        [PALETTE_VIEW] = "view",           [PALETTE_TOPIC] = "figure",
        [PALETTE_VARIANT] = "variant",     [PALETTE_KNOB] = "knob",
        [PALETTE_DEMO] = "demo",           [PALETTE_PRESET] = "preset",
        [PALETTE_RECORDING] = "recording", [PALETTE_VALUE] = "set",
        [PALETTE_WORD] = "word",
    };
    return names[kind];
}

/* ---- entries -------------------------------------------------------------------------------- */

void palette_close(struct command_palette *palette)
{
    free(palette->entries);
    free(palette->shown);
    *palette = (struct command_palette){0};
}

static bool make_room(struct command_palette *palette)
{
    if (palette->count < palette->room)
        return true;
    const uint32_t room = palette->room ? 2 * palette->room : 64;
    struct palette_entry *entries = realloc(palette->entries, room * sizeof *entries);
    if (!entries)
        return false;
    palette->entries = entries;
    uint32_t *shown = realloc(palette->shown, room * sizeof *shown);
    if (!shown)
        return false;
    palette->shown = shown;
    palette->room = room;
    return true;
}

static bool append(struct command_palette *palette, const struct palette_entry *like,
                   const char *name, const char *title)
{
    if (!make_room(palette))
        return false;
    struct palette_entry *entry = &palette->entries[palette->count++];
    *entry = *like;
    snprintf(entry->name, sizeof entry->name, "%s", name);
    snprintf(entry->title, sizeof entry->title, "%s", title);
    return true;
}

bool palette_add(struct command_palette *palette, enum palette_kind kind, uint32_t id,
                 const char *name, const char *title)
{
    palette_forget_values(palette);
    const bool added =
        append(palette, &(struct palette_entry){.kind = kind, .id = id}, name, title);
    palette->lasting = palette->count;
    return added;
}

void palette_forget_values(struct command_palette *palette)
{
    palette->count = palette->lasting;
    palette->shown_count = 0;
}

bool palette_offer(struct command_palette *palette, uint32_t knob, int64_t value, const char *name,
                   const char *title)
{
    return append(palette,
                  &(struct palette_entry){.kind = PALETTE_VALUE, .id = knob, .value = value}, name,
                  title);
}

/* ---- matching -------------------------------------------------------------------------------- */

static bool separates(char letter)
{
    return letter == ' ' || letter == '-' || letter == '_' || letter == '/' || letter == '.';
}

/* Whether the text contains the typed word. *begins: whether it does at the start of a word. */
static bool find_word(const char *text, const char *word, bool *begins)
{
    bool found = false;
    *begins = false;
    for (const char *at = text; (at = text_find(at, word)) && *word; at++) {
        found = true;
        *begins |= at == text || separates(at[-1]);
    }
    return found;
}

static bool is_alike(char a, char b)
{
    return text_lower(a) == text_lower(b) || (separates(a) && separates(b));
}

/* Scores how well the word's letters occur in the text in this order: better if they are adjacent
 * or begin words of the text. 0: no match; at most SCORE_ORDERED. */
static int score_letters(const char *text, const char *word)
{
    /* Dynamic programming: the score of the word's first i letters if the last of them matches the
     * text's present letter (best), or any letter up to there (apart). Below 0: no match. */
    int best[PALETTE_TEXT + 1], apart[PALETTE_TEXT + 1];
    const int length = (int)strlen(word);
    if (length < 2 || length > (int)PALETTE_TEXT)
        return 0;
    for (int i = 0; i <= length; i++)
        best[i] = apart[i] = i == 0 ? 0 : INT_MIN / 2;
    for (const char *at = text; *at; at++) {
        const bool begins = at == text || separates(at[-1]);
        for (int i = length; i > 0; i--) {
            const int follows = best[i - 1] + (i > 1), jumps = apart[i - 1] + begins;
            best[i] = !is_alike(*at, word[i - 1]) ? INT_MIN / 2 : follows > jumps ? follows : jumps;
            apart[i] = best[i] > apart[i] ? best[i] : apart[i];
        }
    }
    return apart[length] < 0 ? 0 : SCORE_LETTERS + (SCORE_ORDERED - 1) * apart[length] / length;
}

static int score_word(const struct palette_entry *entry, const char *word)
{
    bool begins;
    if (find_word(entry->name, word, &begins))
        return begins ? SCORE_WORD : SCORE_PART;
    if (find_word(palette_kind_name(entry->kind), word, &begins))
        return SCORE_KIND;
    if (find_word(entry->title, word, &begins))
        return begins ? SCORE_TITLE_WORD : SCORE_TITLE;
    return score_letters(entry->name, word);
}

/* Scores a name that equals or begins with the text; '-', '_', '/', '.' and ' ' are equal. */
static int score_whole(const char *name, const char *text)
{
    for (; *text && *name; text++, name++)
        if (!is_alike(*text, *name))
            return 0;
    return *text ? 0 : *name ? SCORE_BEGINS : SCORE_SAME;
}

/* Scores how well an entry matches a text: more is better; 0: no match. Every entry matches "". */
static int score_of(const struct palette_entry *entry, const char *text)
{
    char words[PALETTE_TEXT];
    /* A glossary word scores less than another entry of the same name. */
    const bool is_word = entry->kind == PALETTE_WORD;
    int score = !*text ? 1 : is_word ? 0 : score_whole(entry->name, text);
    snprintf(words, sizeof words, "%s", text);
    for (char *letter = words; *letter; letter++)
        if (separates(*letter))
            *letter = ' ';
    char *rest = words, *word;
    if (strchr(words, ' '))
        score += score_letters(entry->name, text);
    while ((word = strsep(&rest, " "))) {
        const int own = *word ? score_word(entry, word) : 1;
        if (own == 0)
            return 0;
        score += own;
    }
    return score;
}

/* ---- the list -------------------------------------------------------------------------------- */

void palette_show(struct command_palette *palette, bool alone)
{
    palette->shown_count = palette->cursor = 0;
    for (uint32_t i = palette->lasting; i < palette->count; i++)
        palette->shown[palette->shown_count++] = i;
    const uint32_t values = palette->shown_count;
    for (uint32_t i = 0; i < palette->lasting && !alone; i++) {
        const int score = score_of(&palette->entries[i], palette->text);
        if (score == 0)
            continue;
        uint32_t at = palette->shown_count++;
        while (at > values &&
               score_of(&palette->entries[palette->shown[at - 1]], palette->text) < score) {
            palette->shown[at] = palette->shown[at - 1];
            at--;
        }
        palette->shown[at] = i;
    }
}

const struct palette_entry *palette_chosen(const struct command_palette *palette)
{
    return palette->cursor < palette->shown_count
               ? &palette->entries[palette->shown[palette->cursor]]
               : NULL;
}

int palette_first(const struct command_palette *palette, int box_rows)
{
    return layout_scroll((int)palette->cursor, (int)palette->shown_count, box_rows - 3);
}

void palette_move(struct command_palette *palette, int step)
{
    const int64_t last = (int64_t)palette->shown_count - 1;
    int64_t at = (int64_t)palette->cursor + step;
    at = at > last ? last : at;
    palette->cursor = at < 0 ? 0 : (uint32_t)at;
}
