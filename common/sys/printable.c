/* SPDX-License-Identifier: Apache-2.0 */
#include "common/sys/printable.h"

#include <stdint.h>
#include <string.h>

enum { PIECE = 16, LINE_BYTES = 1024 };

/* Code points that do not show themselves: controls (C0, DEL, C1), soft hyphen, marks and overrides of the
 * writing direction, widths of zero, line separators, byte order mark, annotations, variation selectors and
 * tags beyond the BMP, non-characters. Ascending. */
static const uint32_t hidden[][2] = {
    { 0x00, 0x1f },     { 0x7f, 0x9f },     { 0xad, 0xad },       { 0x61c, 0x61c },      { 0x180e, 0x180e },
    { 0x200b, 0x200f }, { 0x2028, 0x202e }, { 0x2060, 0x206f },   { 0xfdd0, 0xfdef },    { 0xfeff, 0xfeff },
    { 0xfff0, 0xfffb }, { 0xfffe, 0xffff }, { 0x1fffe, 0x1ffff }, { 0xe0000, 0x10ffff },
};

static bool is_hidden(uint32_t point)
{
    for (size_t i = 0; i < sizeof hidden / sizeof *hidden; i++)
        if (point <= hidden[i][1])
            return point >= hidden[i][0];
    return false;
}

/* The length of the well-formed UTF-8 sequence that begins here and its code point; 0: none does (a lone or
 * missing continuation, an overlong form, a surrogate, beyond 0x10ffff). */
static size_t decode(uint32_t *point, const uint8_t *at, size_t left)
{
    static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
    size_t len = at[0] < 0x80   ? 1
                 : at[0] < 0xc0 ? 0
                 : at[0] < 0xe0 ? 2
                 : at[0] < 0xf0 ? 3
                 : at[0] < 0xf8 ? 4
                                : 0;
    if (len == 0 || len > left)
        return 0;
    uint32_t v = len == 1 ? at[0] : at[0] & (0x7fu >> len);
    for (size_t i = 1; i < len; i++) {
        if ((at[i] & 0xc0) != 0x80)
            return 0;
        v = v << 6 | (at[i] & 0x3f);
    }
    if (v < least[len] || v > 0x10ffff || (v >= 0xd800 && v < 0xe000))
        return 0;
    *point = v;
    return len;
}

static void put_point(char out[PIECE], uint32_t point, hcl_escape_style style)
{
    if (style != HCL_ESCAPE_JSON)
        snprintf(out, PIECE, point < 0x80 ? "\\x%02x" : "\\u{%x}", point);
    else if (point < 0x10000)
        snprintf(out, PIECE, "\\u%04x", point);
    else
        snprintf(out, PIECE, "\\u%04x\\u%04x", 0xd800 + ((point - 0x10000) >> 10),
                 0xdc00 + ((point - 0x10000) & 0x3ff));
}

/* The next character as it is shown; returns how many bytes of the text it takes. */
static size_t next_piece(char out[PIECE], const uint8_t *at, size_t left, hcl_escape_style style)
{
    uint32_t point = 0;
    size_t len = decode(&point, at, left);
    bool kept = !is_hidden(point) || (style == HCL_ESCAPE_JSON && point == '\n') ||
                (style == HCL_ESCAPE_MALFORMED && point != 0);
    if (len == 0) {
        snprintf(out, PIECE, "\\x%02x", at[0]);
        return 1;
    }
    if (kept) {
        memcpy(out, at, len);
        out[len] = '\0';
    } else {
        put_point(out, point, style);
    }
    return len;
}

size_t hcl_escape(char *out, size_t room, const char *text, size_t len, hcl_escape_style style)
{
    size_t at = 0;
    char piece[PIECE];
    for (size_t i = 0; i < len;) {
        i += next_piece(piece, (const uint8_t *)text + i, len - i, style);
        size_t more = strlen(piece);
        if (more >= room - at)
            break;
        memcpy(out + at, piece, more);
        at += more;
    }
    out[at] = '\0';
    return at;
}

char *hcl_escape_new(const char *text, size_t len, hcl_escape_style style)
{
    size_t room = 1;
    char piece[PIECE];
    for (size_t i = 0; i < len;) {
        i += next_piece(piece, (const uint8_t *)text + i, len - i, style);
        room += strlen(piece);
    }
    char *out = malloc(room);
    if (out)
        hcl_escape(out, room, text, len, style);
    return out;
}

bool hcl_vprint_line(FILE *to, const char *fmt, va_list args)
{
    char line[LINE_BYTES], *longer = NULL, *shown;
    va_list again;
    va_copy(again, args);
    int len = vsnprintf(line, sizeof line, fmt, args);
    if (len >= (int)sizeof line && vasprintf(&longer, fmt, again) < 0)
        longer = NULL;
    va_end(again);
    if (len < 0 || (len >= (int)sizeof line && !longer))
        return false;
    const char *text = longer ? longer : line;
    if (len > 0 && text[len - 1] == '\n')
        len--;
    shown = hcl_escape_new(text, (size_t)len, HCL_ESCAPE_LINE);
    free(longer);
    bool good = shown && fprintf(to, "%s\n", shown) > 0;
    free(shown);
    return good;
}

bool hcl_print_line(FILE *to, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    bool good = hcl_vprint_line(to, fmt, args);
    va_end(args);
    return good;
}
