/* SPDX-License-Identifier: Apache-2.0 */
/* Text from files on its way to a person. Names in models, keys and circuits, paths and messages that quote
 * them may hold anything: an escape sequence of a terminal could paint a verdict that nobody gave, a bidi
 * control turn one around, an invisible character make two names look the same. So nothing is printed raw:
 * what goes to a terminal passes through hcl_print_line, hcl_log or, as JSON, through hcl_json_text
 * (common/io/json_read.h), and all of them end here. Well-formed UTF-8 that shows itself is kept as it is. */
#ifndef HCL_COMMON_SYS_PRINTABLE_H
#define HCL_COMMON_SYS_PRINTABLE_H

#include "common/sys/status.h"
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

typedef enum {
    /* One line: "\x1b" for control and malformed bytes, the line end included, "\u{202e}" for code points. */
    HCL_ESCAPE_LINE,
    /* The text of a JSON document, as JSON writes code points: "\u202e", above 0xffff a pair. Line ends,
     * which can only stand between its tokens, are kept. */
    HCL_ESCAPE_JSON,
    /* Only what is not UTF-8, as "\x9b": afterwards it is. */
    HCL_ESCAPE_MALFORMED,
} hcl_escape_style;

enum { HCL_ESCAPED_MOST = 6 }; /* bytes that one byte of text can become */

/** Escape len bytes into out, which has room for `room` bytes, at least 1, the zero at the end included; what
 * does not fit is left out, never half a character. Returns the length. */
size_t hcl_escape(char *out, size_t room, const char *text, size_t len, hcl_escape_style style);
/** The same into new memory (free); NULL without. */
char *hcl_escape_new(const char *text, size_t len, hcl_escape_style style);
/** fprintf of one line: what the format gives is escaped, then the line is ended, unless the format has done
 * so. False if it cannot be written. */
bool hcl_print_line(FILE *to, const char *fmt, ...) HCL_PRINTF(2, 3);
bool hcl_vprint_line(FILE *to, const char *fmt, va_list args) HCL_PRINTF(2, 0);

#endif
