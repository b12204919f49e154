#include "checkpoint_rope.h"

#include "../base/json_words.h"

#include <string.h>

#define THETA_DEFAULT 10000
#define THETA_MOST    1e12
#define FACTOR_MOST   1e6
#define POSITION_MOST (INT64_C(1) << 31)

enum rope_type { ROPE_DEFAULT, ROPE_LLAMA3 };
static const char *const rope_types[] = {"default", "llama3", NULL};

/* The rope parameters in one object of config.json. */
struct rope {
    double theta; /* 0: not in the file */
    double factor, low, high, position_most;
};

/* Reads rope_theta. If it is missing, *theta does not change. */
static bool read_theta(const struct json *object, double *theta, struct error *error)
{
    struct json at = json_member(object, "rope_theta");
    return !at.item || json_number(&at, 1, THETA_MOST, theta, error);
}

static bool read_llama3(const struct json *object, struct rope *rope, struct error *error)
{
    struct json factor = json_member(object, "factor");
    struct json low = json_member(object, "low_freq_factor");
    struct json high = json_member(object, "high_freq_factor");
    struct json most = json_member(object, "original_max_position_embeddings");
    int64_t positions;
    if (!json_number(&factor, 1, FACTOR_MOST, &rope->factor, error) ||
        !json_number(&low, 0, FACTOR_MOST, &rope->low, error) ||
        !json_number(&high, 0, FACTOR_MOST, &rope->high, error) ||
        !json_integer(&most, 1, POSITION_MOST, &positions, error))
        return false;
    if (rope->low >= rope->high)
        return json_refuse(&high, error, "%g; expected more than low_freq_factor, which is %g",
                           rope->high, rope->low);
    rope->position_most = (double)positions;
    return true;
}

/* Reads rope_type or, as older files call it, type. The default is ROPE_DEFAULT. */
static bool read_type(const struct json *object, enum rope_type *type, struct error *error)
{
    struct json at = json_member(object, "rope_type");
    *type = ROPE_DEFAULT;
    if (!at.item)
        at = json_member(object, "type");
    return !at.item || json_word(&at, rope_types, type, error);
}

static bool check_partial(const struct json *object, struct error *error)
{
    struct json at = json_member(object, "partial_rotary_factor");
    double factor;
    return !at.item || json_number(&at, 1, 1, &factor, error);
}

/* Reads the object called `key`. If it is missing, *rope does not change. */
static bool read_object(const struct json *root, const char *key, struct rope *rope,
                        struct error *error)
{
    struct json at = json_member(root, key);
    enum rope_type type;
    if (!at.item)
        return true;
    if (!json_is_object(&at, error) || !read_type(&at, &type, error) ||
        !read_theta(&at, &rope->theta, error) || !check_partial(&at, error))
        return false;
    return type == ROPE_DEFAULT || read_llama3(&at, rope, error);
}

static bool differ(const struct rope *a, const struct rope *b)
{
    return (a->theta != 0 && b->theta != 0 && a->theta != b->theta) || a->factor != b->factor ||
           a->low != b->low || a->high != b->high || a->position_most != b->position_most;
}

bool checkpoint_read_rope(const struct json *root, struct model_config *config, struct error *error)
{
    struct json parameters = json_member(root, "rope_parameters");
    struct json scaling = json_member(root, "rope_scaling");
    struct rope older = {0}, newer = {0};
    if (!check_partial(root, error) || !read_theta(root, &older.theta, error) ||
        !read_object(root, "rope_scaling", &older, error) ||
        !read_object(root, "rope_parameters", &newer, error))
        return false;
    if (parameters.item && scaling.item && differ(&older, &newer))
        return json_refuse(&parameters, error, "contradicts rope_scaling");
    if (parameters.item && older.theta != 0 && newer.theta != 0 && older.theta != newer.theta)
        return json_refuse(&parameters, error, "its rope_theta is %g, but that of the config is %g",
                           newer.theta, older.theta);
    const struct rope *rope = parameters.item ? &newer : &older;
    const double theta = rope->theta != 0 ? rope->theta : older.theta;
    config->rope_theta = theta != 0 ? theta : THETA_DEFAULT;
    config->rope_factor = rope->factor;
    config->rope_low_factor = rope->low;
    config->rope_high_factor = rope->high;
    config->rope_position_most = rope->position_most;
    return true;
}
