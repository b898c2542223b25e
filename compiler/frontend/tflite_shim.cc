/* SPDX-License-Identifier: Apache-2.0 */
extern "C" {
#include "common/sys/printable.h"
#include "common/sys/status.h"
}
#include "compiler/frontend/tflite_shim.h"
#include "tflite_generated.h"
#include <cstdlib>
#include <cstring>

namespace fb = flatbuffers;
namespace tf = hcl::tflite;

namespace
{

/* Deeper or larger files than these do not occur; the verifier refuses them. */
constexpr fb::uoffset_t max_depth = 16;
constexpr fb::uoffset_t max_tables = 1u << 20;

/* TensorFlow joins the names of what it fused with ';': the first one is the operator's own. */
void copy_name(char (&to)[HCL_TFL_NAME_LEN], const fb::String *from)
{
    const char *text = from == nullptr ? "" : from->c_str();
    size_t len = from == nullptr ? 0 : from->size();
    const void *end = std::memchr(text, ';', len);
    if (end != nullptr)
        len = static_cast<size_t>(static_cast<const char *>(end) - text);
    hcl_escape(to, sizeof to, text, len, HCL_ESCAPE_MALFORMED);
}

template <typename T> hcl_status allocate(T *&out, size_t n, hcl_err *err)
{
    out = static_cast<T *>(std::calloc(n == 0 ? 1 : n, sizeof(T)));
    return out != nullptr ? HCL_OK : hcl_fail(err, HCL_NO_RESOURCE, "no memory for %zu model entries", n);
}

template <typename V> size_t count(const V *v)
{
    return v == nullptr ? 0 : v->size();
}

/* Copy tensor indices, each in [lowest, num_tensors). */
hcl_status copy_indices(int32_t *&out, size_t &n, const fb::Vector<int32_t> *from, int32_t lowest,
                        size_t num_tensors, const char *file, const char *what, size_t which, hcl_err *err)
{
    size_t len = count(from);
    hcl_status st = allocate(out, len, err);
    if (st != HCL_OK)
        return st;
    n = len;
    for (size_t i = 0; i < len; i++) {
        int32_t t = from->Get(static_cast<fb::uoffset_t>(i));
        if (t < lowest || (t >= 0 && static_cast<size_t>(t) >= num_tensors))
            return hcl_fail(err, HCL_BAD_INPUT, "'%s': %s %zu refers to tensor %d, expected %d..%zu", file,
                            what, which, t, lowest, num_tensors - 1);
        out[i] = t;
    }
    return HCL_OK;
}

hcl_status read_data(hcl_tfl_tensor &to, const tf::Tensor &from, const tf::Model &model, const char *file,
                     hcl_err *err)
{
    if (from.buffer() >= count(model.buffers()))
        return hcl_fail(err, HCL_BAD_INPUT, "'%s': tensor '%s' refers to buffer %u, expected 0..%zu", file,
                        to.name, from.buffer(), count(model.buffers()) - 1);
    const tf::Buffer *buffer = model.buffers()->Get(from.buffer());
    if (buffer->offset() > 1 || buffer->size() > 1)
        return hcl_fail(err, HCL_BAD_INPUT,
                        "'%s': data of tensor '%s' is outside the FlatBuffer (a file over 2 GiB),"
                        " which is not supported",
                        file, to.name);
    if (count(buffer->data()) > 0) {
        to.data = buffer->data()->data();
        to.data_len = buffer->data()->size();
    }
    return HCL_OK;
}

hcl_status read_tensor(hcl_tfl_tensor &to, const tf::Tensor &from, const tf::Model &model, const char *file,
                       hcl_err *err)
{
    copy_name(to.name, from.name());
    size_t rank = count(from.shape());
    if (rank > HCL_TFL_MAX_RANK)
        return hcl_fail(err, HCL_BAD_INPUT, "'%s': tensor '%s' has %zu dimensions, expected at most %d", file,
                        to.name, rank, HCL_TFL_MAX_RANK);
    to.rank = static_cast<uint32_t>(rank);
    for (uint32_t i = 0; i < to.rank; i++)
        to.dims[i] = from.shape()->Get(i);
    for (size_t i = 1; i < count(from.shape_signature()); i++)
        to.dynamic |= from.shape_signature()->Get(static_cast<fb::uoffset_t>(i)) < 0;
    to.type = from.type();
    to.type_name = tf::EnumNameTensorType(from.type());
    to.quantised = from.quantization() != nullptr && count(from.quantization()->scale()) > 0;
    to.sparse = from.sparsity() != nullptr;
    return read_data(to, from, model, file, err);
}

void read_options(hcl_tfl_op &to, const tf::Operator &from)
{
    to.options = from.options_type();
    if (const auto *o = from.options_as_Conv2DOptions()) {
        to.padding = o->padding();
        to.stride_w = o->stride_w();
        to.stride_h = o->stride_h();
        to.dilation_w = o->dilation_w();
        to.dilation_h = o->dilation_h();
        to.activation = o->activation();
    } else if (const auto *d = from.options_as_DepthwiseConv2DOptions()) {
        to.padding = d->padding();
        to.stride_w = d->stride_w();
        to.stride_h = d->stride_h();
        to.dilation_w = d->dilation_w();
        to.dilation_h = d->dilation_h();
        to.depth_multiplier = d->depth_multiplier();
        to.activation = d->activation();
    } else if (const auto *p = from.options_as_Pool2DOptions()) {
        to.padding = p->padding();
        to.stride_w = p->stride_w();
        to.stride_h = p->stride_h();
        to.filter_w = p->filter_w();
        to.filter_h = p->filter_h();
        to.activation = p->activation();
    } else if (const auto *f = from.options_as_FullyConnectedOptions()) {
        to.activation = f->activation();
        to.weights_format = int{f->weights_format()};
    } else if (const auto *s = from.options_as_SoftmaxOptions()) {
        to.beta = s->beta();
    } else if (const auto *a = from.options_as_AddOptions()) {
        to.activation = a->activation();
    } else if (const auto *m = from.options_as_MulOptions()) {
        to.activation = m->activation();
    } else {
        to.options = HCL_TFL_OPTIONS_NONE;
    }
}

hcl_status read_op(hcl_tfl_op &to, const tf::Operator &from, const tf::Model &model, size_t index,
                   size_t num_tensors, const char *file, hcl_err *err)
{
    if (from.opcode_index() >= count(model.operator_codes()))
        return hcl_fail(err, HCL_BAD_INPUT, "'%s': operator %zu has code index %u, expected 0..%zu", file,
                        index, from.opcode_index(), count(model.operator_codes()) - 1);
    const tf::OperatorCode *code = model.operator_codes()->Get(from.opcode_index());
    /* Old writers fill only the byte, new ones both; the byte stops at 127. */
    to.code =
        code->code() > code->deprecated_code() ? static_cast<int32_t>(code->code()) : code->deprecated_code();
    to.name = tf::EnumNameOp(static_cast<tf::Op>(to.code));
    copy_name(to.custom, code->custom_code());
    hcl_status st = copy_indices(to.inputs, to.num_inputs, from.inputs(), HCL_TFL_ABSENT, num_tensors, file,
                                 "an input of operator", index, err);
    if (st == HCL_OK)
        st = copy_indices(to.outputs, to.num_outputs, from.outputs(), 0, num_tensors, file,
                          "an output of operator", index, err);
    read_options(to, from);
    return st;
}

hcl_status read_subgraph(hcl_tfl_model &out, const tf::Model &model, const char *file, hcl_err *err)
{
    if (count(model.subgraphs()) == 0)
        return hcl_fail(err, HCL_BAD_INPUT, "'%s' has no subgraph, expected at least one", file);
    const tf::SubGraph &g = *model.subgraphs()->Get(0);
    hcl_status st = allocate(out.tensors, count(g.tensors()), err);
    if (st == HCL_OK)
        out.num_tensors = count(g.tensors());
    for (size_t i = 0; st == HCL_OK && i < out.num_tensors; i++)
        st = read_tensor(out.tensors[i], *g.tensors()->Get(static_cast<fb::uoffset_t>(i)), model, file, err);
    if (st == HCL_OK)
        st = allocate(out.ops, count(g.operators()), err);
    if (st == HCL_OK)
        out.num_ops = count(g.operators());
    for (size_t i = 0; st == HCL_OK && i < out.num_ops; i++)
        st = read_op(out.ops[i], *g.operators()->Get(static_cast<fb::uoffset_t>(i)), model, i,
                     out.num_tensors, file, err);
    if (st == HCL_OK)
        st = copy_indices(out.inputs, out.num_inputs, g.inputs(), 0, out.num_tensors, file,
                          "an input of subgraph", 0, err);
    if (st == HCL_OK)
        st = copy_indices(out.outputs, out.num_outputs, g.outputs(), 0, out.num_tensors, file,
                          "an output of subgraph", 0, err);
    return st;
}

hcl_status verify(const uint8_t *bytes, size_t len, const char *file, hcl_err *err)
{
    constexpr size_t header = 8; /* root offset, identifier */
    if (len < header)
        return hcl_fail(err, HCL_BAD_INPUT, "'%s' has %zu bytes, expected a TFLite file", file, len);
    if (std::memcmp(bytes + 4, tf::ModelIdentifier(), 4) != 0)
        return hcl_fail(err, HCL_BAD_INPUT, "'%s' does not have the TFLite identifier \"%s\" at byte 4", file,
                        tf::ModelIdentifier());
    if (len >= FLATBUFFERS_MAX_BUFFER_SIZE)
        return hcl_fail(err, HCL_BAD_INPUT, "'%s' has %zu bytes, expected less than 2 GiB", file, len);
    fb::Verifier verifier(bytes, len, max_depth, max_tables);
    if (!tf::VerifyModelBuffer(verifier))
        return hcl_fail(err, HCL_BAD_INPUT,
                        "'%s' is truncated or corrupt: an offset in it leads outside the file", file);
    const tf::Model *model = tf::GetModel(bytes);
    if (model->version() != 3)
        return hcl_fail(err, HCL_BAD_INPUT, "'%s' has schema version %u, expected 3", file, model->version());
    return HCL_OK;
}

} // namespace

hcl_status hcl_tfl_read(struct hcl_tfl_model *out, const uint8_t *bytes, size_t len, const char *file,
                        struct hcl_err *err)
{
    *out = hcl_tfl_model{};
    hcl_status st = verify(bytes, len, file, err);
    if (st == HCL_OK)
        st = read_subgraph(*out, *tf::GetModel(bytes), file, err);
    if (st != HCL_OK)
        hcl_tfl_clear(out);
    return st;
}

void hcl_tfl_clear(struct hcl_tfl_model *m)
{
    for (size_t i = 0; m->ops != nullptr && i < m->num_ops; i++) {
        std::free(m->ops[i].inputs);
        std::free(m->ops[i].outputs);
    }
    std::free(m->ops);
    std::free(m->tensors);
    std::free(m->inputs);
    std::free(m->outputs);
    *m = hcl_tfl_model{};
}

const char *hcl_tfl_activation_name(int32_t activation)
{
    return tf::EnumNameActivation(static_cast<tf::Activation>(activation));
}
