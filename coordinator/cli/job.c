/* SPDX-License-Identifier: Apache-2.0 */
#include "coordinator/cli/job.h"

#include "common/io/json_read.h"
#include "common/io/reader.h"
#include "common/sys/log.h"
#include "common/sys/mem.h"
#include "compiler/fixed/batch.h"
#include "compiler/frontend/import_tflite.h"
#include "compiler/model.h"
#include "compiler/quantize/calibrate.h"
#include "compiler/quantize/samples.h"
#include "coordinator/cli/calibration_files.h"
#include "coordinator/cli/judge_team.h"
#include "coordinator/cli/predict.h"
#include "coordinator/cli/speed.h"
#include "coordinator/cli/text.h"
#include "coordinator/cli/weight_seed.h"

#include <sodium.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MAX_MODEL_BYTES = 1 << 30, SHOWN_OUTPUTS = 10 };

static struct hcl_compile_options layout_options(const struct hcl_job_options *o)
{
    return (struct hcl_compile_options){ .k = (uint32_t)o->k,
                                         .lanes = (uint32_t)o->lanes,
                                         .objective = o->objective,
                                         .key_proofs = (uint32_t)o->key_proofs,
                                         .max_proof_bytes = (size_t)o->max_proof_bytes };
}

/* Of a model that offers more than one thing to run, say which it is. */
static hcl_status choose_signature(struct hcl_job *job, const struct hcl_job_options *o, struct hcl_err *err)
{
    struct hcl_tflite_choice choice;
    hcl_status st = hcl_tflite_choose(&choice, o->model, o->signature, err);
    if (st != HCL_OK || choice.count < 2)
        return st;
    snprintf(job->signature, sizeof job->signature, "%s", choice.name);
    hcl_log(HCL_LOG_INFO, "'%s' has %zu signatures or subgraphs, %s: this is about '%s' (--signature)",
            o->model, choice.count, choice.all, choice.name);
    return HCL_OK;
}

/* Bytes of a constant in fixed point. */
#define FIXED_WEIGHT 2

static double constants(const struct hcl_graph *g)
{
    double count = 0;
    for (size_t i = 0; i < g->num_tensors; i++)
        count += g->tensors[i].data ? (double)hcl_tensor_len(&g->tensors[i]) : 0;
    return count;
}

/* Refuse before the work what cannot be compiled within --memory: so much is laid out at least. */
static hcl_status check_room(const struct hcl_job *job, double laid_out, struct hcl_err *err)
{
    const double limit = (double)hcl_mem_limit(), weights = constants(&job->model),
                 least = job->resident + FIXED_WEIGHT * weights + laid_out;
    if (limit == 0 || least <= limit)
        return HCL_OK;
    return hcl_fail(
        err, HCL_NO_RESOURCE,
        "compiling '%s', which has %.1f million constants, takes %.1f MB at least, and there are %.1f "
        "(--memory); more ranks do not change that",
        job->options->model, weights / 1e6, least / 1e6, limit / 1e6);
}

/* Before anything is known of the layout: each constant is laid out once. */
static hcl_status check_model(const struct hcl_job *job, struct hcl_err *err)
{
    const struct hcl_shape weights = { .weight_rows = 1, .weight_columns = (uint32_t)constants(&job->model) };
    return check_room(job, hcl_cost_layout_bytes(&weights), err);
}

/* The same of a sketch of the layout, and of the proof. */
static hcl_status allow(void *ctx, const struct hcl_shape *sketch, struct hcl_err *err)
{
    struct hcl_job *job = ctx;
    hcl_status st = check_room(job, hcl_cost_layout_bytes(sketch), err);
    if (st == HCL_OK && job->fits)
        st = job->fits(job->fits_ctx, sketch, err);
    job->refused = st != HCL_OK;
    return st;
}

/* What failed for want of memory did so within a limit. */
static hcl_status name_limit(const struct hcl_job *job, hcl_status st, struct hcl_err *err)
{
    if (st == HCL_NO_RESOURCE && hcl_mem_limit() > 0 && !job->refused)
        hcl_fail_prefix(err, st, "compiling '%s' within %.0f MB (--memory)", job->options->model,
                        (double)hcl_mem_limit() / 1e6);
    return st;
}

/* Bytes of the program's own that are touched the first time then. */
#define READING 3e6

