/* SPDX-License-Identifier: Apache-2.0 */
#include "coordinator/cli/status_file.h"

#include "common/io/file_write.h"
#include "common/io/json_read.h"
#include "common/sys/clock.h"
#include "common/sys/log.h"

#include <libgen.h>
#include <string.h>
#include <unistd.h>

/* Seconds between two writes while the job goes on. */
#define INTERVAL 1.0

/* Short names of exit_codes.def's. */
static const char *verdict(hcl_status st)
{
    switch (st) {
    case HCL_OK:
        return "proved";
    case HCL_FALSE_CLAIM:
        return "false";
    case HCL_BAD_INPUT:
        return "bad input";
    case HCL_STOPPED:
        return "stopped";
    default:
        return "no resource";
    }
}

static json_t *common(const struct hcl_status_file *f, const char *state)
{
    char date[21], host[256] = "";
    hcl_clock_utc(date);
    (void)gethostname(host, sizeof host - 1);
    json_t *out = json_pack("{s:s, s:i, s:s, s:s, s:s, s:o, s:i}", "format", "halocline-status", "version", 1,
                            "state", state, "phase", f->phase, "date", date, "host", hcl_json_string(host),
                            "pid", (int)getpid());
    if (out && f->checkpoint)
        json_object_set_new(out, "checkpoint", hcl_json_string(f->checkpoint));
    return out;
}

static hcl_status write_json(struct hcl_status_file *f, json_t *json, struct hcl_err *err)
{
    const hcl_status st = json ? hcl_json_write(f->path, json, err)
                               : hcl_fail(err, HCL_NO_RESOURCE, "no memory for '%s'", f->path);
    json_decref(json);
    f->last = hcl_clock_seconds();
    return st;
}

hcl_status hcl_status_file_begin(struct hcl_status_file *f, const char *path, const char *checkpoint,
                                 struct hcl_err *err)
{
    *f = (struct hcl_status_file){ .path = path, .checkpoint = checkpoint, .phase = "begin" };
    if (!path)
        return HCL_OK;
    char *copy = strdup(path);
    hcl_status st =
        copy ? hcl_folder_make(dirname(copy), err) : hcl_fail(err, HCL_NO_RESOURCE, "no memory for a path");
    free(copy);
    if (st == HCL_OK)
        st = write_json(f, common(f, "running"), err);
    if (st != HCL_OK)
        f->path = NULL;
    return st;
}

void hcl_status_file_phase(struct hcl_status_file *f, const char *phase)
{
    if (!f->path)
        return;
    snprintf(f->phase, sizeof f->phase, "%s", phase);
    if (hcl_clock_seconds() - f->last >= INTERVAL)
        (void)write_json(f, common(f, "running"), NULL);
}

void hcl_status_file_end(struct hcl_status_file *f, hcl_status st, const struct hcl_err *err,
                         const char *proof, long rounds, long rounds_here)
{
    struct hcl_err why = { "" };
    if (!f->path)
        return;
    json_t *json = common(f, "ended");
    if (json) {
        json_object_set_new(json, "verdict", json_string(verdict(st)));
        json_object_set_new(json, "exit_code", json_integer(st));
        json_object_set_new(json, "proof", proof ? hcl_json_string(proof) : json_null());
        if (st != HCL_OK)
            json_object_set_new(json, "message", hcl_json_string(err->msg));
        if (rounds >= 0) {
            json_object_set_new(json, "rounds_done", json_integer(rounds));
            json_object_set_new(json, "rounds_done_here", json_integer(rounds_here));
        }
    }
    if (write_json(f, json, &why) != HCL_OK)
        hcl_log(HCL_LOG_WARNING, "%s", why.msg);
}
