#include "../../src/base/cluster.h"
#include "random.h"
#include "texts.h"

TestSuite(cluster, .init = use_utf8);

static const struct {
    const char *text;
    int columns;
    const wchar_t *printed;
} clusters[] = {
    {"a", 1, L"a"},
    {" ", 1, L" "},
    {"é", 1, L"é"},
    {"…", 1, L"…"},
    {"中", 2, L"中"},
    {"e\u0301", 1, L"e\u0301"},
    {"n\u0303\u0323", 1, L"n\u0303\u0323"},
    {" \u0308", 1, L" \u0308"},
    {"中\u0301", 2, L"中\u0301"},
    {"か\u3099", 2, L"か\u3099"},
    {"\u0e17\u0e35\u0e48", 1, L"\u0e17\u0e35\u0e48"}, /* Thai: a vowel and a tone */
    {"\u0928\u093f", 2, L"\u0928\u093f"},             /* Devanagari: a mark with a width */
    {"\u05d0\u05b7", 1, L"\u05d0\u05b7"},             /* Hebrew */
    {"1\ufe0f\u20e3", 1, L"1\u20e3"},                 /* a keycap */
    {"\u2764\ufe0f", 1, L"\u2764"},                   /* a heart, as a picture */
    {"\u2764\ufe0e", 1, L"\u2764"},                   /* and as text */
    {"\U0001F44B\U0001F3FD", 2, L"\U0001F44B"},       /* a skin tone */
    {"\U0001F469\u200d\U0001F4BB", 4, L"\U0001F469\U0001F4BB"},
    {"\U0001F468\u200d\U0001F469\u200d\U0001F467\u200d\U0001F466", 8,
     L"\U0001F468\U0001F469\U0001F467\U0001F466"},
    {"\U0001F3F3\ufe0f\u200d\U0001F308", 3, L"\U0001F3F3\U0001F308"},
    {"\U0001F469\U0001F3FD\u200d\U0001F680", 4, L"\U0001F469\U0001F680"},
    {"\U0001F1E9\U0001F1EA", 2, L"\U0001F1E9\U0001F1EA"}, /* a flag */
    {"\U0001F3F4\U000E0067\U000E0062\U000E007F", 2, L"\U0001F3F4"},
    {"\u1112\u1161\u11ab", 2, L"\u1112\u1161\u11ab"}, /* a syllable of three jamo */
    {"\uac00\u11a8", 2, L"\uac00\u11a8"},             /* a syllable and its final jamo */
    {"?", 1, L"?"},
};
#define CLUSTERS (sizeof clusters / sizeof *clusters)

Test(cluster, user_perceived_characters)
{
    for (size_t i = 0; i < CLUSTERS; i++) {
        struct cluster cluster;
        cluster_read(clusters[i].text, &cluster);
        cr_assert_eq(cluster.bytes, strlen(clusters[i].text), "%zu: %zu bytes of %s", i,
                     cluster.bytes, clusters[i].text);
        cr_assert_eq(cluster.columns, clusters[i].columns, "%zu: %d columns", i, cluster.columns);
        cr_assert_eq(cluster.count, wcslen(clusters[i].printed), "%zu", i);
        cr_assert_eq(wmemcmp(cluster.characters, clusters[i].printed, cluster.count), 0, "%zu", i);
    }
}

Test(cluster, flags_come_in_pairs)
{
    struct cluster cluster;
    const char *text = "\U0001F1E9\U0001F1EA\U0001F1EB\U0001F1F7\U0001F1E6x";
    for (size_t bytes = 8; *text; text += cluster.bytes) {
        cluster_read(text, &cluster);
        cr_assert_eq(cluster.bytes, bytes);
        bytes = strlen(text) == 13 ? 4 : strlen(text) == 5 ? 1 : 8;
    }
}

/* Each of these characters becomes a '?'. */
Test(cluster, unprintable_characters)
{
    static const char *const broken[] = {"\x1b",     "\x7f",   "\xff",   "\xc3",
                                         "\xe2\x82", "\xc0",   "\u0301", "\u200d",
                                         "\ufeff",   "\u200b", "\t",     "\U0010ffff"};
    for (size_t i = 0; i < sizeof broken / sizeof *broken; i++) {
        struct cluster cluster;
        cluster_read(broken[i], &cluster);
        cr_assert(cluster.bytes > 0 && cluster.bytes <= strlen(broken[i]), "%zu", i);
        cr_assert_eq(cluster.columns, 1, "%zu", i);
        cr_assert(cluster.count == 1 && cluster.characters[0] == L'?', "%zu", i);
    }
    struct cluster end;
    cluster_read("", &end);
    cr_assert(end.bytes == 0 && end.columns == 0 && end.count == 0);
}

Test(cluster, hundreds_of_marks_are_bounded)
{
    char text[4096] = "a";
    struct cluster cluster;
    for (int i = 0; i < 1000; i++)
        strcat(text, "\u0301");
    cluster_read(text, &cluster);
    cr_assert_lt(cluster.bytes, 200);
    cr_assert_eq(cluster.columns, 1);
}

/* A cut tears no cluster and uses no more columns than there are, whatever the neighbours. A '|'
 * keeps neighbours from joining. */
Test(cluster, cut_text_ends_between_clusters)
{
    uint64_t state = 3;
    for (int round = 0; round < 2000; round++) {
        char text[2048] = "", copy[256];
        bool boundary[2048] = {true};
        int columns = 0;
        for (int i = 0; i < 12; i++) {
            const size_t pick = random_below(&state, CLUSTERS);
            strcat(text, clusters[pick].text);
            boundary[strlen(text)] = true;
            strcat(text, "|");
            boundary[strlen(text)] = true;
            columns += clusters[pick].columns + 1;
        }
        cr_assert_eq(cluster_columns(text), columns, "%s", text);
        for (int room = 0; room <= columns + 1; room++) {
            const size_t bytes = cluster_fit(text, room);
            char head[2048];
            snprintf(head, sizeof head, "%.*s", (int)bytes, text);
            cr_assert(boundary[bytes], "%s in %d columns ends in %s", text, room, head);
            cr_assert_leq(cluster_columns(head), room);
        }
        for (size_t size = 1; size < sizeof copy; size++) {
            cluster_copy(copy, size, text);
            cr_assert_lt(strlen(copy), size);
            cr_assert(boundary[strlen(copy)], "%s in %zu bytes is %s", text, size, copy);
            cr_assert_eq(strncmp(copy, text, strlen(copy)), 0);
        }
    }
}

Test(cluster, any_bytes_terminate)
{
    uint64_t state = 5;
    for (int round = 0; round < 20000; round++) {
        char text[64];
        for (size_t i = 0; i < sizeof text - 1; i++)
            text[i] = (char)random_below(&state, 256);
        text[sizeof text - 1] = '\0';
        struct cluster cluster;
        for (const char *at = text; *at; at += cluster.bytes) {
            cluster_read(at, &cluster);
            cr_assert(cluster.bytes > 0 && cluster.bytes <= strlen(at));
            cr_assert(cluster.count > 0 && cluster.count <= CLUSTER_CHARACTERS);
            cr_assert_gt(cluster.columns, 0);
        }
    }
}