/* A model is in memory as a whole before anything else is known of it. */
static hcl_status check_file(struct hcl_job *job, struct hcl_err *err)
{
    const char *model = job->options->model;
    const double limit = (double)hcl_mem_limit(), resident = (double)hcl_mem_rss();
    struct stat file;
    if (limit == 0 || stat(model, &file) != 0)
        return HCL_OK; /* what is wrong is told by who reads it */
    const double bytes = (double)file.st_size, least = resident + READING + bytes;
    job->refused = least > limit;
    return !job->refused ? HCL_OK
                         : hcl_fail(err, HCL_NO_RESOURCE,
                                    "compiling '%s', which has %.1f MB, takes %.1f MB at least, and there "
                                    "are %.1f (--memory); more ranks do not change that",
                                    model, bytes / 1e6, least / 1e6, limit / 1e6);
}

static hcl_status read_model(struct hcl_job *job, const struct hcl_job_options *o, struct hcl_err *err)
{
    const struct hcl_model_options options = { .signature = o->signature,
                                               .private_weights = o->weights == HCL_PRIVATE,
                                               .dump_after = o->dump_after,
                                               .outputs = o->outputs,
                                               .num_outputs = o->num_outputs };
    hcl_status st;
    HCL_TRY(check_file(job, err));
    HCL_TRY(choose_signature(job, o, err));
    HCL_TRY(hcl_model_read(&job->model, o->model, &options, err));
done:
    return st;
}

hcl_status hcl_job_open(struct hcl_job *job, const struct hcl_job_options *o, struct hcl_err *err)
{
    job->options = o;
    hcl_mem_guard();
    const hcl_status st = name_limit(job, read_model(job, o, err), err);
    hcl_mem_unguard();
    job->resident = (double)hcl_mem_rss();
    return st;
}

static hcl_status read_calibration(struct hcl_samples *out, const struct hcl_job *job, struct hcl_err *err)
{
    const struct hcl_job_options *o = job->options;
    struct hcl_calibration_files found;
    hcl_status st = HCL_OK;
    *out = (struct hcl_samples){ 0 };
    if (o->calibrate.count > 0)
        return hcl_samples_read(out, &o->calibrate, &job->model, o->divide_by, err);
    HCL_TRY(hcl_calibration_find(&found, o->model, job->model.num_inputs, err));
    if (found.files.count > 0)
        st = hcl_samples_read(out, &found.files, &job->model, 0, err);
    hcl_calibration_files_clear(&found);
done:
    return st;
}

const struct hcl_fx_graph *hcl_job_graph(const struct hcl_job *job)
{
    return hcl_fx_is_batch(&job->batch) ? &job->batch : &job->choice.graph;
}

/* watch: of the choice. */
static hcl_status quantize(struct hcl_job *job, struct hcl_cli *cli, const struct hcl_choose_watch *watch,
                           struct hcl_err *err)
{
    const struct hcl_job_options *o = job->options;
    const struct hcl_compile_options layout = layout_options(o);
    struct hcl_quantize_options q;
    struct hcl_samples samples;
    hcl_status st;
    hcl_quantize_options_default(&q);
    HCL_TRY(read_calibration(&samples, job, err));
    hcl_progress_phase(cli->progress, HCL_STEP_QUANTISE);
    q.samples = samples;
    q.table_bits = (int)o->table_bits;
    q.accuracy = o->accuracy;
    q.weight_bits = (int)o->weight_bits;
    q.input_visibility = o->input;
    q.output_visibility = o->output;
    q.weight_visibility = o->weights;
    st = hcl_choose(&job->model, &q, &layout, watch, &job->choice, err);
    if (st != HCL_OK && !job->refused)
        hcl_fail_prefix(err, st, "'%s'", o->model);
    if (st != HCL_OK)
        goto done;
    if (o->batch > 1)
        HCL_TRY(hcl_fx_repeat(&job->batch, &job->choice.graph, (uint32_t)o->batch, err));
    for (size_t i = 0; i < job->choice.num_tried; i++)
        hcl_speed_scale(&job->choice.tried[i].layout.cost);
    hcl_progress_done(cli->progress, job->choice.quant.calibration);
done:
    hcl_samples_clear(&samples);
    return st;
}

hcl_status hcl_job_quantize(struct hcl_job *job, struct hcl_cli *cli, struct hcl_err *err)
{
    hcl_mem_guard();
    const hcl_status st = name_limit(job, quantize(job, cli, job->watch, err), err);
    hcl_mem_unguard();
    return st;
}

