/* SPDX-License-Identifier: Apache-2.0 */
#include "coordinator/cli/speed.h"

#include "common/field/fr.h"
#include "common/field/kernel.h"
#include "common/io/file_write.h"
#include "common/io/json_read.h"
#include "common/io/reader.h"
#include "common/sys/clock.h"
#include "common/sys/log.h"
#include "compiler/layout/cost.h"
#include "coordinator/cli/setup.h"
#include "coordinator/cli/text.h"

#include <math.h>
#include <string.h>
#include <unistd.h>

/* Vectors that stay in the first cache; samples so short that most of them run undisturbed. */
enum { LEN = 128, CALLS = 64, SAMPLES = 80 };

#define FORMAT "halocline-calibration"
/* Further off than that is no machine. */
#define MOST_FACTOR 1000.0
enum { MAX_BYTES = 1 << 16 };

static const char *const kind_names[HCL_SPEED_KINDS] = {
    [HCL_SPEED_FIELD] = "field", [HCL_SPEED_MSM] = "msm", [HCL_SPEED_NTT] = "ntt"
};

double hcl_speed_measure_field(void)
{
    hcl_fr a[LEN], b[LEN];
    double best = INFINITY;
    for (size_t i = 0; i < LEN; i++) {
        hcl_fr_from_u64(&a[i], 0x9e3779b97f4a7c15u * (i + 1));
        hcl_fr_inv(&b[i], &a[i]);
    }
    for (int s = 0; s < SAMPLES; s++) {
        const double start = hcl_clock_seconds();
        for (int i = 0; i < CALLS; i++)
            hcl_fr_mul_vec(a, a, b, LEN);
        best = fmin(best, hcl_clock_seconds() - start);
    }
    return best / (CALLS * LEN) / HCL_COST_MUL_VEC;
}

void hcl_speed_cpu(char out[80])
{
    char line[256];
    snprintf(out, 80, "unknown");
    FILE *f = fopen("/proc/cpuinfo", "r");
    while (f != NULL && fgets(line, sizeof line, f) != NULL)
        if (strncmp(line, "model name", 10) == 0 && strchr(line, ':') != NULL) {
            snprintf(out, 80, "%.78s", strchr(line, ':') + 2);
            out[strcspn(out, "\n")] = '\0';
            break;
        }
    if (f != NULL)
        fclose(f);
}

/* Of this processor and kernel, malloc'ed; NULL: there is no cache. */
static char *kept_path(void)
{
    static const struct hcl_setup_options usual = { 0 };
    char cpu[80], what[160], hash[65], name[64];
    char *folder = hcl_setup_cache_folder(&usual), *path = NULL;
    hcl_speed_cpu(cpu);
    snprintf(what, sizeof what, "%s, %s", cpu, hcl_field_kernel_name());
    hcl_hash_hex(hash, (const uint8_t *)what, strlen(what));
    snprintf(name, sizeof name, "calibration-%.16s.json", hash);
    if (folder)
        path = hcl_join(folder, name);
    free(folder);
    return path;
}

static bool read_kept(double factor[HCL_SPEED_KINDS], const char *path)
{
    struct hcl_err err;
    json_t *root = NULL;
    bool good = hcl_json_read(&root, path, MAX_BYTES, &err) == HCL_OK;
    if (!good)
        hcl_log(HCL_LOG_WARNING, "times are not calibrated: %s", err.msg);
    for (int i = 0; good && i < HCL_SPEED_KINDS; i++) {
        factor[i] = json_number_value(json_object_get(json_object_get(root, "factors"), kind_names[i]));
        good = factor[i] > 1 / MOST_FACTOR && factor[i] < MOST_FACTOR;
        if (!good)
            hcl_log(HCL_LOG_WARNING, "times are not calibrated: '%s' has no factor '%s'", path,
                    kind_names[i]);
    }
    json_decref(root);
    return good;
}

static struct {
    double factor[HCL_SPEED_KINDS];
    bool known, calibrated;
} speed;

static void know(void)
{
    char *path = speed.known ? NULL : kept_path();
    if (speed.known)
        return;
    speed.calibrated = path && access(path, R_OK) == 0 && read_kept(speed.factor, path);
    const double field = speed.calibrated ? 0 : hcl_speed_measure_field();
    for (int i = 0; !speed.calibrated && i < HCL_SPEED_KINDS; i++)
        speed.factor[i] = field;
    speed.known = true;
    free(path);
}

double hcl_speed_factor(hcl_speed_kind kind)
{
    know();
    return speed.factor[kind];
}

bool hcl_speed_calibrated(void)
{
    know();
    return speed.calibrated;
}

hcl_status hcl_speed_keep(const double factor[HCL_SPEED_KINDS], char **path, struct hcl_err *err)
{
    static const struct hcl_setup_options usual = { 0 };
    char cpu[80], *folder = hcl_setup_cache_folder(&usual);
    json_t *root = NULL, *factors = json_object();
    hcl_status st = HCL_OK;
    *path = kept_path();
    if (!folder || !*path)
        HCL_TRY(
            hcl_fail(err, HCL_NO_RESOURCE, "there is no cache to keep a calibration in (HALOCLINE_CACHE)"));
    HCL_TRY(hcl_folder_make(folder, err));
    for (int i = 0; i < HCL_SPEED_KINDS; i++)
        json_object_set_new(factors, kind_names[i], json_real(factor[i]));
    hcl_speed_cpu(cpu);
    root = json_pack("{s:s, s:i, s:o, s:s, s:O}", "format", FORMAT, "version", 1, "cpu", hcl_json_string(cpu),
                     "kernel", hcl_field_kernel_name(), "factors", factors);
    st = root ? hcl_json_write(*path, root, err)
              : hcl_fail(err, HCL_NO_RESOURCE, "no memory for a calibration");
done:
    json_decref(root);
    json_decref(factors);
    free(folder);
    return st;
}

static hcl_speed_kind kind_of(hcl_cost_phase p)
{
    switch (p) {
    case HCL_COST_COMMIT_ADVICE:
    case HCL_COST_COMMIT_PRODUCTS:
    case HCL_COST_RANDOM_POLYNOMIAL:
    case HCL_COST_COMMIT_QUOTIENT:
    case HCL_COST_COMMIT_OPENING:
        return HCL_SPEED_MSM;
    case HCL_COST_COEFFICIENTS:
    case HCL_COST_TRANSFORMS:
    case HCL_COST_PIECES:
        return HCL_SPEED_NTT;
    default:
        return HCL_SPEED_FIELD;
    }
}

void hcl_speed_scale(struct hcl_cost *c)
{
    c->seconds = 0;
    for (int i = 0; i < HCL_COST_PHASES; i++) {
        c->phase[i].seconds *= hcl_speed_factor(kind_of((hcl_cost_phase)i));
        c->seconds += c->phase[i].seconds;
    }
}
