/* SPDX-License-Identifier: Apache-2.0 */
#include "coordinator/cli/manual.h"

#include <stdbool.h>
#include <string.h>

/* What follows "halocline", "" for the program itself. */
static const char *path_of(const json_t *page)
{
    const char *name = hcl_manual_text(page, "name"), *space = strchr(name, ' ');
    return space ? space + 1 : "";
}

static bool takes_file(const json_t *o)
{
    const char *arg = hcl_manual_text(o, "arg");
    return strstr(arg, "FILE") || strstr(arg, "DIR") || strchr(arg, '.');
}

/* A case branch of a shell function: what may follow these words. kind 0: words; 1: options with a value that
 * is no file; 2: those with a file. */
static void put_branch(FILE *to, const json_t *page, int kind)
{
    size_t i;
    const json_t *o;
    fprintf(to, "        '%s') echo '", path_of(page));
    if (kind == 0)
        json_array_foreach(json_object_get(page, "commands"), i, o)
            fprintf(to, " %s", hcl_manual_text(o, "name"));
    if (kind == 0 && json_object_get(page, "commands"))
        fprintf(to, " --help%s", *path_of(page) ? "" : " --version");
    json_array_foreach(json_object_get(page, "options"), i, o)
    {
        const bool value = *hcl_manual_text(o, "arg") != '\0';
        if (kind != 0 && (!value || takes_file(o) != (kind == 2)))
            continue;
        if (*hcl_manual_text(o, "name"))
            fprintf(to, " --%s", hcl_manual_text(o, "name"));
        if (*hcl_manual_text(o, "short"))
            fprintf(to, " -%s", hcl_manual_text(o, "short"));
    }
    fputs("' ;;\n", to);
}

static void put_function(FILE *to, const char *name, const json_t *pages, int kind)
{
    size_t i;
    const json_t *page;
    fprintf(to, "%s() {\n    case \"$1\" in\n", name);
    json_array_foreach(pages, i, page) put_branch(to, page, kind);
    fputs("    esac\n}\n", to);
}

static void put_groups(FILE *to, const json_t *pages)
{
    size_t i;
    const json_t *page;
    fputs("_halocline_is_group() {\n    case \"$1\" in\n        ''", to);
    json_array_foreach(pages, i, page) if (i > 0 && json_object_get(page, "commands"))
        fprintf(to, " | '%s'", path_of(page));
    fputs(") return 0 ;;\n    esac\n    return 1\n}\n", to);
}

void hcl_manual_bash(FILE *to, const json_t *pages)
{
    fputs("# Completion of halocline for bash, made by 'halocline manual bash' from the tables that -h "
          "prints.\n",
          to);
    put_function(to, "_halocline_words", pages, 0);
    put_function(to, "_halocline_values", pages, 1);
    put_function(to, "_halocline_files", pages, 2);
    put_groups(to, pages);
    fputs(
        "_halocline() {\n"
        "    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]} path= i\n"
        "    COMPREPLY=()\n"
        "    for ((i = 1; i < COMP_CWORD; i++)); do\n"
        "        _halocline_is_group \"$path\" || break\n"
        "        path=${path:+$path }${COMP_WORDS[i]}\n"
        "    done\n"
        "    # readline splits --option=value at the sign\n"
        "    if [ \"$cur\" = = ]; then cur=; elif [ \"$prev\" = = ]; then prev=${COMP_WORDS[COMP_CWORD - "
        "2]}; fi\n"
        "    if [[ $prev == -* && \" $(_halocline_values \"$path\") \" == *\" $prev \"* ]]; then return; fi\n"
        "    if [[ $prev == -* && \" $(_halocline_files \"$path\") \" == *\" $prev \"* ]] ||\n"
        "        { [[ $cur != -* ]] && ! _halocline_is_group \"$path\"; }; then\n"
        "        compopt -o filenames 2>/dev/null\n"
        "        mapfile -t COMPREPLY < <(compgen -f -- \"$cur\")\n"
        "        return\n"
        "    fi\n"
        "    mapfile -t COMPREPLY < <(compgen -W \"$(_halocline_words \"$path\")\" -- \"$cur\")\n"
        "}\n"
        "complete -F _halocline halocline\n",
        to);
}

/* Inside single quotes, inside the brackets of a specification: the first sentence or so. */
static void put_zsh_text(FILE *to, const char *text)
{
    for (size_t i = 0; text[i] && !(i > 20 && strchr(".(", text[i])) && i < 90; i++)
        if (strchr("[]:\\", text[i]))
            fprintf(to, "\\%c", text[i]);
        else if (text[i] == '\'')
            fputs("'\\''", to);
        else
            fputc(text[i], to);
}

static void put_zsh_option(FILE *to, const json_t *o)
{
    const char *name = hcl_manual_text(o, "name"), *letter = hcl_manual_text(o, "short"),
               *arg = hcl_manual_text(o, "arg");
    for (int i = 0; i < 2; i++) {
        if (!*(i == 0 ? name : letter))
            continue;
        fputs("                '", to);
        if (*name && *letter)
            fprintf(to, "(--%s -%s)", name, letter);
        if (i == 0)
            fprintf(to, "--%s%s[", name, *arg ? "=" : "");
        else
            fprintf(to, "-%s%s[", letter, *arg ? "+" : "");
        put_zsh_text(to, hcl_manual_text(o, "doc"));
        fputc(']', to);
        if (*arg) {
            fputc(':', to);
            put_zsh_text(to, arg);
            fputs(takes_file(o) ? ":_files" : ": ", to);
        }
        fputs("' \\\n", to);
    }
}

static void put_zsh_page(FILE *to, const json_t *page)
{
    size_t i;
    const json_t *o;
    fprintf(to, "        '%s')\n", path_of(page));
    if (json_object_get(page, "commands")) {
        fputs("            local -a commands=(\n", to);
        json_array_foreach(json_object_get(page, "commands"), i, o)
        {
            fprintf(to, "                '%s:", hcl_manual_text(o, "name"));
            put_zsh_text(to, hcl_manual_text(o, "summary"));
            fputs("'\n", to);
        }
        fprintf(to,
                "            )\n            if [[ $PREFIX == -* ]]; then compadd -- --help%s; "
                "else _describe command commands; fi ;;\n",
                *path_of(page) ? "" : " --version");
        return;
    }
    fputs("            _arguments -s \\\n", to);
    json_array_foreach(json_object_get(page, "options"), i, o) put_zsh_option(to, o);
    fputs("                '*:file:_files' ;;\n", to);
}

void hcl_manual_zsh(FILE *to, const json_t *pages)
{
    size_t i;
    const json_t *page;
    fputs(
        "#compdef halocline\n"
        "# Completion of halocline for zsh, made by 'halocline manual zsh' from the tables that -h prints.\n",
        to);
    put_groups(to, pages);
    fputs("_halocline_page() {\n    case \"$1\" in\n", to);
    json_array_foreach(pages, i, page) put_zsh_page(to, page);
    fputs("    esac\n}\n"
          "_halocline() {\n"
          "    local halocline_path=\n"
          "    while ((CURRENT > 2)) && _halocline_is_group \"$halocline_path\"; do\n"
          "        halocline_path=${halocline_path:+$halocline_path }${words[2]}\n"
          "        shift words\n"
          "        ((CURRENT--))\n"
          "    done\n"
          "    _halocline_page \"$halocline_path\"\n"
          "}\n"
          "if [ \"$funcstack[1]\" = _halocline ]; then _halocline \"$@\"; else compdef _halocline halocline; "
          "fi\n",
          to);
}
