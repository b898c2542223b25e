/* SPDX-License-Identifier: Apache-2.0 */
/* What the processor offers and the operating system lets us use. Compiled without instruction-set flags, so
 * asking is safe anywhere; on other architectures nothing is offered. Thread-safe. */
#ifndef HCL_COMMON_SYS_CPU_H
#define HCL_COMMON_SYS_CPU_H

#include <stdbool.h>

struct hcl_cpu {
    bool bmi2;      /* MULX */
    bool adx;       /* ADCX, ADOX */
    bool ifma;      /* AVX-512 F, DQ, BW, VL, IFMA and VBMI2, and the system saves the ZMM registers */
    char brand[49]; /* the processor's own name, may be empty */
};

void hcl_cpu_detect(struct hcl_cpu *out);

#endif
