/* SPDX-License-Identifier: Apache-2.0 */
#include "common/sys/topo.h"

#include <hwloc.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The topology and the processing units this process may use. */
struct view {
    hwloc_topology_t topology;
    hwloc_bitmap_t allowed;
};

static void view_clear(struct view *v)
{
    if (v->allowed)
        hwloc_bitmap_free(v->allowed);
    if (v->topology)
        hwloc_topology_destroy(v->topology);
    *v = (struct view){ 0 };
}

static hcl_status view_init(struct view *v, struct hcl_err *err)
{
    *v = (struct view){ 0 };
    if (hwloc_topology_init(&v->topology) != 0 || hwloc_topology_load(v->topology) != 0) {
        v->topology = NULL;
        return hcl_fail(err, HCL_NO_RESOURCE, "hwloc cannot read the machine's topology");
    }
    v->allowed = hwloc_bitmap_dup(hwloc_topology_get_allowed_cpuset(v->topology));
    hwloc_bitmap_t mine = hwloc_bitmap_alloc();
    if (!v->allowed || !mine) {
        hwloc_bitmap_free(mine);
        view_clear(v);
        return hcl_fail(err, HCL_NO_RESOURCE, "out of memory for the machine's topology");
    }
    if (hwloc_topology_is_thissystem(v->topology) &&
        hwloc_get_cpubind(v->topology, mine, HWLOC_CPUBIND_PROCESS) == 0 &&
        hwloc_bitmap_intersects(mine, v->allowed))
        hwloc_bitmap_and(v->allowed, v->allowed, mine);
    hwloc_bitmap_free(mine);
    return HCL_OK;
}

/* FNV-1a, only to compare. */
static uint64_t mix(uint64_t h, const char *text)
{
    for (; *text; text++)
        h = (h ^ (uint8_t)*text) * 0x100000001b3u;
    return h * 0x100000001b3u;
}

hcl_status hcl_topo_identity(uint64_t *id, struct hcl_err *err)
{
    struct view v;
    char host[256] = "", *set = NULL;
    *id = 0;
    hcl_status st = view_init(&v, err);
    if (st != HCL_OK)
        return st;
    if (gethostname(host, sizeof host - 1) != 0)
        host[0] = 0;
    if (hwloc_bitmap_asprintf(&set, v.allowed) < 0)
        st = hcl_fail(err, HCL_NO_RESOURCE, "out of memory for the processor set");
    else
        *id = mix(mix(0xcbf29ce484222325u, host), set);
    free(set);
    view_clear(&v);
    return st;
}

/* Allowed cores, in the machine's order. */
static size_t list_cores(const struct view *v, hwloc_obj_t *cores)
{
    size_t count = 0;
    int depth = hwloc_get_type_or_below_depth(v->topology, HWLOC_OBJ_CORE);
    hwloc_obj_t core = NULL;
    while ((core = hwloc_get_next_obj_by_depth(v->topology, depth, core)) != NULL)
        if (hwloc_bitmap_intersects(core->cpuset, v->allowed))
            cores[count++] = core;
    return count;
}

/* The index-th allowed processing unit of a core, wrapping around. */
static unsigned pick_pu(const struct view *v, hwloc_obj_t core, size_t index)
{
    hwloc_bitmap_t usable = hwloc_bitmap_dup(core->cpuset);
    if (!usable)
        return core->os_index;
    hwloc_bitmap_and(usable, usable, v->allowed);
    size_t weight = (size_t)hwloc_bitmap_weight(usable);
    int pu = hwloc_bitmap_first(usable);
    for (size_t i = 0; i < index % weight; i++)
        pu = hwloc_bitmap_next(usable, pu);
    hwloc_bitmap_free(usable);
    return (unsigned)pu;
}

/* NUMA nodes of some cores; *lowest: the number of one. */
static int count_numa(hwloc_obj_t *cores, size_t first, size_t count, int *lowest)
{
    hwloc_bitmap_t nodes = hwloc_bitmap_alloc();
    for (size_t i = 0; nodes && i < count; i++)
        if (cores[first + i]->nodeset)
            hwloc_bitmap_or(nodes, nodes, cores[first + i]->nodeset);
    int weight = nodes ? hwloc_bitmap_weight(nodes) : 0;
    *lowest = weight > 0 ? hwloc_bitmap_first(nodes) : 0;
    hwloc_bitmap_free(nodes);
    return weight > 0 ? weight : 1;
}