/* What a key of committed weights says of how they are hidden. */
static void describe_blinding(struct hcl_job *job)
{
    const uint32_t rows = job->layout.random_rows;
    if (rows)
        json_object_set_new(job->meta, "weights",
                            json_pack("{s:I, s:I}", "random_rows", (json_int_t)rows, "proofs",
                                      (json_int_t)rows - HCL_KEY_SRS));
}

/* What was asked for of the model's outputs. */
static void describe_outputs(struct hcl_job *job)
{
    json_t *list = job->options->num_outputs > 0 ? json_array() : NULL;
    for (size_t i = 0; i < job->options->num_outputs; i++)
        json_array_append_new(list, hcl_json_string(job->options->outputs[i]));
    if (list)
        json_object_set_new(job->meta, "outputs", list);
}

static hcl_status hash_file(char hash[65], const char *path, struct hcl_err *err)
{
    struct hcl_file file;
    hcl_status st = hcl_file_read(&file, path, MAX_MODEL_BYTES, err);
    if (st == HCL_OK)
        hcl_hash_hex(hash, file.data, file.len);
    hcl_file_clear(&file);
    return st;
}

/* What the key says. Nothing in it depends on what files are called; private weights are not to be recognised
 * by the hash of their file. */
static hcl_status describe(struct hcl_job *job, const char *model, struct hcl_err *err)
{
    const bool named = job->choice.graph.weight_visibility == HCL_PUBLIC && job->layout.weight_rows;
    char hash[65];
    hcl_status st = named ? hash_file(hash, model, err) : HCL_OK;
    if (st != HCL_OK)
        return st;
    job->meta = hcl_public_json(hcl_job_graph(job));
    json_object_set_new(job->meta, "format", json_string("halocline-vk-meta"));
    json_object_set_new(job->meta, "version", json_integer(1));
    json_object_set_new(job->meta, "model",
                        json_pack("{s:s*, s:s*}", "blake2b256", named ? hash : NULL, "signature",
                                  job->signature[0] ? job->signature : NULL));
    describe_outputs(job);
    if (job->layout.weight_rows == 0)
        json_object_set_new(json_object_get(job->meta, "visibility"), "weights", json_string("none"));
    describe_blinding(job);
    job->meta_text = job->meta ? json_dumps(job->meta, JSON_COMPACT | JSON_SORT_KEYS) : NULL;
    return job->meta_text ? HCL_OK : hcl_fail(err, HCL_NO_RESOURCE, "no memory to describe '%s'", model);
}

/* The seed that hides committed weights, and where it is. */
static hcl_status read_seed(struct hcl_job *job, const struct hcl_job_options *o, uint8_t *seed,
                            struct hcl_err *err)
{
    static const struct hcl_setup_options usual = { 0 };
    job->seed_path =
        o->weight_seed ? strdup(o->weight_seed) : hcl_setup_path(o->setup ? o->setup : &usual, "weight.seed");
    if (!job->seed_path)
        return hcl_fail(
            err, HCL_BAD_INPUT,
            "committed weights are hidden by a secret seed that is kept: give --weight-seed FILE");
    return hcl_weight_seed_read(seed, job->seed_path, o->make_seed, err);
}

/* Those that the layout was chosen from. */
static void show_candidates(struct hcl_layout *l, struct hcl_candidates *all)
{
    free(l->candidates);
    l->candidates = all->of;
    l->num_candidates = all->count;
    *all = (struct hcl_candidates){ 0 };
}

