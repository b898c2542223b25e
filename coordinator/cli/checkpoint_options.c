/* SPDX-License-Identifier: Apache-2.0 */
#include "coordinator/cli/checkpoint_options.h"

#include "common/io/file_write.h"
#include "coordinator/cli/secret_file.h"
#include "coordinator/cli/text.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

enum { KEY_CHECKPOINT = 0x400, KEY_RESUME, KEY_KEY, KEY_EVERY };

static const struct argp_option options[] = {
    { NULL, 0, NULL, 0, "Checkpoints:", 3 },
    { "checkpoint", KEY_CHECKPOINT, "DIR", 0,
      "Keep in DIR, encrypted, what another job needs to go on after this one has ended early. All ranks "
      "must see "
      "DIR. SIGTERM and SIGUSR1 stop after the round that is running, with exit code 75. Deleted when the "
      "proof is "
      "written",
      0 },
    { "resume", KEY_RESUME, "DIR", 0,
      "Go on from the checkpoint in DIR, with any number of ranks, to the same proof, and keep on as with "
      "--checkpoint",
      0 },
    { "checkpoint-key", KEY_KEY, "FILE", 0,
      "The secret that checkpoints are encrypted with (default: checkpoint.key in the cache); made if it is "
      "missing. Only rank 0 reads it",
      0 },
    { "checkpoint-every-round", KEY_EVERY, NULL, 0,
      "After every round, also when that takes more than a tenth of the time since the last checkpoint", 0 },
    { 0 },
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct hcl_checkpoint_options *o = state->input;
    switch (key) {
    case KEY_CHECKPOINT:
    case KEY_RESUME:
        if (o->folder)
            return hcl_cli_usage(state, "--checkpoint and --resume exclude each other: one folder, once");
        o->folder = arg;
        o->resume = key == KEY_RESUME;
        return 0;
    case KEY_KEY:
        o->key = arg;
        return 0;
    case KEY_EVERY:
        o->every_round = true;
        return 0;
    case ARGP_KEY_END:
        return (o->key || o->every_round) && !o->folder
                   ? hcl_cli_usage(state, "--checkpoint or --resume is missing: where are the checkpoints?")
                   : 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

const struct argp hcl_checkpoint_argp = { .options = options, .parser = parse };

static const struct hcl_secret_kind kind = {
    { 'H', 'C', 'L', 'C', 'K', 'E', 'Y', '1' },
    "key of checkpoints",
    "the one they were written with (--checkpoint-key FILE)",
};

/* A key that lies beside what it protects protects nothing. */
static hcl_status check_apart(const char *key, const char *folder, struct hcl_err *err)
{
    char key_path[PATH_MAX], folder_path[PATH_MAX];
    if (!realpath(key, key_path) || !realpath(folder, folder_path))
        return hcl_fail(err, HCL_NO_RESOURCE, "cannot find out where '%s' and '%s' are: %s", key, folder,
                        strerror(errno));
    const size_t len = strlen(folder_path);
    return strncmp(key_path, folder_path, len) == 0 && key_path[len] == '/'
               ? hcl_fail(err, HCL_BAD_INPUT,
                          "the key of checkpoints, '%s', may not lie beside them in '%s': give "
                          "--checkpoint-key FILE",
                          key, folder)
               : HCL_OK;
}

static hcl_status read_key(struct hcl_checkpoint *c, const struct hcl_checkpoint_options *o,
                           const struct hcl_setup_options *setup, struct hcl_err *err)
{
    _Static_assert(sizeof c->key == HCL_SECRET_BYTES, "a key is a secret file");
    char *path = o->key ? strdup(o->key) : hcl_setup_path(setup, "checkpoint.key");
    hcl_status st = HCL_OK;
    if (!path)
        HCL_TRY(hcl_fail(err, HCL_BAD_INPUT,
                         "checkpoints are encrypted with a key that is kept: give --checkpoint-key FILE"));
    HCL_TRY(hcl_secret_read(c->key, path, &kind, !o->resume, err));
    HCL_TRY(check_apart(path, o->folder, err));
done:
    free(path);
    return st;
}

/* Of an unfinished proof nothing may be lost by a wrong option. */
static hcl_status check_free(const char *file, const char *folder, struct hcl_err *err)
{
    return access(file, F_OK) == 0 ? hcl_fail(err, HCL_BAD_INPUT,
                                              "'%s' holds the checkpoint of a proof that is not finished: "
                                              "--resume goes on with it; delete "
                                              "the folder to begin anew",
                                              folder)
                                   : hcl_file_try(file, err);
}

hcl_status hcl_checkpoint_open(struct hcl_checkpoint *c, const struct hcl_checkpoint_options *o,
                               const struct hcl_setup_options *setup, struct hcl_err *err)
{
    hcl_status st = HCL_OK;
    char *file = hcl_join(o->folder, HCL_CHECKPOINT_FILE);
    if (!file || !c->folder)
        HCL_TRY(hcl_fail(err, HCL_NO_RESOURCE, "no memory for a path"));
    if (o->resume && access(file, F_OK) != 0)
        HCL_TRY(hcl_fail(err, HCL_BAD_INPUT, "there is no checkpoint in '%s'", o->folder));
    if (!o->resume) {
        HCL_TRY(hcl_folder_make(o->folder, err));
        HCL_TRY(check_free(file, o->folder, err));
    }
    HCL_TRY(read_key(c, o, setup, err));
    if (o->resume) {
        HCL_TRY(hcl_checkpoint_read(c, err));
        HCL_TRY(hcl_file_try(file, err));
    }
done:
    free(file);
    return st;
}
