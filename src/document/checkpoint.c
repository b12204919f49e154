#include "checkpoint.h"

#include "../base/files.h"
#include "../base/path.h"
#include "../base/text.h"
#include "../base/words.h"
#include "checkpoint_config.h"
#include "checkpoint_files.h"
#include "checkpoint_hash.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

/* ---- names ----------------------------------------------------------------------------------- */

/* The names of tensors in a file. A layer's tensors also have the prefix "model.layers.N.". */
static const char *const names[MODEL_TENSORS] = {
    [MODEL_EMBEDDING] = "model.embed_tokens.weight",
    [MODEL_HEAD] = "lm_head.weight",
    [MODEL_FINAL_NORM] = "model.norm.weight",
    [MODEL_ATTENTION_NORM] = "input_layernorm.weight",
    [MODEL_WQ] = "self_attn.q_proj.weight",
    [MODEL_WK] = "self_attn.k_proj.weight",
    [MODEL_WV] = "self_attn.v_proj.weight",
    [MODEL_Q_NORM] = "self_attn.q_norm.weight",
    [MODEL_K_NORM] = "self_attn.k_norm.weight",
    [MODEL_WO] = "self_attn.o_proj.weight",
    [MODEL_MLP_NORM] = "post_attention_layernorm.weight",
    [MODEL_WGATE] = "mlp.gate_proj.weight",
    [MODEL_WUP] = "mlp.up_proj.weight",
    [MODEL_WDOWN] = "mlp.down_proj.weight",
};

static bool is_per_layer(enum model_tensor tensor)
{
    return tensor >= MODEL_ATTENTION_NORM;
}

/* Writes the name of a tensor in a file, such as "model.layers.3.mlp.up_proj.weight". */
static const char *tensor_name(enum model_tensor tensor, uint32_t layer,
                               char name[CHECKPOINT_TENSOR_ROOM])
{
    if (is_per_layer(tensor))
        snprintf(name, CHECKPOINT_TENSOR_ROOM, "model.layers.%u.%s", layer, names[tensor]);
    else
        snprintf(name, CHECKPOINT_TENSOR_ROOM, "%s", names[tensor]);
    return name;
}

/* Sets the model's name to the last part of the folder's real path. A long name is cut, but never
 * within a character. */
static void name_model(struct model_checkpoint *model, const char *folder)
{
    char *real = realpath(folder, NULL), *name = model->name;
    const char *from = real ? real : folder, *slash = strrchr(from, '/');
    from = slash && slash[1] ? slash + 1 : from;
    size_t used = 0, length;
    for (; *from && used + (length = text_length(from)) < MODEL_NAME_ROOM; from += length) {
        memcpy(name + used, from, length);
        used += length;
    }
    name[used] = '\0';
    text_make_visible(name);
    free(real);
}

/* ---- tensors --------------------------------------------------------------------------------- */

struct opening {
    struct checkpoint *checkpoint;
    const char *folder;
    struct error *error;
};

/* Writes "FOLDER/FILE" for a message. */
static const char *show_file(const struct opening *opening, const struct checkpoint_file *file,
                             char shown[CHECKPOINT_SHOWN])
{
    char path[PATH_MAX];
    if (!checkpoint_path(opening->folder, file->name, path, &(struct error){0}))
        snprintf(path, sizeof path, "%s", file->name);
    text_visible(shown, CHECKPOINT_SHOWN, path);
    return shown;
}

/* Finds a tensor and the file that contains it. Returns NULL and sets *error if no file, or more
 * than one, has the tensor. */
static const struct checkpoint_file *find_tensor(const struct opening *opening, const char *name,
                                                 const struct safetensor **found)
{
    const struct checkpoint *checkpoint = opening->checkpoint;
    const struct checkpoint_file *holder = NULL;
    char shown[CHECKPOINT_SHOWN];
    for (size_t i = 0; i < checkpoint->count; i++) {
        const struct checkpoint_file *file = &checkpoint->files[i];
        const struct safetensor *tensor = safetensors_find(&file->tensors, name);
        if (tensor && holder) {
            error_set(opening->error, ERROR_INPUT, "%s: the tensor %s is also in %s",
                      show_file(opening, file, shown), name, holder->name);
            return NULL;
        }
        if (tensor) {
            holder = file;
            *found = tensor;
        }
    }
    if (!holder)
        error_set(opening->error, ERROR_INPUT,
                  "%s: the tensor %s is missing, but " CHECKPOINT_CONFIG " requires it%s",
                  text_visible(shown, sizeof shown, opening->folder), name,
                  strcmp(name, names[MODEL_HEAD]) == 0
                      ? ", because tie_word_embeddings is false or missing"
                      : "");
    return holder;
}

static bool read_element(const char *type, enum model_element *element)
{
    static const char *const types[] = {"BF16", "F16", "F32", NULL}; /* in the enum's order */
    const int found = words_find(types, type);
    *element = (enum model_element)found;
    return found >= 0;
}

/* Whether a tensor has the size that the config requires: norms have one dimension, matrices
 * two. */
static bool has_size(const struct safetensor *tensor, enum model_tensor kind,
                     struct model_size size)
{
    if (model_is_norm(kind))
        return tensor->axes == 1 && tensor->shape[0] == size.columns;
    return tensor->axes == 2 && tensor->shape[0] == size.rows && tensor->shape[1] == size.columns;
}