/* seed: NULL, or that of the weights. */
static hcl_status compile(struct hcl_job *job, struct hcl_cli *cli, const uint8_t *seed, struct hcl_err *err)
{
    const struct hcl_job_options *o = job->options;
    struct hcl_compile_options options = layout_options(o);
    struct hcl_compiled compiled = { 0 };
    struct hcl_choose_watch watch = { 0 };
    hcl_status st;
    options.weight_seed = seed;
    if (job->watch)
        watch = *job->watch;
    if (cli->memory_given) { /* a sketch takes time */
        watch.allow = allow;
        watch.allow_ctx = job;
    }
    HCL_TRY(quantize(job, cli, &watch, err));
    hcl_progress_phase(cli->progress, HCL_STEP_LAY_OUT);
    const bool as_chosen = o->batch <= 1; /* several inferences are another graph */
    if (as_chosen)
        options = hcl_choice_options(&job->choice, &options);
    HCL_TRY(hcl_compile(hcl_job_graph(job), &options, &compiled, err));
    if (as_chosen)
        show_candidates(&compiled.layout, &job->choice.candidates);
    hcl_progress_done(cli->progress, NULL);
    job->circuit = compiled.circuit;
    job->program = compiled.program;
    job->layout = compiled.layout;
    job->places = compiled.places;
    job->layout.shape.threads = (uint32_t)cli->threads;
    job->layout.shape.shared = hcl_judge_team_share(&job->model, hcl_fx_items(hcl_job_graph(job)));
    job->layout.cost = hcl_predict(&job->layout, 1, 0);
    for (size_t i = 0; i < job->layout.num_candidates; i++)
        hcl_speed_scale(&job->layout.candidates[i].cost);
    memcpy(job->blinding_id, compiled.blinding_id, sizeof job->blinding_id);
    HCL_TRY(describe(job, o->model, err));
done:
    return st;
}

hcl_status hcl_job_compile(struct hcl_job *job, struct hcl_cli *cli, struct hcl_err *err)
{
    const struct hcl_job_options *o = job->options;
    const bool seeded = o->weights == HCL_COMMITTED && o->needs_seed;
    uint8_t seed[HCL_WEIGHT_SEED_BYTES] = { 0 };
    hcl_status st;
    HCL_TRY(check_model(job, err));
    if (seeded)
        HCL_TRY(read_seed(job, o, seed, err));
    hcl_mem_guard();
    st = name_limit(job, compile(job, cli, seeded ? seed : NULL, err), err);
    hcl_mem_unguard();
done:
    sodium_memzero(seed, sizeof seed);
    return st;
}

void hcl_job_drop_model(struct hcl_job *job)
{
    hcl_graph_clear(&job->model);
}

void hcl_job_drop_constants(struct hcl_job *job)
{
    hcl_places_clear(&job->places);
    hcl_fx_graph_drop_constants(&job->batch);
    hcl_fx_graph_drop_constants(&job->choice.graph);
}

void hcl_job_clear(struct hcl_job *job)
{
    hcl_job_drop_model(job);
    hcl_fx_graph_clear(&job->batch);
    hcl_choice_clear(&job->choice);
    hcl_circuit_clear(&job->circuit);
    hcl_program_clear(&job->program);
    hcl_layout_clear(&job->layout);
    hcl_places_clear(&job->places);
    json_decref(job->meta);
    free(job->meta_text);
    free(job->seed_path);
    *job = (struct hcl_job){ 0 };
}

void hcl_job_explain_range(const struct hcl_job *job, const struct hcl_sample_files *files, hcl_status st,
                           struct hcl_err *err)
{
    char said[sizeof err->msg], input[HCL_FILES_TEXT];
    hcl_sample_files_text(input, sizeof input, files);
    snprintf(said, sizeof said, "%s", err->msg);
    if (st == HCL_BAD_INPUT)
        hcl_fail(err, st, "'%s': %s (ranges rest on %s; --calibrate takes others)", input, said,
                 hcl_calibration_text(&job->choice.quant));
    else
        hcl_fail_prefix(err, st, "'%s'", input);
}

hcl_status hcl_job_judge(struct hcl_judge **out, const struct hcl_job *job, struct hcl_err *err)
{
    return hcl_judge_open(out, &job->model, &job->choice.graph, &job->choice.quant, err);
}

void hcl_job_judged_text(char out[HCL_JUDGED_TEXT], const struct hcl_job *job, const struct hcl_judgement *j)
{
    char what[HCL_JUDGED_TEXT / 2];
    hcl_judgement_text(what, sizeof what, j);
    snprintf(out, HCL_JUDGED_TEXT,
             "%s (scales rest on %s; --calibrate with inputs like this one makes others)", what,
             hcl_calibration_text(&job->choice.quant));
}

/* Of two lists of a batch's layers, the larger error of each. */
static void keep_worst(json_t *of_all, const json_t *of_item)
{
    size_t i;
    json_t *all;
    json_array_foreach(of_all, i, all)
    {
        const json_t *one = json_array_get(of_item, i);
        if (json_number_value(json_object_get(one, "worst_error")) >
            json_number_value(json_object_get(all, "worst_error")))
            json_object_update(all, (json_t *)one);
    }
}

