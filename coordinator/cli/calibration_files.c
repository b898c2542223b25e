/* SPDX-License-Identifier: Apache-2.0 */
#include "coordinator/cli/calibration_files.h"
#include "coordinator/cli/text.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What precedes "calibration": of "folder/model.tflite" "folder/model." and "folder/". */
struct stem {
    const char *text;
    int len;
    const char *dot;
};

/* Append STEMcalibration<ending> if it can be read. */
static hcl_status take(struct hcl_calibration_files *out, const struct stem *s, const char *ending,
                       struct hcl_err *err)
{
    char *path;
    if (asprintf(&path, "%.*s%scalibration%s", s->len, s->text, s->dot, ending) < 0)
        return hcl_fail(err, HCL_NO_RESOURCE, "no memory for a path");
    if (access(path, R_OK) != 0) {
        free(path);
        return HCL_OK;
    }
    out->owned[out->files.count] = path;
    out->files.text[out->files.count++] = path;
    return HCL_OK;
}

static hcl_status find(struct hcl_calibration_files *out, const struct stem *s, size_t inputs,
                       struct hcl_err *err)
{
    hcl_status st;
    HCL_TRY(take(out, s, ".npz", err));
    if (out->files.count == 0)
        HCL_TRY(take(out, s, ".npy", err));
    if (out->files.count > 0)
        return HCL_OK;
    for (size_t i = 0; i < inputs && i < HCL_MOST_INPUTS && out->files.count == i; i++) {
        char ending[32];
        snprintf(ending, sizeof ending, "_%zu.npy", i);
        HCL_TRY(take(out, s, ending, err));
    }
done:
    return st;
}

hcl_status hcl_calibration_find(struct hcl_calibration_files *out, const char *model, size_t inputs,
                                struct hcl_err *err)
{
    const char *base = hcl_base_name(model), *dot = strrchr(base, '.');
    const struct stem stems[] = { { model, (int)(dot ? (size_t)(dot - model) : strlen(model)), "." },
                                  { model, (int)(base - model), "" } };
    hcl_status st = HCL_OK;
    *out = (struct hcl_calibration_files){ 0 };
    for (size_t i = 0; i < 2 && st == HCL_OK && out->files.count == 0; i++)
        st = find(out, &stems[i], inputs, err);
    if (st != HCL_OK)
        hcl_calibration_files_clear(out);
    return st;
}

void hcl_calibration_files_clear(struct hcl_calibration_files *f)
{
    for (size_t i = 0; i < f->files.count; i++)
        free(f->owned[i]);
    *f = (struct hcl_calibration_files){ 0 };
}
