/* SPDX-License-Identifier: Apache-2.0 */
extern "C" {
#include "common/sys/printable.h"
#include "common/sys/status.h"
}
#include "compiler/frontend/tflite_shim.h"
#include "tflite_generated.h"
#include <cstdint>
#include <cstdio>
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

/* The shape of a scalar, for one, is a constant of no entries. */
bool has_no_element(const hcl_tfl_tensor &t)
{
    for (uint32_t i = 0; i < t.rank; i++)
        if (t.dims[i] == 0)
            return true;
    return false;
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
    } else if (has_no_element(to)) {
        static const uint8_t nothing = 0;
        to.data = &nothing;
    }
    return HCL_OK;
}

template <typename V> hcl_status copy_values(int32_t *&out, size_t &n, const V *from, hcl_err *err)
{
    const hcl_status st = allocate(out, count(from), err);
    n = st == HCL_OK ? count(from) : 0;
    for (size_t i = 0; i < n; i++)
        out[i] = static_cast<int32_t>(from->Get(static_cast<fb::uoffset_t>(i)));
    return st;
}

hcl_status read_values(int32_t *&out, size_t &n, tf::IndexValues kind, const void *values, hcl_err *err)
{
    switch (values == nullptr ? tf::IndexValues_NONE : kind) {
    case tf::IndexValues_Int32Values:
        return copy_values(out, n, static_cast<const tf::Int32Values *>(values)->values(), err);
    case tf::IndexValues_Uint16Values:
        return copy_values(out, n, static_cast<const tf::Uint16Values *>(values)->values(), err);
    case tf::IndexValues_Uint8Values:
        return copy_values(out, n, static_cast<const tf::Uint8Values *>(values)->values(), err);
    default:
        return HCL_OK;
    }
}

hcl_status read_level(hcl_tfl_level &to, const tf::DimensionMetadata &from, hcl_err *err)
{
    to.compressed = from.format() != tf::DimensionFormat_DENSE;
    to.size = from.dense_size();
    hcl_status st = read_values(to.segments, to.num_segments, from.segments_type(), from.segments(), err);
    if (st == HCL_OK)
        st = read_values(to.indices, to.num_indices, from.indices_type(), from.indices(), err);
    return st;
}

hcl_status read_sparsity(hcl_tfl_tensor &to, const tf::Sparsity &from, const char *file, hcl_err *err)
{
    const size_t levels = count(from.dimensions()), blocks = count(from.block_map());
    if (levels > HCL_TFL_MAX_LEVELS || blocks > HCL_TFL_MAX_RANK || count(from.traversal_order()) != levels)
        return hcl_fail(err, HCL_BAD_INPUT,
                        "'%s': sparse tensor '%s' has %zu dimensions, %zu of them blocks, and an order of %zu,"
                        " expected at most %zu and %d and as many as dimensions",
                        file, to.name, levels, blocks, count(from.traversal_order()), HCL_TFL_MAX_LEVELS,
                        HCL_TFL_MAX_RANK);
    hcl_status st = allocate(to.sparsity, 1, err);
    if (st != HCL_OK)
        return st;
    hcl_tfl_sparsity &s = *to.sparsity;
    s.num_levels = levels;
    s.num_blocks = blocks;
    for (size_t i = 0; i < blocks; i++)
        s.blocks[i] = from.block_map()->Get(static_cast<fb::uoffset_t>(i));
    for (size_t i = 0; st == HCL_OK && i < levels; i++) {
        const auto at = static_cast<fb::uoffset_t>(i);
        s.order[i] = from.traversal_order()->Get(at);
        st = read_level(s.levels[i], *from.dimensions()->Get(at), err);
    }
    return st;
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
    to.variable = from.is_variable();
    const hcl_status st = from.sparsity() == nullptr ? HCL_OK : read_sparsity(to, *from.sparsity(), file, err);
    return st == HCL_OK ? read_data(to, from, model, file, err) : st;
}

/* More dimensions than a tensor can have are as good as none: no result has them. */
void read_new_shape(hcl_tfl_op &to, const fb::Vector<int32_t> *from)
{
    if (count(from) > HCL_TFL_MAX_RANK)
        return;
    to.new_rank = static_cast<uint32_t>(count(from));
    for (uint32_t i = 0; i < to.new_rank; i++)
        to.new_shape[i] = from->Get(i);
}