/* Allowed processing units of some cores. */
static int count_units(const struct view *v, hwloc_obj_t *cores, size_t first, size_t count)
{
    hwloc_bitmap_t usable = hwloc_bitmap_alloc();
    int units = 0;
    for (size_t i = 0; usable && i < count; i++) {
        hwloc_bitmap_and(usable, cores[first + i]->cpuset, v->allowed);
        units += hwloc_bitmap_weight(usable);
    }
    hwloc_bitmap_free(usable);
    return units > 0 ? units : (int)count;
}

/* Threads for a wish, given cores and units of the plan. */
static int grant(const struct hcl_topo_plan *p, const struct hcl_topo_wish *wish)
{
    int threads = p->wished;
    if (wish->forced)
        return threads;
    if (threads > p->units)
        threads = p->units;
    if (wish->cpus > 0 && threads > ceil(wish->cpus))
        threads = (int)ceil(wish->cpus);
    return threads < 1 ? 1 : threads;
}

static hcl_status deal(struct hcl_topo_plan *p, const struct view *v, hwloc_obj_t *cores, size_t position,
                       size_t processes, const struct hcl_topo_wish *wish, struct hcl_err *err)
{
    size_t count = list_cores(v, cores), first, share;
    if (count == 0)
        return hcl_fail(err, HCL_NO_RESOURCE, "hwloc finds no processor that this process may use");
    size_t each = count / processes, longer = count % processes;
    first = position * each + (position < longer ? position : longer);
    share = each + (position < longer);
    p->exclusive = processes <= count;
    if (!p->exclusive) {
        first = position * count / processes;
        share = 1;
    }
    p->cores = (int)share;
    p->units = count_units(v, cores, first, share);
    p->wished = wish->threads > 0 ? wish->threads : p->cores;
    p->threads = grant(p, wish);
    p->confined = count_numa(cores, 0, count, &p->numa_node) == 1;
    p->numa_nodes = count_numa(cores, first, share, &p->numa_node);
    p->pus = calloc((size_t)p->threads, sizeof *p->pus);
    if (!p->pus)
        return hcl_fail(err, HCL_NO_RESOURCE, "out of memory for %d threads", p->threads);
    for (size_t i = 0; i < (size_t)p->threads; i++)
        p->pus[i] = pick_pu(v, cores[first + i % share], i / share);
    return HCL_OK;
}

hcl_status hcl_topo_plan_init(struct hcl_topo_plan *p, int position, int processes,
                              const struct hcl_topo_wish *wish, struct hcl_err *err)
{
    struct view v;
    *p = (struct hcl_topo_plan){ 0 };
    HCL_ASSERT(processes > 0 && position >= 0 && position < processes);
    hcl_status st = view_init(&v, err);
    if (st != HCL_OK)
        return st;
    const int most = hwloc_get_nbobjs_by_type(v.topology, HWLOC_OBJ_PU);
    hwloc_obj_t *cores = calloc(most > 0 ? (size_t)most : 1, sizeof(hwloc_obj_t));
    if (!cores)
        st = hcl_fail(err, HCL_NO_RESOURCE, "out of memory for the machine's topology");
    else
        st = deal(p, &v, cores, (size_t)position, (size_t)processes, wish, err);
    free(cores);
    view_clear(&v);
    if (st != HCL_OK)
        hcl_topo_plan_clear(p);
    return st;
}

void hcl_topo_plan_clear(struct hcl_topo_plan *p)
{
    free(p->pus);
    *p = (struct hcl_topo_plan){ 0 };
}

static bool user_decided(void)
{
    return getenv("OMP_PROC_BIND") || getenv("OMP_PLACES") || getenv("GOMP_CPU_AFFINITY");
}

hcl_status hcl_topo_bind(const struct hcl_topo_plan *p, bool *bound, struct hcl_err *err)
{
    struct view v;
    if (bound)
        *bound = false;
    if (user_decided() || !p->exclusive || p->threads > p->cores)
        return HCL_OK;
    hcl_status st = view_init(&v, err);
    if (st != HCL_OK)
        return st;
    int refused = 0;
    if (!hwloc_topology_is_thissystem(v.topology)) { /* a synthetic machine has no threads to bind */
        if (bound)
            *bound = true;
        view_clear(&v);
        return HCL_OK;
    }
#pragma omp parallel for schedule(static, 1) num_threads(p->threads) reduction(+ : refused)
    for (int i = 0; i < p->threads; i++) {
        hwloc_bitmap_t set = hwloc_bitmap_alloc();
        if (!set || hwloc_bitmap_only(set, p->pus[i]) != 0 ||
            hwloc_set_cpubind(v.topology, set, HWLOC_CPUBIND_THREAD) != 0)
            refused++;
        hwloc_bitmap_free(set);
    }
    if (bound)
        *bound = refused == 0;
    view_clear(&v);
    return HCL_OK;
}