static void add_outputs(struct hcl_job_run *run, json_t *of_item, size_t item)
{
    size_t i;
    json_t *output;
    if (run->items == 1) {
        run->outputs = of_item;
        return;
    }
    if (run->outputs == NULL)
        run->outputs = json_array();
    json_array_foreach(of_item, i, output)
    {
        json_object_set_new(output, "item", json_integer((json_int_t)item));
        json_array_append(run->outputs, output);
    }
    json_decref(of_item);
}

/* Whether judgement a is to be told of rather than b. */
static bool worse(const struct hcl_judgement *a, const struct hcl_judgement *b)
{
    if (hcl_judgement_bad(a) != hcl_judgement_bad(b))
        return hcl_judgement_bad(a);
    if (hcl_judgement_notable(a) != hcl_judgement_notable(b))
        return hcl_judgement_notable(a);
    return !hcl_judgement_notable(a) && a->worst > b->worst;
}

/* What judges an input, and who helps. */
struct bench {
    struct hcl_judge *judge;
    const struct hcl_job *job;
    struct hcl_judge_team *team; /* NULL: none */
};

/* How far the layers of an item are off. */
static hcl_status compare_layers(json_t **layers, const struct bench *b, uint32_t item,
                                 const struct hcl_job_run *run, struct hcl_err *err)
{
    const struct hcl_job *job = b->job;
    float *const *want = hcl_judge_values(b->judge);
    const int64_t *y = run->witness.cells.y;
    struct hcl_comparison own = { 0 };
    const struct hcl_comparison *c = b->team ? &b->team->compared[item] : &own;
    struct hcl_tile_error *errors = NULL;
    hcl_status st = HCL_OK;
    *layers = NULL;
    if (!b->team)
        HCL_TRY(hcl_comparison_init(&own, &job->model, &job->choice.graph, item, &job->places, err));
    HCL_TRY(hcl_mem_alloc((void **)&errors, c->tiles, sizeof *errors, "errors", err));
    if (b->team)
        hcl_judge_team_compare(b->team, item, y, &run->values, want, errors);
    else
        hcl_compare(c, 0, c->tiles, y, &run->values, want, errors);
    *layers = hcl_judge_layers_json(c, errors);
done:
    hcl_mem_free_secret(errors);
    hcl_comparison_clear(&own);
    return st;
}

static hcl_status judge_item(struct hcl_job_run *run, const struct bench *b, uint32_t item,
                             const float *input, const struct hcl_fx_values *v, struct hcl_err *err)
{
    const bool outputs = hcl_job_graph(b->job)->output_visibility == HCL_PUBLIC;
    json_t *layers = NULL;
    hcl_status st = HCL_OK;
    HCL_TRY(hcl_judge_input(b->judge, input, v, &run->judged[item], err));
    if (worse(&run->judged[item], &run->judged[run->worst]))
        run->worst = item;
    HCL_TRY(compare_layers(&layers, b, item, run, err));
    if (item == 0)
        run->layer_errors = json_incref(layers);
    else
        keep_worst(run->layer_errors, layers);
    json_decref(layers);
    if (outputs)
        add_outputs(run, hcl_judge_outputs_json(b->judge, v, SHOWN_OUTPUTS), item);
done:
    return st;
}

static hcl_status judge_run(struct hcl_job_run *run, const struct hcl_job *job,
                            const struct hcl_samples *input, struct hcl_judge_team *team, struct hcl_err *err)
{
    const struct hcl_fx_graph *g = hcl_job_graph(job);
    struct bench b = { .job = job, .team = team };
    hcl_status st = hcl_job_judge(&b.judge, job, err);
    if (st != HCL_OK)
        return st;
    hcl_judge_evaluate_with(b.judge, team ? &team->evaluating : NULL);
    for (uint32_t i = 0; st == HCL_OK && i < run->items; i++) {
        struct hcl_fx_values v = run->values;
        if (hcl_fx_is_batch(g))
            HCL_TRY(hcl_fx_item_values(&v, g, &run->values, i, err));
        st = judge_item(run, &b, i, input->data + i * input->len, &v, err);
        if (hcl_fx_is_batch(g))
            hcl_fx_item_clear(&v);
    }
done:
    hcl_judge_close(b.judge);
    return st;
}