/* Of operators that move elements, and of products. */
bool read_move_options(hcl_tfl_op &to, const tf::Operator &from)
{
    if (const auto *c = from.options_as_ConcatenationOptions()) {
        to.axis = c->axis();
        to.activation = c->activation();
    } else if (const auto *d = from.options_as_SpaceToDepthOptions()) {
        to.block_size = d->block_size();
    } else if (const auto *e = from.options_as_DepthToSpaceOptions()) {
        to.block_size = e->block_size();
    } else if (const auto *g = from.options_as_GatherOptions()) {
        to.axis = g->axis();
        to.batch_dims = g->batch_dims();
    } else if (const auto *q = from.options_as_SqueezeOptions()) {
        read_new_shape(to, q->squeeze_dims());
    } else if (const auto *s = from.options_as_StridedSliceOptions()) {
        to.begin_mask = s->begin_mask();
        to.end_mask = s->end_mask();
        to.ellipsis_mask = s->ellipsis_mask();
        to.new_axis_mask = s->new_axis_mask();
        to.shrink_axis_mask = s->shrink_axis_mask();
        to.offset_ends = s->offset();
    } else if (const auto *p = from.options_as_PackOptions()) {
        to.axis = p->axis();
    } else if (const auto *u = from.options_as_UnpackOptions()) {
        to.axis = u->axis();
    } else if (const auto *n = from.options_as_ResizeNearestNeighborOptions()) {
        to.align_corners = n->align_corners();
        to.half_pixel_centers = n->half_pixel_centers();
    } else if (const auto *m = from.options_as_MirrorPadOptions()) {
        to.mirror = m->mode();
    } else if (const auto *b = from.options_as_BatchMatMulOptions()) {
        to.adj_x = b->adj_x();
        to.adj_y = b->adj_y();
    } else if (const auto *w = from.options_as_ResponseNormOptions()) {
        to.radius = w->radius();
        to.response_bias = w->bias();
        to.response_alpha = w->alpha();
        to.response_beta = w->beta();
    } else if (const auto *l = from.options_as_ResizeBilinearOptions()) {
        to.align_corners = l->align_corners();
        to.half_pixel_centers = l->half_pixel_centers();
    } else if (const auto *r = from.options_as_ReducerOptions()) {
        to.keep_dims = r->keep_dims();
    } else if (const auto *h = from.options_as_OneHotOptions()) {
        to.axis = h->axis();
    } else if (const auto *v = from.options_as_CumsumOptions()) {
        to.exclusive = v->exclusive();
        to.reverse = v->reverse();
    } else {
        return false;
    }
    return true;
}

/* Of operators that stand for others: loops, branches, recurrent layers, what is done once; and of variables. */
bool read_control_options(hcl_tfl_op &to, const tf::Operator &from)
{
    if (const auto *w = from.options_as_WhileOptions()) {
        to.condition = w->condition();
        to.body = w->body();
    } else if (const auto *i = from.options_as_IfOptions()) {
        to.condition = i->then();
        to.body = i->otherwise();
    } else if (const auto *o = from.options_as_CallOnceOptions()) {
        to.condition = to.body = o->subgraph();
    } else if (const auto *h = from.options_as_VarHandleOptions()) {
        copy_name(to.variable, h->name());
        copy_name(to.container, h->container());
    } else if (const auto *l = from.options_as_SequenceLstmOptions()) {
        to.activation = l->activation();
        to.cell_clip = l->cell_clip();
        to.proj_clip = l->proj_clip();
        to.time_major = l->time_major();
        to.diagonal = l->diagonal();
    } else if (const auto *r = from.options_as_SequenceRnnOptions()) {
        to.activation = r->activation();
        to.time_major = r->time_major();
    } else {
        return false;
    }
    return true;
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
        to.keep_num_dims = f->keep_num_dims();
    } else if (const auto *s = from.options_as_SoftmaxOptions()) {
        to.beta = s->beta();
    } else if (const auto *a = from.options_as_AddOptions()) {
        to.activation = a->activation();
    } else if (const auto *m = from.options_as_MulOptions()) {
        to.activation = m->activation();
    } else if (const auto *u = from.options_as_SubOptions()) {
        to.activation = u->activation();
    } else if (const auto *v = from.options_as_DivOptions()) {
        to.activation = v->activation();
    } else if (const auto *l = from.options_as_LeakyReluOptions()) {
        to.parameter = l->alpha();
    } else if (const auto *e = from.options_as_GeluOptions()) {
        to.parameter = e->approximate() ? 1.0F : 0.0F;
    } else if (const auto *r = from.options_as_ReshapeOptions()) {
        read_new_shape(to, r->new_shape());
    } else if (const auto *t = from.options_as_TransposeConvOptions()) {
        to.padding = t->padding();
        to.stride_w = t->stride_w();
        to.stride_h = t->stride_h();
        to.activation = t->activation();
    } else if (const auto *volume = from.options_as_Conv3DOptions()) {
        to.padding = volume->padding();
        to.stride_d = volume->stride_d();
        to.stride_w = volume->stride_w();
        to.stride_h = volume->stride_h();
        to.dilation_d = volume->dilation_d();
        to.dilation_w = volume->dilation_w();
        to.dilation_h = volume->dilation_h();
        to.activation = volume->activation();
    } else if (!read_move_options(to, from) && !read_control_options(to, from)) {
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
    if (from.custom_options() != nullptr) {
        to.custom_options = from.custom_options()->data();
        to.custom_len = from.custom_options()->size();
    }
    hcl_status st = copy_indices(to.inputs, to.num_inputs, from.inputs(), HCL_TFL_ABSENT, num_tensors, file,
                                 "an input of operator", index, err);
    if (st == HCL_OK)
        st = copy_indices(to.outputs, to.num_outputs, from.outputs(), 0, num_tensors, file,
                          "an output of operator", index, err);
    read_options(to, from);
    return st;
}

