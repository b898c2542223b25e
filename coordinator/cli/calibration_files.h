/* SPDX-License-Identifier: Apache-2.0 */
/* The calibration samples that lie beside a model. */
#ifndef HCL_COORDINATOR_CLI_CALIBRATION_FILES_H
#define HCL_COORDINATOR_CLI_CALIBRATION_FILES_H

#include "compiler/quantize/samples.h"

struct hcl_calibration_files {
    struct hcl_sample_files files; /* none: there are no samples */
    char *owned[HCL_MOST_INPUTS];
};

/** What there is, in this order: with STEM the model's name without its ending and a dot, or its folder:
 * STEMcalibration.npz, STEMcalibration.npy, or STEMcalibration_0.npy and so on for as many inputs. */
HCL_MUST_CHECK hcl_status hcl_calibration_find(struct hcl_calibration_files *out, const char *model,
                                               size_t inputs, struct hcl_err *err);
void hcl_calibration_files_clear(struct hcl_calibration_files *f);

#endif
