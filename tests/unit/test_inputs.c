#include "../../kernels/inputs.h"
#include "unit.h"

#include <math.h>

/* Known answers published by the authors of Philox, for philox4x32 with 10 rounds. */
Test(inputs, philox_known_answers)
{
    static const struct {
        uint32_t counter[4], key[2], answer[4];
    } known[] = {
        {{0, 0, 0, 0}, {0, 0}, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
        {{0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff},
         {0xffffffff, 0xffffffff},
         {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
        {{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
         {0xa4093822, 0x299f31d0},
         {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
    };
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        uint32_t words[4];
        for (int j = 0; j < 4; j++)
            words[j] = known[i].counter[j];
        philox4x32_10(words, known[i].key[0], known[i].key[1]);
        for (int j = 0; j < 4; j++)
            cr_assert_eq(words[j], known[i].answer[j], "vector %zu, word %d: %08x", i, j, words[j]);
    }
}

/* The first words of the zero vector, converted to values by hand. */
Test(inputs, values_are_signed_24_bit_fractions)
{
    cr_assert_eq(input_element(0, INPUT_Q, 0, 0, 0), 0x6627e8 / 8388608.0f);
    cr_assert_eq(input_element(0, INPUT_Q, 0, 0, 1), (0xe169c5 - 0x1000000) / 8388608.0f);
    cr_assert_eq(input_element(0, INPUT_Q, 0, 0, 2), (0xbc57ac - 0x1000000) / 8388608.0f);
    cr_assert_eq(input_element(0, INPUT_Q, 0, 0, 3), (0x9b00db - 0x1000000) / 8388608.0f);
}

Test(inputs, a_row_is_its_elements)
{
    float row[HEAD_DIM_MOST];
    for (uint32_t head_dim = 32; head_dim <= HEAD_DIM_MOST; head_dim += 32) {
        input_row(42, INPUT_V, 7, 11, head_dim, row);
        for (uint32_t d = 0; d < head_dim; d++)
            cr_assert_eq(row[d], input_element(42, INPUT_V, 7, 11, d));
    }
}

/* Mean and variance of a million values are those of a uniform variable (0 and 1/3, within five
 * standard errors); all values are on the grid and in range. */
Test(inputs, values_are_uniform)
{
    const int rows = 4096;
    float row[HEAD_DIM_MOST];
    double sum = 0, squares = 0, count = (double)rows * HEAD_DIM_MOST;
    for (int t = 0; t < rows; t++) {
        input_row(1, INPUT_K, 3, (uint32_t)t, HEAD_DIM_MOST, row);
        for (int d = 0; d < HEAD_DIM_MOST; d++) {
            cr_assert(row[d] >= -1 && row[d] < 1);
            cr_assert_eq(row[d] * 8388608.0f, floorf(row[d] * 8388608.0f));
            sum += row[d];
            squares += (double)row[d] * row[d];
        }
    }
    cr_assert_lt(fabs(sum / count), 5 * sqrt(1.0 / 3 / count));
    cr_assert_lt(fabs(squares / count - 1.0 / 3), 5 * sqrt(4.0 / 45 / count));
}

/* Every coordinate and both halves of the key change the value. */
Test(inputs, every_coordinate_counts)
{
    const float value = input_element(42, INPUT_Q, 1, 2, 3);
    cr_assert_neq(value, input_element(43, INPUT_Q, 1, 2, 3));
    cr_assert_neq(value, input_element(42 + (UINT64_C(1) << 32), INPUT_Q, 1, 2, 3));
    cr_assert_neq(value, input_element(42, INPUT_K, 1, 2, 3));
    cr_assert_neq(value, input_element(42, INPUT_Q, 2, 2, 3));
    cr_assert_neq(value, input_element(42, INPUT_Q, 1, 3, 3));
    cr_assert_neq(value, input_element(42, INPUT_Q, 1, 2, 7));
}