bool is_called(const fb::String *name, const char *wanted)
{
    return name != nullptr && wanted != nullptr && name->str() == wanted;
}

/* The subgraphs that some loop or branch leads to; the first one is always an entry. */
void mark_called(bool *called, const tf::Model &model)
{
    const auto mark = [&](int32_t which) {
        if (which > 0 && static_cast<size_t>(which) < count(model.subgraphs()))
            called[which] = true;
    };
    for (const tf::SubGraph *g : *model.subgraphs())
        for (fb::uoffset_t i = 0; i < count(g->operators()); i++) {
            const tf::Operator &op = *g->operators()->Get(i);
            if (const auto *w = op.options_as_WhileOptions()) {
                mark(w->condition());
                mark(w->body());
            } else if (const auto *o = op.options_as_IfOptions()) {
                mark(o->then());
                mark(o->otherwise());
            } else if (const auto *c = op.options_as_CallOnceOptions()) {
                mark(c->subgraph());
            }
        }
}

/* Entry by entry: signatures in the order of the file, then the subgraphs without one. out.entry becomes the
 * one called `wanted` or, without a wish, the first of subgraph 0; num_entries when there is none. */
hcl_status list_entries(hcl_tfl_model &out, const tf::Model &model, const char *wanted, const char *file,
                        hcl_err *err)
{
    const size_t signatures = count(model.signature_defs()), subgraphs = count(model.subgraphs());
    bool *named = nullptr;
    hcl_status st = allocate(out.entries, signatures + subgraphs, err);
    if (st == HCL_OK)
        st = allocate(named, subgraphs, err);
    if (st != HCL_OK)
        return st;
    size_t found = SIZE_MAX;
    for (size_t i = 0; i < signatures; i++) {
        const tf::SignatureDef &s = *model.signature_defs()->Get(static_cast<fb::uoffset_t>(i));
        hcl_tfl_entry &e = out.entries[out.num_entries++];
        copy_name(e.name, s.signature_key());
        e.subgraph = s.subgraph_index();
        e.signature = static_cast<uint32_t>(i);
        if (e.subgraph >= subgraphs) {
            st = hcl_fail(err, HCL_BAD_INPUT, "'%s': signature '%s' refers to subgraph %u, expected 0..%zu",
                          file, e.name, e.subgraph, subgraphs - 1);
            break;
        }
        named[e.subgraph] = true;
        if (found == SIZE_MAX && (wanted != nullptr ? is_called(s.signature_key(), wanted) : e.subgraph == 0))
            found = i;
    }
    if (st == HCL_OK)
        mark_called(named, model);
    for (size_t i = 0; st == HCL_OK && i < subgraphs; i++) {
        const fb::String *name = model.subgraphs()->Get(static_cast<fb::uoffset_t>(i))->name();
        if (named[i])
            continue;
        hcl_tfl_entry &e = out.entries[out.num_entries++];
        copy_name(e.name, name);
        if (e.name[0] == '\0')
            std::snprintf(e.name, sizeof e.name, "subgraph %zu", i);
        e.subgraph = static_cast<uint32_t>(i);
        e.signature = HCL_TFL_NO_SIGNATURE;
        if (found == SIZE_MAX && (wanted != nullptr ? is_called(name, wanted) : i == 0))
            found = out.num_entries - 1;
    }
    std::free(named);
    out.entry = found == SIZE_MAX ? out.num_entries : found;
    return st;
}