struct hcl_judge_subject hcl_job_subject(const struct hcl_job *job)
{
    return (struct hcl_judge_subject){ .model = &job->model,
                                       .fx = &job->choice.graph,
                                       .places = &job->places,
                                       .items = hcl_fx_items(hcl_job_graph(job)) };
}

json_t *hcl_job_accuracy_json(const struct hcl_job_run *run)
{
    json_t *out = hcl_judgement_json(&run->judged[run->worst]), *items;
    if (run->items == 1)
        return out;
    items = json_array();
    for (size_t i = 0; i < run->items; i++)
        json_array_append_new(items, hcl_judgement_json(&run->judged[i]));
    json_object_set_new(out, "item", json_integer((json_int_t)run->worst));
    json_object_set_new(out, "items", items);
    return out;
}

void hcl_job_run_text(char out[HCL_JUDGED_TEXT + HCL_FILES_TEXT], const struct hcl_job *job,
                      const struct hcl_job_run *run, const struct hcl_sample_files *files)
{
    char text[HCL_JUDGED_TEXT], input[HCL_FILES_TEXT / 2], item[32] = "";
    hcl_job_judged_text(text, job, &run->judged[run->worst]);
    hcl_sample_files_text(input, sizeof input, files);
    if (run->items > 1)
        snprintf(item, sizeof item, ", item %zu", run->worst);
    snprintf(out, HCL_JUDGED_TEXT + HCL_FILES_TEXT, "'%s'%s: %s", input, item, text);
}

hcl_status hcl_job_read_input(struct hcl_samples *out, const struct hcl_job *job,
                              const struct hcl_sample_files *files, struct hcl_err *err)
{
    const long batch = job->options->batch;
    char text[HCL_FILES_TEXT];
    hcl_status st = hcl_samples_read(out, files, &job->model, job->options->divide_by, err);
    if (st != HCL_OK || out->count == (size_t)(batch ? batch : 1))
        return st;
    hcl_sample_files_text(text, sizeof text, files);
    if (batch)
        st = hcl_fail(err, HCL_BAD_INPUT, "'%s' holds %zu inputs, expected the %ld of --batch %ld", text,
                      out->count, batch, batch);
    else
        st = hcl_fail(err, HCL_BAD_INPUT, "'%s' holds %zu inputs, expected 1 (--batch %zu takes all)", text,
                      out->count, out->count);
    hcl_samples_clear(out);
    return st;
}

hcl_status hcl_job_run_begin(struct hcl_job_run *run, const struct hcl_job *job,
                             const struct hcl_samples *input, const struct hcl_sample_files *files,
                             struct hcl_err *err)
{
    const struct hcl_fx_graph *g = hcl_job_graph(job);
    hcl_status st = HCL_OK;
    *run = (struct hcl_job_run){ .items = hcl_fx_items(g) };
    HCL_TRY(hcl_mem_calloc((void **)&run->judged, run->items, sizeof *run->judged, "judgements", err));
    HCL_TRY(hcl_fx_values_init(&run->values, g, err));
    st = hcl_fx_set_inputs(g, &run->values, input->data, err);
    if (st != HCL_OK) {
        hcl_job_explain_range(job, files, st, err);
        goto done;
    }
    HCL_TRY(hcl_witness_init(&run->witness, &job->program, err));
    for (size_t i = 0; i < g->num_inputs; i++)
        HCL_TRY(hcl_witness_set_input(&run->witness, i, run->values.tensor[g->inputs[i]],
                                      hcl_fx_tensor_len(g, g->inputs[i]), err));
done:
    if (st != HCL_OK)
        hcl_job_run_clear(run);
    return st;
}

hcl_status hcl_job_read_instance(struct hcl_job_run *run, const struct hcl_job *job, struct hcl_err *err)
{
    hcl_fr *instance = NULL;
    hcl_status st;
    HCL_TRY(hcl_values_init(&run->instances, job->circuit.num_instance, err));
    if (job->circuit.num_instance > 0) {
        HCL_TRY(hcl_mem_alloc((void **)&instance, (size_t)job->program.num_instance + 1, sizeof *instance,
                              "instance", err));
        hcl_witness_instance(&run->witness, instance);
        HCL_TRY(hcl_values_set(&run->instances, 0, instance, job->program.num_instance, err));
    }
done:
    hcl_mem_free_secret(instance);
    return st;
}

