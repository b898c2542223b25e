/* SPDX-License-Identifier: Apache-2.0 */
#include "common/field/bench_field.h"
#include "common/field/kernel.h"

#include "coordinator/cli/bench_internal.h"

hcl_status hcl_bench_field(struct hcl_bench *b, struct hcl_err *err)
{
    struct hcl_field_bench f;
    json_t *list = json_array();
    hcl_field_bench_run(&f);
    const double ns = 1 / f.machine.ghz;
    if (!b->cli->json && f.machine.vpmadd52_per_cycle > 0)
        printf("%.2f vpmadd52 per cycle\n", f.machine.vpmadd52_per_cycle);
    if (!b->cli->json)
        printf("%.2f products of 64-bit words per cycle\n%-20s %10s %10s %10s\n",
               f.machine.products_per_cycle, "", "ns", "cycles", "limit");
    for (size_t i = 0; i < f.count; i++) {
        const double cycles = f.row[i].cycles, limit = f.row[i].limit;
        json_array_append_new(list, json_pack("{s:s, s:f, s:f, s:f}", "name", f.row[i].name, "ns",
                                              cycles * ns, "cycles", cycles, "limit_cycles", limit));
        if (!b->cli->json)
            printf(limit > 0 ? "%-20s %10.2f %10.1f %10.1f\n" : "%-20s %10.2f %10.1f\n", f.row[i].name,
                   cycles * ns, cycles, limit);
    }
    const hcl_status st = hcl_cli_emit(
        b->cli,
        json_pack("{s:s, s:s, s:f, s:f, s:f, s:O}", "bench", "field", "kernel", hcl_field_kernel_name(),
                  "ghz", f.machine.ghz, "vpmadd52_per_cycle", f.machine.vpmadd52_per_cycle,
                  "products_per_cycle", f.machine.products_per_cycle, "results", list),
        err, NULL);
    json_decref(list);
    return st;
}
