/* SPDX-License-Identifier: Apache-2.0 */
#include "common/field/fp_kernel_internal.h"
#include "common/field/kernel.h"
#include "common/sys/cpu.h"
#include <stdlib.h>
#include <string.h>

struct hcl_field_kernel hcl_field_now;

static bool any_cpu(const struct hcl_cpu *cpu)
{
    (void)cpu;
    return true;
}

#ifdef HCL_HAVE_ADX
static bool has_adx(const struct hcl_cpu *cpu)
{
    return cpu->bmi2 && cpu->adx;
}
#endif

#ifdef HCL_HAVE_IFMA
static bool has_ifma(const struct hcl_cpu *cpu)
{
    return cpu->bmi2 && cpu->adx && cpu->ifma;
}
#endif

/* Best first. */
static const struct {
    const struct hcl_field_kernel *kernel;
    bool (*usable)(const struct hcl_cpu *cpu);
} kernels[] = {
#ifdef HCL_HAVE_IFMA
    { &hcl_field_kernel_ifma, has_ifma },
#endif
#ifdef HCL_HAVE_ADX
    { &hcl_field_kernel_adx, has_adx },
#endif
    { &hcl_field_kernel_portable, any_cpu },
};
enum { KERNELS = sizeof kernels / sizeof kernels[0] };

/* name NULL: the best one. */
static hcl_status choose(const char *name, struct hcl_err *err)
{
    struct hcl_cpu cpu;
    hcl_cpu_detect(&cpu);
    for (int i = 0; i < KERNELS; i++) {
        if (name != NULL && strcmp(name, kernels[i].kernel->name) != 0)
            continue;
        if (kernels[i].usable(&cpu)) {
            hcl_field_now = *kernels[i].kernel;
            return HCL_OK;
        }
        if (name != NULL)
            return hcl_fail(err, HCL_NO_RESOURCE, "cannot use field kernel '%s': this machine lacks %s", name,
                            strcmp(name, "ifma") == 0
                                ? "AVX-512 IFMA or VBMI2, or the system does not save ZMM state"
                                : "BMI2 or ADX");
    }
    return hcl_fail(err, HCL_BAD_INPUT, "unknown field kernel '%s', expected portable, adx or ifma as built",
                    name);
}

/* Before main, so that no call can meet an empty table and a wrong request is reported before any work. */
__attribute__((constructor)) static void choose_at_start(void)
{
    struct hcl_err err;
    const char *name = getenv("HALOCLINE_CPU");
    const hcl_status st = choose(name != NULL && name[0] != '\0' ? name : NULL, &err);
    if (st != HCL_OK) {
        fprintf(stderr, "halocline: HALOCLINE_CPU: %s\n", err.msg);
        _Exit(st);
    }
}

const char *hcl_field_kernel_name(void)
{
    return hcl_field_now.name;
}

bool hcl_field_has_ifma(void)
{
    return strcmp(hcl_field_now.name, "ifma") == 0;
}

bool hcl_field_kernel_usable(const char *name)
{
    struct hcl_cpu cpu;
    hcl_cpu_detect(&cpu);
    for (int i = 0; i < KERNELS; i++)
        if (strcmp(name, kernels[i].kernel->name) == 0)
            return kernels[i].usable(&cpu);
    return false;
}

hcl_status hcl_field_kernel_use(const char *name, struct hcl_err *err)
{
    return choose(name, err);
}