/* Outputs and scores, from the cells. */
static hcl_status read_results(struct hcl_job_run *run, const struct hcl_job *job, struct hcl_err *err)
{
    const struct hcl_fx_graph *g = hcl_job_graph(job);
    bool *wanted = calloc(g->num_tensors + 1, sizeof *wanted);
    if (wanted == NULL)
        return hcl_fail(err, HCL_NO_RESOURCE, "no memory for %zu tensors", g->num_tensors);
    for (size_t o = 0; o < g->num_outputs; o++) {
        wanted[g->outputs[o]] = true;
        wanted[hcl_fx_score_tensor(g, g->outputs[o])] = true;
    }
    const hcl_status st = hcl_places_read(&job->places, g, &run->witness.cells, &run->values, wanted, err);
    free(wanted);
    return st;
}

hcl_status hcl_job_run_judge(struct hcl_job_run *run, const struct hcl_job *job,
                             const struct hcl_samples *input, struct hcl_judge_team *team,
                             struct hcl_err *err)
{
    const hcl_status st = read_results(run, job, err);
    return st == HCL_OK ? judge_run(run, job, input, team, err) : st;
}

hcl_status hcl_job_run_explain(struct hcl_job_run *run, const struct hcl_job *job,
                               const struct hcl_sample_files *files, struct hcl_err *err)
{
    const hcl_status st = hcl_interpret(hcl_job_graph(job), &run->values, err);
    if (st != HCL_OK)
        hcl_job_explain_range(job, files, st, err);
    return st;
}

void hcl_job_run_clear(struct hcl_job_run *run)
{
    hcl_fx_values_clear(&run->values);
    hcl_witness_clear(&run->witness);
    hcl_values_clear(&run->instances);
    hcl_mem_free_secret(run->judged);
    json_decref(run->layer_errors);
    json_decref(run->outputs);
    *run = (struct hcl_job_run){ 0 };
}

bool hcl_job_is_model(const char *path)
{
    const char *dot = strrchr(hcl_base_name(path), '.');
    return !dot || strcmp(dot, ".json") != 0;
}

/* Inputs or outputs in the model's order: what signature and graph call them, and their shapes. */
static json_t *ends_json(const struct hcl_graph *g, const uint32_t *ends, size_t count)
{
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++) {
        const struct hcl_tensor *t = &g->tensors[ends[i]];
        json_t *shape = json_array();
        const struct hcl_map_shape s = hcl_map_shape_of(t->dims, t->rank, &t->wide);
        for (uint32_t k = 0; k < s.rank; k++)
            json_array_append_new(shape, json_integer(s.dims[k]));
        json_array_append_new(
            list, json_pack("{s:s*, s:s, s:o}", "name", t->entry, "tensor", t->name, "shape", shape));
    }
    return list;
}

hcl_status hcl_job_inspect_model(json_t **out, const char *path, const char *signature, struct hcl_err *err)
{
    struct hcl_tflite_choice choice;
    struct hcl_graph g;
    hcl_status st = hcl_tflite_choose(&choice, path, signature, err);
    if (st == HCL_OK)
        st = hcl_tflite_import(&g, path, signature, err);
    if (st != HCL_OK)
        return st;
    json_t *nodes = json_array(), *inputs = ends_json(&g, g.inputs, g.num_inputs),
           *outputs = ends_json(&g, g.outputs, g.num_outputs);
    for (size_t i = 0; i < g.num_nodes; i++) {
        const struct hcl_tensor *t = &g.tensors[g.nodes[i].output];
        json_array_append_new(nodes,
                              json_pack("{s:s, s:s, s:[i,i,i,i]}", "operator", hcl_op_name(g.nodes[i].op),
                                        "name", g.nodes[i].name, "shape", (int)t->dims[0], (int)t->dims[1],
                                        (int)t->dims[2], (int)t->dims[3]));
    }
    size_t parameters = 0;
    for (size_t i = 0; i < g.num_tensors; i++)
        parameters += g.tensors[i].data ? hcl_tensor_len(&g.tensors[i]) : 0;
    *out = json_pack("{s:s, s:s, s:s, s:I, s:o, s:o, s:o}", "kind", "TFLite model", "signature", choice.name,
                     "signatures", choice.all, "parameters", (json_int_t)parameters, "inputs", inputs,
                     "outputs", outputs, "nodes", nodes);
    hcl_graph_clear(&g);
    return HCL_OK;
}