hcl_status no_entry(const hcl_tfl_model &m, const char *wanted, const char *file, hcl_err *err)
{
    char list[1024] = "";
    size_t at = 0;
    for (size_t i = 0; i < m.num_entries && at < sizeof list; i++) {
        const int n = std::snprintf(list + at, sizeof list - at, "%s'%s'", i == 0 ? "" : ", ", m.entries[i].name);
        at += n < 0 ? 0 : static_cast<size_t>(n);
    }
    return hcl_fail(err, HCL_BAD_INPUT, "'%s' has no signature '%s', expected one of %s", file, wanted, list);
}

/* The subgraph's list, or the signature's, whose order and names are the model's. */
hcl_status read_ends(hcl_tfl_end *&out, size_t &n, const fb::Vector<int32_t> *plain,
                     const fb::Vector<fb::Offset<tf::TensorMap>> *named, size_t num_tensors, const char *file,
                     const char *what, hcl_err *err)
{
    const size_t len = count(named) > 0 ? count(named) : count(plain);
    hcl_status st = allocate(out, len, err);
    if (st != HCL_OK)
        return st;
    n = len;
    for (size_t i = 0; i < len; i++) {
        const auto at = static_cast<fb::uoffset_t>(i);
        int64_t t = 0;
        if (count(named) > 0) {
            copy_name(out[i].name, named->Get(at)->name());
            t = named->Get(at)->tensor_index();
        } else {
            t = plain->Get(at);
        }
        if (t < 0 || static_cast<size_t>(t) >= num_tensors)
            return hcl_fail(err, HCL_BAD_INPUT, "'%s': %s %zu refers to tensor %lld, expected 0..%zu", file,
                            what, i, static_cast<long long>(t), num_tensors - 1);
        out[i].tensor = static_cast<int32_t>(t);
        out[i].initial = HCL_TFL_ABSENT;
    }
    return HCL_OK;
}

/* A signature that leaves out an input of its subgraph cannot be run. */
hcl_status check_signature(const hcl_tfl_model &m, const fb::Vector<int32_t> *plain, const char *file,
                           hcl_err *err)
{
    for (size_t i = 0; i < count(plain); i++) {
        const int32_t t = plain->Get(static_cast<fb::uoffset_t>(i));
        bool listed = false;
        for (size_t k = 0; k < m.num_inputs; k++)
            listed |= m.inputs[k].tensor == t;
        if (!listed)
            return hcl_fail(err, HCL_BAD_INPUT,
                            "'%s': signature '%s' leaves out input %zu (tensor %d) of its subgraph", file,
                            m.entries[m.entry].name, i, t);
    }
    return HCL_OK;
}

hcl_status read_all_ends(hcl_tfl_model &out, const tf::SubGraph &g, const tf::SignatureDef *s,
                         const char *file, hcl_err *err)
{
    hcl_status st = read_ends(out.inputs, out.num_inputs, g.inputs(), s == nullptr ? nullptr : s->inputs(),
                              out.num_tensors, file, "input", err);
    if (st == HCL_OK)
        st = read_ends(out.outputs, out.num_outputs, g.outputs(), s == nullptr ? nullptr : s->outputs(),
                       out.num_tensors, file, "output", err);
    return st == HCL_OK && s != nullptr ? check_signature(out, g.inputs(), file, err) : st;
}

/* Tensors, operators and ends of subgraph `which`; signature: NULL for none. */
hcl_status read_subgraph(hcl_tfl_model &out, const tf::Model &model, size_t which,
                         const tf::SignatureDef *signature, const char *file, hcl_err *err)
{
    const tf::SubGraph &g = *model.subgraphs()->Get(static_cast<fb::uoffset_t>(which));
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
    return st == HCL_OK ? read_all_ends(out, g, signature, file, err) : st;
}

bool leads_to_subgraphs(const hcl_tfl_op &op)
{
    return op.options == HCL_TFL_OPTIONS_WHILE || op.options == HCL_TFL_OPTIONS_IF ||
           op.options == HCL_TFL_OPTIONS_CALL_ONCE;
}