static bool take_tensor(const struct opening *opening, enum model_tensor kind, uint32_t layer)
{
    struct model_checkpoint *model = &opening->checkpoint->model;
    const struct model_size size = model_size_of(&model->config, kind);
    struct model_stored *stored = &model->stored[layer * MODEL_TENSORS + kind];
    char name[CHECKPOINT_TENSOR_ROOM], shown[CHECKPOINT_SHOWN], shape[96], accepted[48], type[24];
    const struct safetensor *tensor = NULL;
    if (size.rows == 0)
        return true;
    tensor_name(kind, layer, name);
    const struct checkpoint_file *file = find_tensor(opening, name, &tensor);
    if (!file)
        return false;
    if (!read_element(tensor->type, &stored->element))
        return error_set(
            opening->error, ERROR_INPUT,
            "%s: the tensor %s has elements of %s; only BF16, F16 and F32 are accepted",
            show_file(opening, file, shown), name, text_quote(type, sizeof type, tensor->type));
    if (!has_size(tensor, kind, size)) {
        if (model_is_norm(kind))
            snprintf(accepted, sizeof accepted, "[%u]", size.columns);
        else
            snprintf(accepted, sizeof accepted, "[%u, %u]", size.rows, size.columns);
        safetensors_shape_text(tensor, shape, sizeof shape);
        return error_set(opening->error, ERROR_INPUT,
                         "%s: the tensor %s has the shape %s; " CHECKPOINT_CONFIG " requires %s",
                         show_file(opening, file, shown), name, shape, accepted);
    }
    stored->bytes = file->bytes + tensor->begin;
    return true;
}

/* Refuses files with biases: the decoder computes none, so its results would be wrong. */
static bool refuse_biases(const struct opening *opening)
{
    const struct checkpoint *checkpoint = opening->checkpoint;
    char shown[CHECKPOINT_SHOWN], name[96];
    for (size_t i = 0; i < checkpoint->count; i++) {
        const struct safetensors *tensors = &checkpoint->files[i].tensors;
        for (size_t k = 0; k < tensors->count; k++) {
            const size_t length = strlen(tensors->list[k].name);
            if (length >= 5 && strcmp(tensors->list[k].name + length - 5, ".bias") == 0)
                return error_set(
                    opening->error, ERROR_INPUT,
                    "%s contains the bias tensor %s; only models without biases are accepted",
                    show_file(opening, &checkpoint->files[i], shown),
                    text_quote(name, sizeof name, tensors->list[k].name));
        }
    }
    return true;
}

static bool take_tensors(const struct opening *opening)
{
    struct model_checkpoint *model = &opening->checkpoint->model;
    const uint32_t layers = model->config.layers;
    model->stored = calloc((size_t)layers * MODEL_TENSORS, sizeof *model->stored);
    if (!model->stored)
        return error_set(opening->error, ERROR_RUN, "no memory for the tensors of a checkpoint");
    for (uint32_t layer = 0; layer < layers; layer++)
        for (enum model_tensor kind = 0; kind < MODEL_TENSORS; kind++)
            if ((layer == 0 || is_per_layer(kind)) && !take_tensor(opening, kind, layer))
                return false;
    return refuse_biases(opening);
}

/* ---- opening --------------------------------------------------------------------------------- */

static bool check_folder(const char *folder, struct error *error)
{
    struct stat status;
    char shown[CHECKPOINT_SHOWN];
    if (stat(folder, &status) != 0)
        return path_fail(error, ERROR_INPUT, "cannot open the model", folder);
    if (!S_ISDIR(status.st_mode))
        return error_set(error, ERROR_INPUT,
                         "%s is not a folder; a model is a folder with " CHECKPOINT_CONFIG
                         " and " CHECKPOINT_SINGLE,
                         text_visible(shown, sizeof shown, folder));
    return true;
}

static bool read_config(const char *folder, struct model_config *config, struct error *error)
{
    char path[PATH_MAX], shown[CHECKPOINT_SHOWN], *text = NULL;
    size_t length;
    const bool read = checkpoint_path(folder, CHECKPOINT_CONFIG, path, error) &&
                      file_read(path, CHECKPOINT_CONFIG_MOST, &text, &length, error) &&
                      checkpoint_parse_config(text, length, text_visible(shown, sizeof shown, path),
                                              config, error);
    free(text);
    return read;
}

/* Starts reading all files into the page cache, because every tensor is needed soon. */
static void read_ahead(const struct checkpoint *checkpoint)
{
    for (size_t i = 0; i < checkpoint->count; i++)
        madvise((void *)(uintptr_t)checkpoint->files[i].bytes, checkpoint->files[i].length,
                MADV_WILLNEED);
}

static bool open_all(const struct opening *opening)
{
    struct checkpoint *checkpoint = opening->checkpoint;
    if (!check_folder(opening->folder, opening->error) ||
        !read_config(opening->folder, &checkpoint->model.config, opening->error) ||
        !checkpoint_map_files(checkpoint, opening->folder, opening->error) ||
        !take_tensors(opening))
        return false;
    read_ahead(checkpoint);
    name_model(&checkpoint->model, opening->folder);
    checkpoint->model.folder = opening->folder;
    return checkpoint_hash(&checkpoint->model, opening->error);
}

struct checkpoint *checkpoint_open(const char *folder, struct error *error)
{
    struct checkpoint *checkpoint = calloc(1, sizeof *checkpoint);
    const struct opening opening = {.checkpoint = checkpoint, .folder = folder, .error = error};
    if (!checkpoint) {
        error_set(error, ERROR_RUN, "no memory for a checkpoint");
        return NULL;
    }
    if (open_all(&opening))
        return checkpoint;
    checkpoint_close(checkpoint);
    return NULL;
}

void checkpoint_close(struct checkpoint *checkpoint)
{
    if (!checkpoint)
        return;
    checkpoint_unmap_files(checkpoint);
    free(checkpoint->model.stored);
    free(checkpoint);
}
