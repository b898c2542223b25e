/* SPDX-License-Identifier: Apache-2.0 */
#include "coordinator/cli/manual.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

const char *hcl_manual_text(const json_t *o, const char *key)
{
    const char *text = json_string_value(json_object_get(o, key));
    return text ? text : "";
}

/* roff takes a hyphen for a place to break a line, and some signs for commands. */
static void put_word(FILE *to, const char *word, size_t len, bool first)
{
    if (first && (*word == '.' || *word == '\''))
        fputs("\\&", to);
    for (size_t i = 0; i < len; i++)
        switch (word[i]) {
        case '\\':
            fputs("\\e", to);
            break;
        case '-':
            fputs("\\-", to);
            break;
        case '\'':
            fputs("\\(aq", to);
            break;
        case '`':
            fputs("\\(ga", to);
            break;
        case '^':
            fputs("\\(ha", to);
            break;
        case '~':
            fputs("\\(ti", to);
            break;
        default:
            fputc(word[i], to);
        }
}

/* Words in lines of their own lengths; a sentence ends its line. */
static void put_text(FILE *to, const char *text)
{
    size_t column = 0;
    while (*text) {
        const size_t space = strspn(text, " \n"), len = strcspn(text + space, " \n");
        const char *word = text + space;
        text = word + len;
        if (len == 0)
            continue;
        if (column > 0 && (column + len > 66 || column == SIZE_MAX)) {
            fputc('\n', to);
            column = 0;
        } else if (column > 0) {
            fputc(' ', to);
        }
        put_word(to, word, len, column == 0);
        column = column + len + 1;
        if (strchr(".?!", word[len - 1]))
            column = SIZE_MAX;
    }
    if (column > 0)
        fputc('\n', to);
}

static void put_section(FILE *to, const char *name)
{
    fprintf(to, ".SH %s\n", name);
}

/* A term in bold, and what it means. */
static void put_term(FILE *to, const char *term, const char *meaning)
{
    fputs(".TP\n.B ", to);
    put_word(to, term, strlen(term), false);
    fputc('\n', to);
    put_text(to, meaning);
}

/* "halocline srs import" -> halocline-srs-import */
static void put_reference(FILE *to, const char *name, bool escaped)
{
    for (; *name; name++)
        fputs(*name == ' ' || *name == '-' ? (escaped ? "\\-" : "-") : (char[2]){ *name, '\0' }, to);
}

static void put_option(FILE *to, const json_t *o)
{
    const char *name = hcl_manual_text(o, "name"), *letter = hcl_manual_text(o, "short"),
               *arg = hcl_manual_text(o, "arg");
    fputs(".TP\n", to);
    if (*letter)
        fprintf(to, "\\fB\\-%s\\fR%s", letter, *name ? ", " : "");
    if (*name) {
        fputs("\\fB\\-\\-", to);
        put_word(to, name, strlen(name), false);
        fputs("\\fR", to);
    }
    if (*arg) {
        fputs(*name ? "=\\fI" : " \\fI", to);
        put_word(to, arg, strlen(arg), false);
        fputs("\\fR", to);
    }
    fputc('\n', to);
    put_text(to, hcl_manual_text(o, "doc"));
}

static void put_options(FILE *to, const json_t *page)
{
    const char *group = "";
    size_t i;
    const json_t *o;
    if (json_array_size(json_object_get(page, "options")) == 0)
        return;
    put_section(to, "OPTIONS");
    json_array_foreach(json_object_get(page, "options"), i, o)
    {
        const char *of = hcl_manual_text(o, "group");
        if (strcmp(of, group) != 0) {
            const size_t len = strlen(of);
            fprintf(to, ".SS %.*s\n", (int)(len && of[len - 1] == ':' ? len - 1 : len), of);
            group = of;
        }
        put_option(to, o);
    }
}

static void put_commands(FILE *to, const json_t *page)
{
    size_t i;
    const json_t *c;
    if (!json_object_get(page, "commands"))
        return;
    put_section(to, "COMMANDS");
    json_array_foreach(json_object_get(page, "commands"), i, c)
    {
        fputs(".TP\n.BR ", to);
        put_reference(to, hcl_manual_text(page, "name"), true);
        fputs("\\-", to);
        put_reference(to, hcl_manual_text(c, "name"), true);
        fputs(" (1)\n", to);
        put_text(to, hcl_manual_text(c, "summary"));
    }
}

static void put_tables(FILE *to, bool program)
{
    char code[16];
    if (program) {
        put_section(to, "FILES");
        put_text(to, "In the folder of a proof:");
#define HCL_FILE(name, meaning) put_term(to, name, meaning);
#include "coordinator/cli/files.def"
#undef HCL_FILE
        put_section(to, "ENVIRONMENT");
#define HCL_ENVIRONMENT(name, meaning) put_term(to, name, meaning);
#include "coordinator/cli/environment.def"
#undef HCL_ENVIRONMENT
    }
    put_section(to, "EXIT STATUS");
#define HCL_EXIT(status, number, meaning)                                                                    \
    snprintf(code, sizeof code, "%d", number);                                                               \
    put_term(to, code, meaning);
#include "common/sys/exit_codes.def"
#undef HCL_EXIT
}

void hcl_manual_page(FILE *to, const json_t *page, const char *date, const char *version)
{
    const char *name = hcl_manual_text(page, "name");
    const bool program = !strchr(name, ' ');
    fputs(".TH ", to);
    for (const char *at = name; *at; at++)
        fputs(*at == ' ' || *at == '-' ? "\\-" : (char[2]){ (char)toupper((unsigned char)*at), '\0' }, to);
    fprintf(to, " 1 %s \"Halocline %s\" \"Halocline\"\n", date, version);
    put_section(to, "NAME");
    put_reference(to, name, true);
    fputs(" \\-\n", to);
    put_text(to, hcl_manual_text(page, "summary"));
    put_section(to, "SYNOPSIS");
    fputs(".B ", to);
    put_word(to, name, strlen(name), false);
    fputc('\n', to);
    if (json_object_get(page, "commands")) {
        fputs(".I COMMAND\n", to);
    }
    fputs("[\\fIOPTION\\fR...]\n", to);
    put_text(to, json_object_get(page, "commands") ? "[ARGUMENT...]" : hcl_manual_text(page, "args"));
    put_section(to, "DESCRIPTION");
    if (program)
        put_text(
            to,
            "Proves in zero knowledge that a machine-learning model gave an output. Under mpirun every "
            "command runs unchanged on all ranks. Results go to stdout, messages and progress to stderr.");
    else if (json_object_get(page, "commands") || !*hcl_manual_text(page, "doc"))
        put_text(to, hcl_manual_text(page, "summary"));
    put_text(to, hcl_manual_text(page, "doc"));
    if (*hcl_manual_text(page, "epilogue")) {
        fputs(".PP\n", to);
        put_text(to, hcl_manual_text(page, "epilogue"));
    }
    put_commands(to, page);
    put_options(to, page);
    put_tables(to, program);
    if (!program) {
        put_section(to, "SEE ALSO");
        fputs(".BR halocline (1)\n", to);
    }
}