/* What the loops and branches of `from` lead to and has not been read; each is appended to queue. */
hcl_status read_called_by(hcl_tfl_model &out, const hcl_tfl_model &from, size_t *queue, size_t &queued,
                          const tf::Model &model, const char *file, hcl_err *err)
{
    for (size_t i = 0; i < from.num_ops; i++)
        for (const int32_t which : { from.ops[i].condition, from.ops[i].body }) {
            if (!leads_to_subgraphs(from.ops[i]))
                continue;
            if (which < 0 || static_cast<size_t>(which) >= out.num_called)
                return hcl_fail(err, HCL_BAD_INPUT, "'%s': operator %zu leads to subgraph %d, expected 0..%zu",
                                file, i, which, out.num_called - 1);
            hcl_tfl_model &to = out.called[which];
            if (to.tensors != nullptr)
                continue;
            hcl_status st = read_subgraph(to, model, static_cast<size_t>(which), nullptr, file, err);
            if (st != HCL_OK)
                return st;
            queue[queued++] = static_cast<size_t>(which);
        }
    return HCL_OK;
}

/* All subgraphs that the model's loops and branches lead to, and theirs. */
hcl_status read_called(hcl_tfl_model &out, const tf::Model &model, const char *file, hcl_err *err)
{
    size_t *queue = nullptr, queued = 0;
    hcl_status st = allocate(queue, out.num_called, err);
    if (st == HCL_OK)
        st = read_called_by(out, out, queue, queued, model, file, err);
    for (size_t i = 0; st == HCL_OK && i < queued; i++)
        st = read_called_by(out, out.called[queue[i]], queue, queued, model, file, err);
    std::free(queue);
    return st;
}

hcl_status read_entry(hcl_tfl_model &out, const tf::Model &model, const char *file, const char *signature,
                      hcl_err *err)
{
    if (count(model.subgraphs()) == 0)
        return hcl_fail(err, HCL_BAD_INPUT, "'%s' has no subgraph, expected at least one", file);
    hcl_status st = list_entries(out, model, signature, file, err);
    if (st == HCL_OK && out.entry == out.num_entries)
        st = no_entry(out, signature, file, err);
    if (st == HCL_OK)
        st = allocate(out.called, count(model.subgraphs()), err);
    if (st != HCL_OK)
        return st;
    out.num_called = count(model.subgraphs());
    const uint32_t named = out.entries[out.entry].signature;
    const tf::SignatureDef *s = named == HCL_TFL_NO_SIGNATURE ? nullptr : model.signature_defs()->Get(named);
    st = read_subgraph(out, model, out.entries[out.entry].subgraph, s, file, err);
    return st == HCL_OK ? read_called(out, model, file, err) : st;
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
                        const char *signature, struct hcl_err *err)
{
    *out = hcl_tfl_model{};
    hcl_status st = verify(bytes, len, file, err);
    if (st == HCL_OK)
        st = read_entry(*out, *tf::GetModel(bytes), file, signature, err);
    if (st != HCL_OK)
        hcl_tfl_clear(out);
    return st;
}

void hcl_tfl_sparsity_free(struct hcl_tfl_sparsity *s)
{
    for (size_t i = 0; s != nullptr && i < s->num_levels; i++) {
        std::free(s->levels[i].segments);
        std::free(s->levels[i].indices);
    }
    std::free(s);
}

void hcl_tfl_op_clear(struct hcl_tfl_op *op)
{
    std::free(op->inputs);
    std::free(op->outputs);
}

void hcl_tfl_clear(struct hcl_tfl_model *m)
{
    for (size_t i = 0; i < m->num_called; i++)
        hcl_tfl_clear(&m->called[i]);
    for (size_t i = 0; i < m->num_ops; i++)
        hcl_tfl_op_clear(&m->ops[i]);
    for (size_t i = 0; i < m->num_tensors; i++) {
        hcl_tfl_sparsity_free(m->tensors[i].sparsity);
        std::free(m->tensors[i].own);
    }
    std::free(m->called);
    std::free(m->ops);
    std::free(m->tensors);
    std::free(m->inputs);
    std::free(m->outputs);
    std::free(m->entries);
    *m = hcl_tfl_model{};
}

const char *hcl_tfl_activation_name(int32_t activation)
{
    return tf::EnumNameActivation(static_cast<tf::Activation>(activation));
}
