#include "operation_signs.h"

#include "../../src/base/text.h"

#include <string.h>

uint32_t operation_sign_index(const struct operation_signs *signs, const char *name)
{
    uint32_t i = 0;
    while (i < signs->count && strcmp(signs->of[i].name, name) != 0)
        i++;
    return i;
}

const char *operation_sign(const struct operation_signs *signs, const char *name)
{
    const uint32_t i = operation_sign_index(signs, name);
    return i < signs->count ? signs->of[i].letter : "";
}

static bool is_free(const struct operation_signs *signs, char letter)
{
    for (uint32_t i = 0; i < signs->count; i++)
        if (signs->of[i].letter[0] == letter)
            return false;
    return true;
}

static char choose(const struct operation_signs *signs, const char *name)
{
    static const char all[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    for (const char *at = name; *at; at++)
        if (text_is_letter(*at) && is_free(signs, text_upper(*at)))
            return text_upper(*at);
    const char *at = all;
    while (!is_free(signs, *at))
        at++;
    return *at;
}

void operation_signs_add(struct operation_signs *signs, const struct operation_table *table)
{
    for (uint32_t i = 0; i < table->count && signs->count < OPERATIONS_KINDS; i++) {
        const char *name = table->list[i].name;
        if (*operation_sign(signs, name))
            continue;
        const char letter = choose(signs, name);
        memcpy(signs->of[signs->count].name, name, OPERATION_NAME);
        signs->of[signs->count].letter[0] = letter;
        signs->of[signs->count++].letter[1] = '\0';
    }
}
